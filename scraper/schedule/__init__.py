"""Decide when to poll and revisit, and judge if a source still works. Pure."""
