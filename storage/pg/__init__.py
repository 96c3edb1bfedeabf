"""Keep what only PostgreSQL needs: its schema, its locations, its tokens, its end of a copy."""
