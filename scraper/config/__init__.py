"""Read, check and write sources.toml. Pure."""
