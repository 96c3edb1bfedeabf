"""Read text as people print it: Unicode, charsets, languages, dates. Pure."""
