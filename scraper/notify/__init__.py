"""New records, told to other programs as they are stored."""
