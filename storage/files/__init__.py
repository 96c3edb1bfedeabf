"""Write and read the JSON lines on the disk: a file a day, packed when the day is over."""
