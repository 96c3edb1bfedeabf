"""What can be made from the lines again and is kept beside them: sketches, the search index, counts; anew after an upgrade."""

from __future__ import annotations

import sqlite3

from scraper.dedupe import fingerprint, minhash
from storage import checksums, cluster_graph
from storage.checksums import DamagedLine
from storage.search import fts5, fts5_shards
from storage.sql import band_index, daily_counts, sqlite
from storage.sql.sqlite import transaction

INDEXED_AT_ONCE = 1000


def check(db: sqlite3.Connection) -> None:
    """Indexes of another algorithm find nothing: make them anew after an upgrade."""
    for key, form, make in (
        ("sketch", minhash.ALGORITHM, _sketch_all),
        ("search", fts5.FORM, _index_all),
        ("tally", daily_counts.FORM, daily_counts.count_all),
    ):
        if sqlite.meta(db, key) != form:
            with transaction(db):
                make(db)
                sqlite.keep_meta(db, key, form)


def _sketch_all(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM band")
    db.execute("DELETE FROM fresh_band")
    for n, raw in db.execute("SELECT article, json FROM line JOIN article ON latest = seq WHERE NOT purged"):
        text = cluster_graph.text_of(raw)
        sketch = fingerprint.fingerprint(text.title, text.body).sketch
        db.executemany("INSERT INTO fresh_band VALUES (?, ?)", [(value, n) for value in sketch])
    band_index.pour(db)


def index(db: sqlite3.Connection) -> int:
    """Make the search index anew, whatever there is of one. How many articles are in it."""
    with transaction(db):
        _index_all(db)
        sqlite.keep_meta(db, "search", fts5.FORM)
    return int(db.execute("SELECT coalesce(sum(articles), 0) FROM shelf").fetchone()[0])


def _index_all(db: sqlite3.Connection) -> None:
    fts5_shards.clear(db)
    pen = fts5.Pen()
    rows = db.execute(
        "SELECT n, origin, seq, json, checksum FROM article JOIN line ON seq = latest WHERE NOT purged ORDER BY n"
    )
    while some := rows.fetchmany(INDEXED_AT_ONCE):
        for n, origin, *line in some:
            try:
                record = checksums.record(*line)
            except DamagedLine:
                continue  # `verify` names it, and that it is missing here
            pen.index(n, record, fingerprint.fold_paragraphs(record.body), origin)
        pen.write(db)
