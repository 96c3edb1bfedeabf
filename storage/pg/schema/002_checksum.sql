-- What tells a line, or a source's state, that is not what was stored (storage/intact.py).
ALTER TABLE line ADD COLUMN checksum text COLLATE "C" NOT NULL DEFAULT '';
UPDATE line SET checksum = left(encode(sha256(convert_to(json::text, 'UTF8')), 'hex'), 16);
ALTER TABLE source_state ADD COLUMN checksum text COLLATE "C" NOT NULL DEFAULT '';
UPDATE source_state SET checksum = left(encode(sha256(convert_to(json::text, 'UTF8')), 'hex'), 16);
