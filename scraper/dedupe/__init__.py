"""Find the same article, a revision or a copy: fingerprints, comparison, credits. Pure."""
