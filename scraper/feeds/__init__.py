"""Feeds, sitemaps and listings to entries; what a site offers to be polled."""
