-- Beside the tables of Procrastinate: what is due, whose turn it is at which host, what is being ingested.
-- All of it can be lost at the cost of time: the records and the states of the sources are the store's.

CREATE TABLE source_due (
    source text PRIMARY KEY,
    site text NOT NULL,
    due timestamptz,                    -- null: a job has been deferred
    wanted timestamptz NOT NULL         -- when a worker last had it in its sources file
);
CREATE INDEX source_due_due ON source_due (due);

CREATE TABLE host_turn (
    site text PRIMARY KEY,
    holder text,                        -- the process whose turn it is
    until timestamptz NOT NULL,         -- and for how long at most
    state jsonb                         -- what the host has told us (scraper.fetch.host_pace)
);

CREATE TABLE worker_seen (
    worker text PRIMARY KEY,            -- host, process and a number of its own
    started timestamptz NOT NULL,
    seen timestamptz NOT NULL,
    version text NOT NULL,
    sources integer NOT NULL,
    polls integer NOT NULL              -- under way
);

CREATE TABLE ingest_input (
    key text PRIMARY KEY,
    name text NOT NULL,
    after text NOT NULL,                -- where to go on reading
    tally jsonb NOT NULL
);

CREATE TABLE ingest_batch (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    input text NOT NULL REFERENCES ingest_input ON DELETE CASCADE,
    batch bytea NOT NULL
);
CREATE INDEX ingest_batch_input ON ingest_batch (input);
ALTER TABLE ingest_batch ALTER COLUMN batch SET STORAGE EXTERNAL;  -- it is compressed already

CREATE TABLE ingest_refused (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    input text NOT NULL REFERENCES ingest_input ON DELETE CASCADE,
    page jsonb NOT NULL
);
