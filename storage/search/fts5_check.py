"""Check that a shard of the search index holds the words of its articles, each in its place.

FTS5 can compare an index with the texts that it was made from. Ours keeps no texts, and may only be read here: so a copy of
the shard in SQLite's temporary database is compared with texts that are made, one after the other, from the lines.
"""

# ruff: noqa: S608  (statements are built from constants, numbers and question marks only)

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

from scraper.codec import astuple
from scraper.dedupe import fingerprint
from storage import checksums
from storage.checksums import DamagedLine
from storage.search import fts5_shards, texts
from storage.sql.dialect import Db, Sqlite
from storage.sql.integrity import REBUILD_SEARCH

_COPY, _TEXTS = "verified", "verified_texts"
_SHADOWS = {"data": "id, block", "idx": "segid, term, pgno", "docsize": "id, sz"}


class _Texts:
    """Is the function that the view of texts calls for each of their columns; the last article's are kept."""

    def __init__(self) -> None:
        self._seq: int | None = None
        self._texts: tuple[str, ...] = ()
        self.unreadable = 0

    def __call__(self, seq: int, raw: object, checksum: object, column: int) -> str:
        if seq != self._seq:
            self._seq, self._texts = seq, self._of(seq, raw, checksum)
        return self._texts[column]

    def _of(self, seq: int, raw: object, checksum: object) -> tuple[str, ...]:
        try:
            record = checksums.checked_record(seq, raw, checksum)
        except DamagedLine:
            self.unreadable += 1
            return ("",) * len(texts.COLUMNS)
        return astuple(texts.texts_of(record, fingerprint.fold_paragraphs(record.body)))


def differences(db: Db, number: int, name: str) -> Iterator[str]:
    """Yield what is wrong with a shard, in a sentence."""
    table = fts5_shards.table_of(number)
    assert isinstance(db, Sqlite)
    connection = db.connection
    wrong = f"database: {name} does not hold what its articles say; {REBUILD_SEARCH}"
    try:
        connection.execute(f"SELECT count(*) FROM {table} WHERE {table} MATCH 'a'").fetchone()
    except sqlite3.DatabaseError:
        yield wrong
        return
    with _copied(connection, number) as read:
        try:
            connection.execute(f"INSERT INTO temp.{_COPY} ({_COPY}, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError as e:
            if e.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
                raise  # a full disk, say: nothing is known then
            compared = f"database: {name} cannot be compared with lines that cannot be read"
            yield compared if read.unreadable else wrong


@contextlib.contextmanager
def _copied(connection: sqlite3.Connection, number: int) -> Iterator[_Texts]:
    """Make a copy of a shard's index and a view of its articles' texts, both temporary."""
    made, table, articles = _Texts(), fts5_shards.table_of(number), fts5_shards.span(number)
    connection.create_function(_TEXTS, 4, made)
    columns = ", ".join(
        f"{_TEXTS}(seq, json, line.checksum, {i}) AS {column}" for i, column in enumerate(texts.COLUMNS)
    )
    try:
        connection.execute(
            f"CREATE TEMP VIEW {_TEXTS} AS SELECT n, {columns} FROM main.article CROSS JOIN main.line ON seq = latest"
            f" WHERE n >= {articles.start} AND n < {articles.stop} AND purged = 0"
        )
        connection.execute(
            f"CREATE VIRTUAL TABLE temp.{_COPY} USING fts5 ({', '.join(texts.COLUMNS)}, content = '{_TEXTS}',"
            f" content_rowid = 'n', {fts5_shards.TOKENS})"
        )
        for shadow, kept in _SHADOWS.items():
            connection.execute(f"DELETE FROM temp.{_COPY}_{shadow}")
            connection.execute(
                f"INSERT INTO temp.{_COPY}_{shadow} ({kept}) SELECT {kept} FROM main.{table}_{shadow}"
            )
        yield made
    finally:
        with contextlib.suppress(sqlite3.Error):
            connection.execute(f"DROP TABLE IF EXISTS temp.{_COPY}")
            connection.execute(f"DROP VIEW IF EXISTS temp.{_TEXTS}")
