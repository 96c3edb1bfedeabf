-- What tells a line, or a source's state, that is not what was stored (storage/intact.py).
ALTER TABLE line ADD COLUMN checksum TEXT NOT NULL DEFAULT '';
UPDATE line SET checksum = checksum_of(json);
ALTER TABLE source_state ADD COLUMN checksum TEXT NOT NULL DEFAULT '';
UPDATE source_state SET checksum = checksum_of(json);
