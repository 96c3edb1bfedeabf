-- Stories across languages, as in storage/schema/009_stories.sql. Empty without the extra `stories`.
CREATE TABLE story (
    article bigint PRIMARY KEY,
    seq bigint NOT NULL,
    origin bigint NOT NULL,
    copy integer NOT NULL,
    story bigint,
    keys text NOT NULL
);
CREATE INDEX story_members ON story (story) WHERE story IS NOT NULL;
CREATE INDEX story_origin ON story (origin);
CREATE TABLE story_vector (
    origin bigint NOT NULL,
    article bigint NOT NULL,
    vector bytea NOT NULL,
    PRIMARY KEY (origin, article)
);
CREATE TABLE story_edge (
    a bigint NOT NULL,
    b bigint NOT NULL,
    score double precision NOT NULL,
    PRIMARY KEY (a, b)
);
CREATE TABLE story_change (
    n bigint PRIMARY KEY,
    story bigint NOT NULL UNIQUE
);
