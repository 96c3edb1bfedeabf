"""The network and its recordings: addresses, sockets, HTTP, robots.txt, pace, WARC."""
