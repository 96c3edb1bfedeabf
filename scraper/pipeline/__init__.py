"""One poll of one source, from its addresses to records in the store. poll.py tells the story."""
