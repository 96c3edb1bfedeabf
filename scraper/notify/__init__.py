"""Send new records to other programs as they are stored (webhooks)."""
