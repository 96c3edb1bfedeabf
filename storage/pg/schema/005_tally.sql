-- As storage/schema/005_tally.sql.
CREATE TABLE tally (
    day text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    language text COLLATE "C" NOT NULL,
    delay integer NOT NULL,
    articles integer NOT NULL,
    copies integer NOT NULL,
    headlines integer NOT NULL,
    PRIMARY KEY (day, source, language, delay)
);
