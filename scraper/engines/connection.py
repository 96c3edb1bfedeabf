"""The engine's own connections to the database: pooled, bounded, never hanging; its tables brought up to date.

What fails is a LinkLost and may be tried again, whatever it was: nothing here is worth more than time. Commits do not
wait for the disk unless they are asked to (``durable``): what a crash of the server takes back is done again.
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
    """The database did not do what the engine asked of it; mostly it cannot be reached."""

    code = "store_unreachable"


class ClusterConnection:
    """``async with Link(location) as link``: connected, and the tables are there, unless ``migrate`` is off."""

    def __init__(
        self, location: str, *, max_connections: int = MAX_CONNECTIONS, migrate: bool = True
    ) -> None:
        self._place = places.parse(location)
        self._max, self._wanted = max_connections, migrate
        self._pool: AsyncConnectionPool[Connection] | None = None

    @property
    def conninfo(self) -> str:
        return self._place.url

    @property
    def arguments(self) -> dict[str, Any]:
        """What every connection of the engine is opened with."""
        settings = {
            "search_path": self._place.schema,
            "synchronous_commit": "off",
            "client_min_messages": "warning",
        }
        settings |= {
            "statement_timeout": f"{STATEMENT_SECONDS:.0f}s",
            "idle_in_transaction_session_timeout": "30s",
        }
        settings |= {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "3", "tcp_keepalives_count": "3"}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        return {"application_name": "darial-engine", "options": options, **_KEEPALIVE}

    @property
    def pool(self) -> AsyncConnectionPool[Connection]:
        if self._pool is None:
            raise ConnectionLost(f"{self._place.shown}: not connected")
        return self._pool

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        async with self._translated():
            if self._wanted:
                await self._migrate()
            pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
                self.conninfo,
                min_size=1,
                max_size=self._max,
                timeout=POOL_SECONDS,
                reconnect_timeout=POOL_SECONDS,
                max_idle=60.0,
                kwargs=self.arguments,
                configure=_each_statement_alone,
                check=AsyncConnectionPool.check_connection,
                open=False,
            )
            await pool.open()
            self._pool = pool

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            with contextlib.suppress(Exception):
                await pool.close(timeout=1.0)

    async def rows(self, statement: str, *values: Any) -> list[Row]:
        async with self._translated(), self.pool.connection() as connection:
            cursor = await connection.execute(statement.encode(), values or None)
            return await cursor.fetchall() if cursor.description else []

    async def row(self, statement: str, *values: Any) -> Row | None:
        return next(iter(await self.rows(statement, *values)), None)

    @contextlib.asynccontextmanager
    async def transaction(self, *, durable: bool = False) -> AsyncIterator[Connection]:
        """All or nothing; ``durable``: on disk when it ends."""
        async with self._translated(), self.pool.connection() as connection, connection.transaction():
            if durable:
                await connection.execute("SET LOCAL synchronous_commit = on")
            yield connection

    @contextlib.asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(STATEMENT_SECONDS + POOL_SECONDS):
                yield
        except (psycopg.Error, PoolTimeout, PoolClosed, TooManyRequests, TimeoutError) as error:
            said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
            raise ConnectionLost(f"{self._place.shown}: {said or type(error).__name__}") from error

    # -------------------------------------------------------------------------------- tables

    async def _migrate(self) -> None:
        """Run the scripts that this database has not seen, Procrastinate's and ours, one process at a time."""
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
            for script, text in scripts(fresh=not seen):
                if script not in seen:
                    if text:
                        await connection.execute(text.encode())
                    await connection.execute("INSERT INTO engine_script VALUES (%s)", (script,))


async def _each_statement_alone(connection: Connection) -> None:
    await connection.set_autocommit(True)


def scripts(*, fresh: bool) -> Sequence[tuple[str, str]]:
    """(name, text) of every script in order. In a fresh database Procrastinate's migrations are done, by its whole schema."""
    theirs, ours = resources.files("procrastinate.sql"), resources.files("scraper.engines") / "schema"
    migrations = sorted(
        Path(str(entry)).name for entry in (theirs / "migrations").iterdir() if entry.name.endswith(".sql")
    )
    whole = [("procrastinate/schema", (theirs / "schema.sql").read_text("utf-8") if fresh else "")]
    steps = [
        (f"procrastinate/{n}", "" if fresh else (theirs / "migrations" / n).read_text("utf-8"))
        for n in migrations
    ]
    names = sorted(entry.name for entry in ours.iterdir() if entry.name.endswith(".sql"))
    return [*whole, *steps, *((f"darial/{n}", (ours / n).read_text("utf-8")) for n in names)]
