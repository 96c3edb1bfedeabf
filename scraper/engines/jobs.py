"""Wrap Procrastinate. There are two queues of jobs: polls of a source, and batches of pages to ingest.

A job that has ended is deleted, whatever its result. A job whose process died or fell silent is given to another process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, LiteralString, Self

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status

from scraper.codec import Struct
from scraper.engines.connection import (
    POOL_SECONDS,
    STATEMENT_SECONDS,
    ClusterConnection,
    Connection,
    ConnectionLost,
)
from scraper.engines.due_times import DueSource

POLL, INGEST = "poll", "ingest"  # the queues, and the tasks that are in them
MAX_ATTEMPTS = 5  # at one batch
_NO_SUCH_JOB = "P0001"  # raised by Procrastinate's functions: another process has ended the job

OnePoll = Callable[[str], Awaitable[None]]
OneBatch = Callable[[int, bool], Awaitable[None]]  # its number, and whether it is the last attempt


class Timing(Struct, frozen=True, kw_only=True):
    """Seconds. A process that lost the database ends its polls (lease) well before others think it dead (stalled)."""

    sweep: float = 3.0  # at least so often; sooner when something is due
    pause: float = 1.0  # between two sweeps, two queries for a job, two polls of one source
    heartbeat: float = 4.0
    lease: float = 12.0
    stalled: float = 20.0
    register: float = 600.0  # how often a process registers the sources of its file
    retry: float = 15.0  # after a poll that met a fault of our own
    reconnect: float = 2.0
    unknown: float = 30.0  # for a source that is not in our file
    drain: float = 5.0  # for jobs that run at the end
    statement: float = STATEMENT_SECONDS
    pool: float = POOL_SECONDS


class _Connector(PsycopgConnector):
    """Notice that the end of a job or a heartbeat could not be written: Procrastinate works on after both.

    The job would hold its site as long as the worker lives; a worker without heartbeats loses jobs that it is doing.
    So ``failed`` ends the worker, and the error itself goes nowhere: nobody awaits Procrastinate's tasks.
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.failed = asyncio.Event()
        self.reason = ""

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        try:
            await super().execute_query_async(query, **arguments)
        except UniqueViolation:  # an answer
            raise
        except ConnectorException as error:
            if getattr(error.__cause__, "sqlstate", None) != _NO_SUCH_JOB:
                self.reason = str(error.__cause__ or error)
                self.failed.set()


class PollJobs:
    """The jobs as one process sees them. Use as a context manager, while ``database`` is open."""

    def __init__(
        self,
        database: ClusterConnection,
        timing: Timing,
        *,
        poll: OnePoll | None = None,
        batch: OneBatch | None = None,
    ) -> None:
        self._database, self._timing, self._batch = database, timing, batch
        self._connector = _Connector(conninfo=database.conninfo, kwargs=database.arguments)
        self._app = App(connector=self._connector)
        self._opened = contextlib.AsyncExitStack()
        retry = RetryStrategy(wait=max(1, round(timing.reconnect)))
        if poll is not None:
            self._app.task(name=POLL, queue=POLL)(poll)
        if batch is not None:
            self._app.task(name=INGEST, queue=INGEST, pass_context=True, retry=retry)(self._one_batch)
        # They log every attempt to reconnect; we log once that the database is lost.
        for library in ("procrastinate", "psycopg.pool"):
            logging.getLogger(library).setLevel(logging.CRITICAL)

    async def __aenter__(self) -> Self:
        await self._opened.enter_async_context(self._app.open_async(self._database.pool))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    async def work(self, queue: str, concurrency: int) -> None:
        """Do jobs until cancelled, then drain. Raises ConnectionLost if a statement fails; the jobs are given up then.

        The next call is another worker for the database, so that what this one leaves behind is taken over.
        """
        self._connector.failed.clear()
        failed = asyncio.create_task(self._connector.failed.wait())
        worker = asyncio.create_task(
            self._app.run_worker_async(
                queues=[queue],
                name=queue,
                concurrency=concurrency,
                fetch_job_polling_interval=self._timing.pause,
                shutdown_graceful_timeout=self._timing.drain,
                delete_jobs="successful",
                install_signal_handlers=False,
                update_heartbeat_interval=self._timing.heartbeat,
                stalled_worker_timeout=self._timing.stalled,
            )
        )
        try:
            await asyncio.wait([worker, failed], return_when=asyncio.FIRST_COMPLETED)
        finally:
            worker.cancel()
            failed.cancel()
            (end, _) = await asyncio.gather(worker, failed, return_exceptions=True)
        with _database_errors():
            if isinstance(end, Exception):
                raise end
        raise ConnectionLost(
            f"the end of a job or a heartbeat could not be written: {self._connector.reason}"
        )

    async def defer_polls(self, due: Sequence[DueSource], connection: Connection) -> None:
        """Add a job for each source, in the caller's transaction."""
        jobs = [
            Job(
                queue=POLL,
                task_name=POLL,
                task_kwargs={"source": source.id},
                lock=source.site,
                queueing_lock=source.id,
            )
            for source in due
        ]
        with _database_errors():
            await self._app.job_manager.batch_defer_jobs_async(jobs, connection=connection)

    async def defer_batch(self, number: int, connection: Connection) -> None:
        """Add a job for one batch, in the caller's transaction."""
        job = Job(
            queue=INGEST, task_name=INGEST, task_kwargs={"batch": number}, lock=None, queueing_lock=None
        )
        with _database_errors():
            await self._app.job_manager.batch_defer_jobs_async([job], connection=connection)

    async def take_over(self) -> int:
        """Release the jobs of processes that are dead or silent; return how many."""
        with _database_errors():
            jobs = list(
                await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self._timing.stalled)
            )
            for job in jobs:
                try:
                    await self._app.job_manager.retry_job(job)
                except UniqueViolation:  # the source has another job by now
                    await self._app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
        return len(jobs)

    async def _one_batch(self, context: JobContext, batch: int) -> None:
        assert self._batch is not None
        await self._batch(batch, context.job.attempts + 1 >= MAX_ATTEMPTS)


@contextlib.contextmanager
def _database_errors() -> Iterator[None]:
    try:
        yield
    except ConnectorException as error:
        raise ConnectionLost(f"the database failed: {error.__cause__ or error}") from error
