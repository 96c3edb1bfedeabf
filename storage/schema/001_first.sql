-- Darial's store, version 1. One transaction a poll; `line` is the truth, everything else can be made from it again.

-- What must be remembered of the store itself: how far the JSON files are known to be whole, which sketches are filed.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row an article. `cluster` is the row of the cluster's head: the earliest of the articles with nearly the same text.
CREATE TABLE article (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    latest INTEGER NOT NULL,  -- seq of the latest revision
    revisions INTEGER NOT NULL,
    origin INTEGER NOT NULL,  -- microseconds since 1970: when it came into the world
    cluster INTEGER REFERENCES article
) STRICT;
CREATE INDEX article_cluster ON article (cluster) WHERE cluster IS NOT NULL;

-- The change log: every revision as the exact JSON line that was published, numbered without holes.
CREATE TABLE line (
    seq INTEGER PRIMARY KEY,
    article INTEGER NOT NULL REFERENCES article,
    revision INTEGER NOT NULL,
    day TEXT NOT NULL,  -- whose JSON file it stands in
    source TEXT NOT NULL,
    language TEXT,
    fetched INTEGER NOT NULL,  -- microseconds since 1970
    hash TEXT NOT NULL,
    cluster TEXT,  -- as published in the line
    similarity REAL,
    role TEXT,
    why TEXT NOT NULL,  -- the decision in words
    json BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX line_article ON line (article, revision);

-- Whatever may recognise an article again: addresses, numbers in addresses, guids.
CREATE TABLE identity (
    key TEXT PRIMARY KEY,
    article INTEGER NOT NULL REFERENCES article
) STRICT, WITHOUT ROWID;

-- The near-duplicate index: articles filed under the values of their sketch. Values are random numbers, and every insert
-- into a large tree rewrites another page; so new ones go to a small tree, which is poured into the large one in order.
CREATE TABLE band (
    value INTEGER NOT NULL,
    article INTEGER NOT NULL,
    PRIMARY KEY (value, article)
) STRICT, WITHOUT ROWID;
CREATE TABLE fresh_band (
    value INTEGER NOT NULL,
    article INTEGER NOT NULL,
    PRIMARY KEY (value, article)
) STRICT, WITHOUT ROWID;

-- Pairs with nearly the same text, each in both directions; `contained` is the share of a's text that is in b.
CREATE TABLE edge (
    a INTEGER NOT NULL REFERENCES article,
    b INTEGER NOT NULL REFERENCES article,
    similarity REAL NOT NULL,
    contained REAL NOT NULL,
    PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_state (
    source TEXT PRIMARY KEY,
    json BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What did not work, the last few thousand.
CREATE TABLE failure (
    n INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    source TEXT NOT NULL,
    url TEXT,
    code TEXT NOT NULL,
    message TEXT NOT NULL
) STRICT;

-- Pages that are about to be parsed; what still stands here after a crash may have caused it.
CREATE TABLE attempt (
    url TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Pages that were given up, with their bytes.
CREATE TABLE quarantine (
    url TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    at INTEGER NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
