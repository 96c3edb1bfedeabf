"""Open a PostgreSQL store as one end of a copy (storage.copying)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache

from scraper.codec import replace
from scraper.errors import StoreError
from storage.copying import TABLES, CopyEnd
from storage.pg import location
from storage.sql.dialect import Postgres
from storage.sql.postgres import Connection, Database, one

_INCOMING = "_incoming"
_COLUMNS = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?"
    " ORDER BY ordinal_position"
)


@contextlib.contextmanager
def source_end(url: str) -> Iterator[CopyEnd]:
    """Open a store; its writers wait meanwhile, its readers do not."""
    with _opened(location.parse_location(url)) as database:
        database.check_readable(older=False)
        database.migrate()
        with database.translated(), contextlib.closing(database.connect()) as db, db.transaction():
            db.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            db.execute(f"LOCK TABLE {', '.join(TABLES)} IN SHARE MODE")
            yield _end(db)


@contextlib.contextmanager
def target_end(url: str) -> Iterator[CopyEnd]:
    """Make a schema where no store is; it has another name until ``finish`` gives it its own."""
    place = location.parse_location(url)
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
            end = _end(db)

            def finish() -> None:
                with end.transaction():
                    end.db.run(
                        "SELECT setval(pg_get_serial_sequence('failure', 'n'), max(n)) FROM failure HAVING max(n) IS NOT NULL"
                    )
                    end.db.run(f'ALTER SCHEMA "{place.schema}{_INCOMING}" RENAME TO "{place.schema}"')

            yield replace(end, finish=finish)


def _end(connection: Connection) -> CopyEnd:
    db = Postgres(connection)
    return CopyEnd(
        db=db,
        columns=cache(lambda table: [name for (name,) in db.all(_COLUMNS, (table,))]),
        transaction=connection.transaction,
    )


@contextlib.contextmanager
def _opened(place: location.Location) -> Iterator[Database]:
    database = Database(place)
    database.open()
    try:
        yield database
    finally:
        database.close()
