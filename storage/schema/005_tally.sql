-- How many articles came: counted when they are stored, since the numbers page must not read every line again. `delay` is the
-- class of the time from publication to store (storage/tally.py), -1 where nobody knows when it was published.
CREATE TABLE tally (
    day TEXT NOT NULL,  -- UTC, of the first sight
    source TEXT NOT NULL,
    language TEXT NOT NULL,  -- '' where unknown
    delay INTEGER NOT NULL,
    articles INTEGER NOT NULL,
    copies INTEGER NOT NULL,  -- of them, copies of an earlier article as far as known on arrival
    headlines INTEGER NOT NULL,  -- of other articles, printed with them
    PRIMARY KEY (day, source, language, delay)
) STRICT, WITHOUT ROWID;
