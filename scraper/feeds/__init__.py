"""Parse feeds, sitemaps and listings to entries. Pure."""
