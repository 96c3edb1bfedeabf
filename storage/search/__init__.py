"""Search the texts: the query language, and full text search in each database."""
