-- The search index in pieces (storage/shelves.py): `search_N` for the articles of shelf N. What is written here of each
-- tells which shelves a search may leave out.
DROP TABLE search;
CREATE TABLE shelf (
    number INTEGER PRIMARY KEY,
    articles INTEGER NOT NULL,
    earliest INTEGER NOT NULL,  -- of the origins of its articles
    latest INTEGER NOT NULL
) STRICT;
