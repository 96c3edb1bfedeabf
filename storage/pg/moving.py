"""Open a PostgreSQL store as one end of a copy (storage.moving)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from scraper.codec import replace
from scraper.errors import StoreError
from storage.moving import TABLES, Table
from storage.pg import location
from storage.sql.dialect import Postgres, Row
from storage.sql.postgres import Connection, Database, one

_INCOMING = "_incoming"


class PostgresEnd:
    """A schema. A target's tables stand in one of another name, until ``finish`` gives it its own."""

    def __init__(self, connection: Connection, schema: str) -> None:
        self.db = Postgres(connection)
        self._connection = connection
        self._schema = schema

    def columns(self, table: Table) -> tuple[str, ...]:
        rows = self.db.all(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?"
            " ORDER BY ordinal_position",
            (table.name,),
        )
        return tuple(name for (name,) in rows)

    def empty(self) -> None:
        with self._connection.transaction():
            self.db.run(f"TRUNCATE {', '.join(t.name for t in TABLES if t.name != 'meta')}")
            self.db.run("DELETE FROM meta WHERE key != 'schema'")

    def write(self, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        json = [i for i, name in enumerate(columns) if name == "json"]
        with (
            self._connection.transaction(),
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {table.name} FROM STDIN".encode()) as copy,
        ):
            for row in rows:
                values = list(row)
                for i in json:
                    values[i] = bytes(row[i]).decode()
                copy.write_row(values)

    def finish(self) -> None:
        with self._connection.transaction():
            self.db.run("DELETE FROM meta WHERE key = 'moving'")
            self.db.run(
                "SELECT setval(pg_get_serial_sequence('failure', 'n'), max(n)) FROM failure HAVING max(n) IS NOT NULL"
            )
            self.db.run(f'ALTER SCHEMA "{self._schema}{_INCOMING}" RENAME TO "{self._schema}"')


@contextlib.contextmanager
def source(url: str) -> Iterator[PostgresEnd]:
    """Open a store; its writers wait meanwhile, its readers do not."""
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
    """Make a schema where no store is."""
    place = location.parse(url)
    with _opened(place) as database, database.connection() as db:
        if db.execute("SELECT FROM pg_namespace WHERE nspname = %s", (place.schema,)).fetchone():
            raise StoreError(
                f"{place.shown}: there is a schema {place.schema} already: nothing was copied",
                code="store_readonly",
            )
    with _opened(replace(place, schema=place.schema + _INCOMING)) as database:
        database.migrate()
        with database.connection() as db:
            (alone,) = one(db.execute("SELECT pg_try_advisory_lock(hashtext(%s))", (place.schema,)))
            if not alone:
                raise StoreError(
                    f"{place.shown}: another process is copying a store there", code="store_locked"
                )
            yield PostgresEnd(db, place.schema)


@contextlib.contextmanager
def _opened(place: location.Location) -> Iterator[Database]:
    database = Database(place)
    database.open()
    try:
        yield database
    finally:
        database.close()
