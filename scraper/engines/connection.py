"""Connect the engine to the database: a bounded pool with time limits everywhere. Also migrates the engine's tables.

Every failure is a ConnectionLost and may be retried. Commits do not wait for the disk unless ``durable`` is given: what a
crash of the server loses is done again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from scraper.errors import StoreError
from storage.pg import location as places

POOL_SECONDS = 5.0  # to wait for a connection
STATEMENT_SECONDS = 15.0  # a server that has not answered by then is lost
MAX_CONNECTIONS = 8
_KEEPALIVE: dict[str, Any] = {
    "connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 10_000,
}  # fmt: skip
_MIGRATING = 0x0DA71A11  # the first half of an advisory lock; the second is the schema's name

Row = tuple[Any, ...]
Connection = psycopg.AsyncConnection[Row]


class ConnectionLost(StoreError):
    """A statement of the engine failed; mostly the database cannot be reached."""

    code = "store_unreachable"


class _Pool(AsyncConnectionPool[Connection]):
    """Bound what is done with a connection, also by Procrastinate: behind a proxy a dead server is only silent."""

    use_seconds = STATEMENT_SECONDS + POOL_SECONDS

    @contextlib.asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[Connection]:  # noqa: ASYNC109
        try:
            async with (
                asyncio.timeout(self.use_seconds),
                super().connection(timeout) as connection,
            ):
                yield connection
        except TimeoutError as error:
            raise psycopg.OperationalError("no answer in time") from error


class ClusterConnection:
    """``async with ClusterConnection(location)`` connects, and makes the tables unless ``migrate`` is False."""

    def __init__(
        self,
        location: str,
        *,
        max_connections: int = MAX_CONNECTIONS,
        migrate: bool = True,
        statement_seconds: float = STATEMENT_SECONDS,
        pool_seconds: float = POOL_SECONDS,
    ) -> None:
        self._place = places.parse_location(location)
        self._statement_seconds, self._pool_seconds = statement_seconds, pool_seconds
        self._max, self._migrates = max_connections, migrate
        self._pool: _Pool | None = None

    @property
    def conninfo(self) -> str:
        return self._place.url

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of every connection of the engine."""
        settings = {
            "search_path": self._place.schema, "synchronous_commit": "off", "client_min_messages": "warning",
            "statement_timeout": f"{self._statement_seconds:.0f}s", "idle_in_transaction_session_timeout": "30s",
            "tcp_keepalives_idle": "5", "tcp_keepalives_interval": "3", "tcp_keepalives_count": "3",
        }  # fmt: skip
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        return {"application_name": "darial-engine", "options": options, **_KEEPALIVE}

    @property
    def pool(self) -> _Pool:
        if self._pool is None:
            raise ConnectionLost(f"{self._place.shown}: not connected")
        return self._pool

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        async with self._errors(), asyncio.timeout(self._statement_seconds + self._pool_seconds):
            if self._migrates:
                await self._migrate()
            pool = _Pool(
                self.conninfo,
                min_size=1,
                max_size=self._max,
                timeout=self._pool_seconds,
                reconnect_timeout=self._pool_seconds,
                max_idle=60.0,
                kwargs=self.arguments,
                configure=_autocommit,
                check=_Pool.check_connection,
                open=False,
            )
            pool.use_seconds = self._statement_seconds + self._pool_seconds
            await pool.open()
            self._pool = pool

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            with contextlib.suppress(Exception):
                await pool.close(timeout=1.0)

    async def rows(self, statement: str, *values: Any) -> list[Row]:
        async with self._errors(), self.pool.connection() as connection:
            cursor = await connection.execute(statement.encode(), values or None)
            return await cursor.fetchall() if cursor.description else []

    async def row(self, statement: str, *values: Any) -> Row | None:
        return next(iter(await self.rows(statement, *values)), None)

    @contextlib.asynccontextmanager
    async def transaction(self, *, durable: bool = False) -> AsyncIterator[Connection]:
        """Open a transaction; with ``durable``, it is on disk when it ends."""
        async with self._errors(), self.pool.connection() as connection, connection.transaction():
            if durable:
                await connection.execute("SET LOCAL synchronous_commit = on")
            yield connection

    @contextlib.asynccontextmanager
    async def _errors(self) -> AsyncIterator[None]:
        try:
            yield
        except (psycopg.Error, PoolTimeout, PoolClosed, TooManyRequests, TimeoutError) as error:
            said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
            raise ConnectionLost(f"{self._place.shown}: {said or type(error).__name__}") from error

    # -------------------------------------------------------------------------------- tables

    async def _migrate(self) -> None:
        """Run the scripts of Procrastinate and ours that this database has not seen, one process at a time."""
        name = sql.Identifier(self._place.schema)
        connection: Connection = await psycopg.AsyncConnection.connect(self.conninfo, **self.arguments)
        async with connection, connection.transaction():
            await connection.execute("SET LOCAL statement_timeout = 0")
            await connection.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_MIGRATING, self._place.schema)
            )
            await connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
            await connection.execute("CREATE TABLE IF NOT EXISTS engine_script (name text PRIMARY KEY)")
            seen = {
                row[0]
                for row in await (await connection.execute("SELECT name FROM engine_script")).fetchall()
            }
            for script, text in migration_scripts(fresh=not seen):
                if script not in seen:
                    if text:
                        await connection.execute(text.encode())
                    await connection.execute("INSERT INTO engine_script VALUES (%s)", (script,))


async def _autocommit(connection: Connection) -> None:
    await connection.set_autocommit(True)


def migration_scripts(*, fresh: bool) -> Sequence[tuple[str, str]]:
    """Return (name, text) of every script in order. A fresh database gets Procrastinate's whole schema instead of its migrations."""
    library, own = resources.files("procrastinate.sql"), resources.files("scraper.engines") / "schema"
    migrations = sorted(
        Path(str(entry)).name for entry in (library / "migrations").iterdir() if entry.name.endswith(".sql")
    )
    whole = [("procrastinate/schema", (library / "schema.sql").read_text("utf-8") if fresh else "")]
    steps = [
        (f"procrastinate/{n}", "" if fresh else (library / "migrations" / n).read_text("utf-8"))
        for n in migrations
    ]
    names = sorted(entry.name for entry in own.iterdir() if entry.name.endswith(".sql"))
    return [*whole, *steps, *((f"darial/{n}", (own / n).read_text("utf-8")) for n in names)]
