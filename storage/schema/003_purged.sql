-- Articles that were deleted for their age keep their row, their identities, and one line that stands for all their lines.
ALTER TABLE article ADD COLUMN purged INTEGER NOT NULL DEFAULT 0;
-- The lines of one JSON file: asked for whenever files and database are compared.
CREATE INDEX line_day ON line (day);
