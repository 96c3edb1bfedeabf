"""Import WARC recordings, folders of saved pages and lists of addresses into the store."""
