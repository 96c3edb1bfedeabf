"""Put the daemon together and run it."""
