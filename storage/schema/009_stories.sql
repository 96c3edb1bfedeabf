-- Stories across languages (storage/sql/story_tables.py): what is kept of an article to compare it with others, and its story.
-- Empty without the extra `stories`; it can be made again from the lines.
CREATE TABLE story (
    article INTEGER PRIMARY KEY REFERENCES article ON DELETE CASCADE,
    seq INTEGER NOT NULL,  -- of the revision that was sketched
    origin INTEGER NOT NULL,
    copy INTEGER NOT NULL,  -- 1: it has another article's text, and takes no part
    story INTEGER,  -- the first member of its story, itself if it begins one
    keys TEXT NOT NULL
) STRICT;
CREATE INDEX story_members ON story (story) WHERE story IS NOT NULL;
CREATE INDEX story_origin ON story (origin);
-- Beside one another in the order of time, since a window is read at once.
CREATE TABLE story_vector (
    origin INTEGER NOT NULL,
    article INTEGER NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (origin, article)
) STRICT, WITHOUT ROWID;
-- Pairs that are alike, each in both directions.
CREATE TABLE story_edge (
    a INTEGER NOT NULL,
    b INTEGER NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;
-- When each story last became another one, in the order in which that happened.
CREATE TABLE story_change (
    n INTEGER PRIMARY KEY,
    story INTEGER NOT NULL UNIQUE
) STRICT;
