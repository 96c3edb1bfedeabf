"""sources.toml: read, checked and written."""
