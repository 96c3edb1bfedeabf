"""Hide what differs between SQLite and PostgreSQL, so that every query is written once.

Statements use ``?`` for values and the SQL that both databases understand.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

import contextlib
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from scraper.codec import encode
from storage.model import Filter

if TYPE_CHECKING:
    from scraper.dedupe.fingerprint import Fingerprint
    from scraper.model import Record
    from storage.sql.postgres import Connection, Cursor

Row: TypeAlias = tuple[Any, ...]
PAGE_LINES = 500


class Db(ABC):
    """A connection, with a transaction around it where one is needed."""

    @abstractmethod
    def _execute(self, sql: str, args: Sequence[object]) -> Any:
        """Run a statement and return its cursor."""

    def all(self, sql: str, args: Sequence[object] = ()) -> list[Row]:
        """Return all rows of a query, or of a statement with RETURNING."""
        found: list[Row] = self._execute(sql, args).fetchall()
        return found

    def one(self, sql: str, args: Sequence[object] = ()) -> Row | None:
        """Return the first row of a query; None without one."""
        found: Row | None = self._execute(sql, args).fetchone()
        return found

    def row(self, sql: str, args: Sequence[object] = ()) -> Row:
        """Return the row of a query that always has one."""
        found: Row = self._execute(sql, args).fetchone()
        return found

    def run(self, sql: str, args: Sequence[object] = ()) -> None:
        """Run a statement."""
        self._execute(sql, args)

    @abstractmethod
    def each(self, sql: str) -> Iterator[Row]:
        """Read the rows of a query one after the other; inside a transaction."""

    def lines(self, sql: str, after: int, args: Sequence[object] = ()) -> list[Row]:
        """Return the page of lines behind a seq; ``sql`` has ``{}`` for the comparison of ``seq``, and ``after`` is its first value.

        Of a line on a page of the database that cannot be read the row is seq, b"", "".
        """
        return self.all(sql.format(">"), (after, *args))

    @abstractmethod
    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement for each row of values."""

    @abstractmethod
    def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], conflict: str = ""
    ) -> None:
        """Insert rows of numbers and texts; ``conflict`` is the statement's ON CONFLICT clause."""

    @abstractmethod
    def pipeline(self) -> AbstractContextManager[object]:
        """Send statements without waiting for the answer of each."""

    @abstractmethod
    def savepoint(self) -> AbstractContextManager[object]:
        """Let a failure undo no more than what was done since, where a failure ends transactions."""

    @abstractmethod
    def json(self, raw: bytes) -> object:
        """Return the value that stores JSON bytes."""

    def text(self, value: str) -> str:
        """Return a text as the databases store it: without NUL."""
        return value.replace("\0", "")

    @abstractmethod
    def in_(self, column: str, values: Iterable[object]) -> tuple[str, object]:
        """Return the condition that a column has one of these values, and the condition's one value."""


class IndexWriter(Protocol):
    """Collects what a batch writes to a full text index."""

    def prepare(self, draft: Record, prints: Fingerprint) -> None:
        """Do ahead what costs time and asks no database."""

    def index(self, n: int, record: Record, prints: Fingerprint, origin: int) -> None:
        """Add an article."""

    def unindex(self, n: int, record: Record, prints: Fingerprint, origin: int) -> None:
        """Remove an article; the record must be the one that was indexed."""

    def write(self, db: Db, /) -> None:
        """Write it all, in the order in which it came."""


class SearchIndex(Protocol):
    """A full text index: the modules storage.search.fts5 and storage.search.tsvector. Queries that say nothing are StoreErrors."""

    FORM: str  # kept with the index; one of another form is made again

    def writer(self) -> IndexWriter:
        """Return a new buffer for a batch."""

    def clear(self, db: Db, /) -> None:
        """Empty the index, even a damaged one."""

    def fill(self, db: Db, records: Iterable[tuple[int, int, Record]], /) -> None:
        """Index articles by their numbers and origins."""

    def ranked(
        self, db: Db, query: str, filters: Filter, limit: int, /
    ) -> tuple[list[tuple[int, float]], int, bool]:
        """Return the best articles with their scores, among how many, and whether these were all that there are."""

    def newest(
        self, db: Db, query: str | None, filters: Filter, before: int, limit: int, /, *, grouped: bool
    ) -> list[tuple[int, int | None]]:
        """Return articles that pass, the newest first, with their clusters; if ``grouped``, one of each cluster."""

    def matching(self, db: Db, query: str | None, filters: Filter, /) -> list[int]:
        """Return all articles that pass, in any order."""

    def pointing_to(self, db: Db, record: Record, /) -> list[int]:
        """Return the articles whose headlines may name a record, the newest first."""

    def titled(self, db: Db, source: str, title: str, /) -> list[int]:
        """Return the articles of a source that have these words in their title, the newest first."""


class Sqlite(Db):
    """A SQLite file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def _execute(self, sql: str, args: Sequence[object]) -> sqlite3.Cursor:
        return self.connection.execute(sql, args)

    def each(self, sql: str) -> Iterator[Row]:
        return self.connection.execute(sql)

    def lines(self, sql: str, after: int, args: Sequence[object] = ()) -> list[Row]:
        try:
            return self.all(sql.format(">"), (after, *args))
        except sqlite3.DatabaseError as damage:
            return list(self._line_by_line(sql, after, args, damage))

    def _line_by_line(
        self, sql: str, after: int, args: Sequence[object], damage: sqlite3.DatabaseError
    ) -> Iterator[Row]:
        unreadable = 0
        for seq in self._seqs(after, damage)[:PAGE_LINES]:
            try:
                yield from self.all(sql.format("="), (seq, *args))
            except sqlite3.DatabaseError:
                unreadable += 1
                yield seq, b"", ""
        if not unreadable:
            raise damage

    def _seqs(self, after: int, damage: sqlite3.DatabaseError) -> list[int]:
        """Return the seqs that an index knows of, where the table itself cannot be read. Raises ``damage`` if none can be."""
        for index in ("line_day", "line_article"):
            with contextlib.suppress(sqlite3.DatabaseError):
                ask = f"SELECT seq FROM line INDEXED BY {index} WHERE +seq > ?"
                return sorted(seq for (seq,) in self.all(ask, (after,)))
        raise damage

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        self.connection.executemany(sql, rows)

    def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], conflict: str = ""
    ) -> None:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self.run_many(f"INSERT INTO {table} ({names}) VALUES ({marks}) {conflict}", rows)

    def pipeline(self) -> AbstractContextManager[object]:
        return contextlib.nullcontext()

    savepoint = pipeline

    def json(self, raw: bytes) -> object:
        return raw

    def in_(self, column: str, values: Iterable[object]) -> tuple[str, object]:
        values = list(values)
        if len(values) == 1:
            return f"{column} = ?", values[0]
        return f"{column} IN (SELECT value FROM json_each(?))", encode(values).decode()


class Postgres(Db):
    """A PostgreSQL server."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def _execute(self, sql: str, args: Sequence[object]) -> Cursor:
        return self.connection.execute(_placeholders(sql), args)

    def each(self, sql: str) -> Iterator[Row]:
        with self.connection.cursor("each") as cursor:
            cursor.execute(_placeholders(sql))
            yield from cursor

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(_placeholders(sql), rows)

    def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], conflict: str = ""
    ) -> None:
        if rows:  # one statement: the server waits for no row
            names = ", ".join(columns)
            values = encode([dict(zip(columns, row, strict=True)) for row in rows]).decode()
            self.run(
                f"INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table}, ?) {conflict}",
                (values,),
            )

    def pipeline(self) -> AbstractContextManager[object]:
        return self.connection.pipeline()

    def savepoint(self) -> AbstractContextManager[object]:
        return self.connection.transaction()

    def json(self, raw: bytes) -> object:
        return raw.decode()

    def in_(self, column: str, values: Iterable[object]) -> tuple[str, object]:
        return f"{column} = ANY(?)", list(values)


def _placeholders(sql: str) -> bytes:
    """Return a statement with psycopg's placeholders."""
    return sql.replace("?", "%s").encode()
