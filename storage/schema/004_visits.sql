-- Pages of stored articles that are to be asked again for revisions: at most one visit an article.
CREATE TABLE visit (
    article INTEGER PRIMARY KEY REFERENCES article ON DELETE CASCADE,
    source TEXT NOT NULL,  -- whose poll asks
    due INTEGER NOT NULL,  -- microseconds since 1970
    json BLOB NOT NULL
) STRICT;
CREATE INDEX visit_due ON visit (source, due);
