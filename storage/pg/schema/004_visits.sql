-- As storage/schema/004_visits.sql.
CREATE TABLE visit (
    article bigint PRIMARY KEY,
    source text COLLATE "C" NOT NULL,
    due bigint NOT NULL,
    json json NOT NULL
);
CREATE INDEX visit_due ON visit (source, due);
