"""The same article, a revision, a copy: fingerprints, comparison, credits. Pure."""
