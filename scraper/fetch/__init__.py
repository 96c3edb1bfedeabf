"""Fetch URLs: guarded addresses, sockets, HTTP, redirects, robots.txt, pace."""
