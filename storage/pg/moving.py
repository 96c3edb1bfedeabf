"""A PostgreSQL store as one end of a move (storage.moving)."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from scraper.codec import replace
from scraper.errors import StoreError
from storage.moving import TABLES, Row, Table
from storage.pg import location
from storage.sql.postgres import Connection, Database, one

_INCOMING = "_incoming"


class PostgresEnd:
    """A schema. A target's tables stand in one of another name, until ``finish`` gives it its own."""

    def __init__(self, db: Connection, schema: str) -> None:
        self._db = db
        self._schema = schema

    def columns(self, table: Table) -> tuple[str, ...]:
        rows = self._db.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s"
            " ORDER BY ordinal_position",
            (table.name,),
        )
        return tuple(name for (name,) in rows)

    def count(self, table: Table) -> int:
        (count,) = one(self._db.execute(f"SELECT count(*) FROM {table.name} WHERE {table.condition}"))
        return int(count)

    def read(self, table: Table, after: Row | None, limit: int) -> list[Row]:
        keys, marks = ", ".join(table.keys), ", ".join(["%s"] * len(table.keys))
        behind = f" AND ({keys}) > ({marks})" if after is not None else ""
        return self._db.execute(
            f"SELECT * FROM {table.name} WHERE {table.condition}{behind} ORDER BY {keys} LIMIT %s",
            (*(after or ()), limit),
        ).fetchall()

    def begun(self) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = 'moving'").fetchone()
        return row[0] if row else None

    def begin(self, origin: str) -> None:
        with self._db.transaction():
            self._db.execute(f"TRUNCATE {', '.join(t.name for t in TABLES if t.name != 'meta')}")
            self._db.execute("DELETE FROM meta WHERE key != 'schema'")
            self._db.execute("INSERT INTO meta VALUES ('moving', %s)", (origin,))

    def last(self, table: Table) -> Row | None:
        keys = ", ".join(table.keys)
        down = ", ".join(f"{key} DESC" for key in table.keys)
        return self._db.execute(
            f"SELECT {keys} FROM {table.name} WHERE {table.condition} ORDER BY {down} LIMIT 1"
        ).fetchone()

    def write(self, table: Table, rows: Sequence[Row]) -> None:
        json = [i for i, name in enumerate(self.columns(table)) if name == "json"]
        with (
            self._db.transaction(),
            self._db.cursor() as cursor,
            cursor.copy(f"COPY {table.name} FROM STDIN") as copy,
        ):
            for row in rows:
                values = list(row)
                for i in json:
                    values[i] = bytes(row[i]).decode()
                copy.write_row(values)

    def finish(self) -> None:
        with self._db.transaction():
            self._db.execute("DELETE FROM meta WHERE key = 'moving'")
            self._db.execute(
                "SELECT setval(pg_get_serial_sequence('failure', 'n'), max(n)) FROM failure HAVING max(n) IS NOT NULL"
            )
            self._db.execute(f'ALTER SCHEMA "{self._schema}{_INCOMING}" RENAME TO "{self._schema}"')


@contextlib.contextmanager
def source(url: str) -> Iterator[PostgresEnd]:
    """A store that is there; its writers wait meanwhile, its readers do not."""
    place = location.parse(url)
    with _opened(place) as database:
        database.check_readable(older=False)
        database.migrate()
        with database.translated(), contextlib.closing(database.connect()) as db, db.transaction():
            db.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            db.execute(f"LOCK TABLE {', '.join(table.name for table in TABLES)} IN SHARE MODE")
            yield PostgresEnd(db, place.schema)


@contextlib.contextmanager
def target(url: str) -> Iterator[PostgresEnd]:
    """A schema where no store is."""
    place = location.parse(url)
    with _opened(place) as database, database.connection() as db:
        if db.execute("SELECT FROM pg_namespace WHERE nspname = %s", (place.schema,)).fetchone():
            raise StoreError(
                f"{place.shown}: there is a schema {place.schema} already: nothing was moved",
                code="store_readonly",
            )
    with _opened(replace(place, schema=place.schema + _INCOMING)) as database:
        database.migrate()
        with database.connection() as db:
            (alone,) = one(db.execute("SELECT pg_try_advisory_lock(hashtext(%s))", (place.schema,)))
            if not alone:
                raise StoreError(f"{place.shown}: somebody else is moving a store there", code="store_locked")
            yield PostgresEnd(db, place.schema)


@contextlib.contextmanager
def _opened(place: location.Location) -> Iterator[Database]:
    database = Database(place)
    database.open()
    try:
        yield database
    finally:
        database.close()
