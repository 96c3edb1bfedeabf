"""Text, charsets, languages and dates as people print them. Pure."""
