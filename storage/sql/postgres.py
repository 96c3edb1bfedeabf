"""Connect to PostgreSQL, pooled and in our settings; bring the schema up to date; turn psycopg's errors into StoreErrors.

The only import of psycopg. Statements find their tables by the search path, which is set on every connection.
"""

from __future__ import annotations

import contextlib
import enum
import logging
from collections.abc import Iterator
from importlib import resources
from typing import Any, TypeAlias

import psycopg
from psycopg import sql
from psycopg.adapt import Loader
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from scraper.errors import StoreError, StoreLocked
from storage.pg.location import Location

Row: TypeAlias = tuple[Any, ...]
Connection: TypeAlias = psycopg.Connection[Row]
Cursor: TypeAlias = psycopg.Cursor[Row]

OLDEST_SERVER = 140000
MAX_CONNECTIONS = 8  # of one process
CONNECT_SECONDS = 10
WAIT_SECONDS = 10.0  # for a connection of the pool, while all are in use or the server is away
# If the holder of the writers' lock is silent (stopped, cut off), the server closes its connection, and the others go on.
SILENT_SECONDS = 30
LOCK_WAIT_SECONDS = 120
# A peer that vanished is noticed in 10 + 3 * 5 s on either side, not in the two hours of the system's default.
KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000,
}  # fmt: skip
_SETTINGS = (
    f"SET lock_timeout = '{LOCK_WAIT_SECONDS}s'; SET idle_in_transaction_session_timeout = '{SILENT_SECONDS}s';"
    " SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
    " SET client_min_messages = warning"
)


class AdvisoryLock(enum.IntEnum):
    """What is done by one at a time; the number is the first half of an advisory lock, the schema's hash the second."""

    PLACING = 0x0DA71A01
    MIGRATING = 0x0DA71A02
    PROJECTING = 0x0DA71A03
    GROUPING = 0x0DA71A04
    SKETCHING = 0x0DA71A05


# By the first characters of the SQLSTATE, the longest that fits; everything else is "store".
_CODES = {
    "08": ("store_unreachable", "the database cannot be reached"),
    "57P": ("store_unreachable", "the database is shutting down or starting"),
    "25P03": ("store_unreachable", "the database closed the connection after 30 s without a statement"),
    "53": ("store_unreachable", "the database has no room for another connection, or no memory"),
    "53100": ("store_full", "the database's disk is full"),
    "28": ("store_denied", "access denied: check user, password and pg_hba.conf"),
    "42501": ("store_denied", "the database user lacks a right"),
    "3D000": ("store_missing", "there is no such database"),
    "25006": ("store_readonly", "the database may only be read"),
    "40": ("store_busy", "the database took another transaction first"),
    "55P03": ("store_busy", "the database is locked by somebody else"),
    "57014": ("store_busy", "the database broke the statement off"),
    "XX": ("store_damaged", "the database is damaged"),
}


# A connection that is not made has no SQLSTATE: its code stands in the words.
_SAID = (
    ("authentication failed", "28"),
    ("no password supplied", "28"),
    ("pg_hba.conf", "28"),
    ("role ", "28"),
    ("database ", "3D000"),
    ("starting up", "57P"),
    ("shutting down", "57P"),
)


class _AsPrinted(Loader):
    """JSON as the bytes that were stored."""

    def load(self, data: bytes | bytearray | memoryview) -> bytes:
        return bytes(data)


class Database:
    """The pool of one process. ``read_only`` connections cannot write whatever is asked of them."""

    def __init__(
        self,
        location: Location,
        *,
        read_only: bool = False,
        max_connections: int = MAX_CONNECTIONS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self.location = location
        self.read_only = read_only
        # It would log every attempt to connect again; whoever needs a connection is told by the error.
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            location.url,
            min_size=1,
            max_size=max_connections,
            timeout=wait_seconds,
            reconnect_timeout=wait_seconds,
            max_idle=60.0,
            kwargs=self._arguments(),
            configure=self._configure,
            check=ConnectionPool.check_connection,
            open=False,
        )

    def open(self) -> None:
        """Connect once, so that what is wrong is known at once and in the server's words; then the pool."""
        with self.translated():
            self.connect().close()
            self._pool.open()

    def close(self) -> None:
        self._pool.close()

    @contextlib.contextmanager
    def alone(self, lock: AdvisoryLock) -> Iterator[Connection]:
        """Lend a connection of its own that holds an advisory lock. Raises StoreLocked where another one does."""
        with self.translated(), contextlib.closing(self.connect()) as connection:
            (taken,) = one(
                connection.execute(
                    "SELECT pg_try_advisory_lock(%s, hashtext(current_setting('search_path')))", (lock.value,)
                )
            )
            if not taken:
                raise StoreLocked(f"{self.location.shown}: another process is at it ({lock.name.lower()})")
            yield connection

    def connect(self) -> Connection:
        """Return a connection outside of the pool, for what takes long."""
        with self.translated():
            connection: Connection = psycopg.connect(self.location.url, **self._arguments())
            self._configure(connection)
            return connection

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """One of the pool; each statement is a transaction of its own."""
        with self.translated(), self._pool.connection() as connection:
            yield connection

    @contextlib.contextmanager
    def transaction(self, lock: AdvisoryLock | None = None) -> Iterator[Connection]:
        """All or nothing, and on disk when it ends. The lock is let go after others can see what was written."""
        with self.connection() as connection, connection.transaction():
            if lock is not None:
                take(connection, lock)
            yield connection

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Turn the driver's errors into StoreErrors; no message of ours repeats an address or a password."""
        try:
            yield
        except (PoolTimeout, PoolClosed, TooManyRequests) as e:
            raise StoreError(
                f"{self.location.shown}: the database gave no connection in {self._pool.timeout:g} s",
                code="store_unreachable",
            ) from e
        except psycopg.Error as e:
            raise self._translate(e) from e

    def _translate(self, error: psycopg.Error) -> StoreError:
        if error.sqlstate:
            state, said = error.sqlstate, error.diag.message_primary or type(error).__name__
        elif isinstance(error, psycopg.OperationalError) and "connection option" not in str(error):
            said = ([line for line in str(error).splitlines() if line.strip()] or ["no reason given"])[
                -1
            ].strip()
            refused = said.partition("FATAL:")[2]
            state = next((code for words, code in _SAID if words in refused), "08")
        else:  # libpq could not read the URL, and might quote it with its password
            return StoreError(f"{self.location.shown}: the store's URL cannot be read", code="bad_location")
        known = (_CODES[state[:size]] for size in (5, 3, 2) if state[:size] in _CODES)
        code, words = next(known, ("store", "the database failed"))
        return StoreError(f"{self.location.shown}: {words} ({said})", code=code)

    def _arguments(self) -> dict[str, Any]:
        named = {"application_name": "darial", "connect_timeout": CONNECT_SECONDS}
        return {"autocommit": True, **named, **KEEPALIVE}

    def _configure(self, connection: Connection) -> None:
        connection.adapters.register_loader("json", _AsPrinted)
        path = sql.Identifier(self.location.schema)
        connection.execute(sql.SQL("SET search_path = {}; ").format(path) + sql.SQL(_SETTINGS))
        if self.read_only:
            connection.execute("SET default_transaction_read_only = on")

    # -------------------------------------------------------------------------------- the schema

    def migrate(self, scripts: list[str] | None = None) -> None:
        """Bring the schema up to date, in one transaction: a kill leaves the old version or the new one."""
        scripts = postgres_migrations() if scripts is None else scripts
        with self.connection() as connection:
            self._check_server(connection)
            if self._version(connection, len(scripts)) == len(scripts):
                return
        with self.transaction() as connection:
            take(connection, AdvisoryLock.MIGRATING)
            version = self._version(connection, len(scripts))
            if version == len(scripts):
                return
            connection.execute(
                sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self.location.schema))
            )
            for script in scripts[version:]:
                connection.execute(script.encode())
            connection.execute(
                "INSERT INTO meta VALUES ('schema', %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (str(len(scripts)),),
            )

    def check_readable(self, *, older: bool = True, scripts: list[str] | None = None) -> None:
        """Raise StoreError where there is no store, or its schema is not ours: store_missing, store_newer, store_older.

        Readers change nothing; whoever is going to bring it up to date asks with ``older=False``.
        """
        newest = len(postgres_migrations() if scripts is None else scripts)
        with self.connection() as connection:
            self._check_server(connection)
            version = self._version(connection, newest)
        if version == 0:
            raise StoreError(
                f"there is no store at {self.location.shown} (no tables in the schema {self.location.schema});"
                " `darial fetch --store` makes one",
                code="store_missing",
            )
        if older and version < newest:
            raise StoreError(
                f"{self.location.shown} was written by an older Darial; `darial store upgrade --store` brings it up to date",
                code="store_older",
            )

    def _version(self, connection: Connection, newest: int) -> int:
        """Return the schema's version, 0 where there is none. Raises StoreError (store_newer) if a newer Darial wrote it."""
        # not to_regclass: it may remember that there was none, from before somebody else made it
        there = connection.execute(
            "SELECT FROM pg_tables WHERE schemaname = %s AND tablename = 'meta'", (self.location.schema,)
        ).fetchone()
        if there is None:
            return 0
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
        version = int(row[0]) if row else 0
        if version > newest:
            raise StoreError(
                f"{self.location.shown} was written by a newer Darial (schema {version}, this one knows {newest});"
                " update this one",
                code="store_newer",
            )
        return version

    def _check_server(self, connection: Connection) -> None:
        if connection.info.server_version < OLDEST_SERVER:
            raise StoreError(f"{self.location.shown}: PostgreSQL 14 or newer is needed", code="store")
        if connection.info.parameter_status("server_encoding") != "UTF8":
            raise StoreError(f"{self.location.shown}: the database's encoding must be UTF8", code="store")


def postgres_migrations() -> list[str]:
    """Return the numbered scripts of storage/pg/schema, oldest first."""
    folder = resources.files("storage.pg") / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(folder / name).read_text(encoding="utf-8") for name in names]


def take(connection: Connection, lock: AdvisoryLock) -> None:
    """Wait for an advisory lock of this store, until the transaction's end."""
    connection.execute(
        "SELECT pg_advisory_xact_lock(%s, hashtext(current_setting('search_path')))", (lock.value,)
    )


def one(cursor: Cursor) -> Row:
    """Return the row of a query that always has one."""
    row = cursor.fetchone()
    assert row is not None
    return row


def plain(text: str) -> str:
    """Without NUL, which PostgreSQL's text cannot hold."""
    return text.replace("\0", "")
