"""Parse pages in processes that can be killed.

A page that crashes or hangs its process costs only that page. ``ParsePool(processes=0)`` parses in the calling thread, for tests
and for a single page.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import Self

from scraper.codec import Struct
from scraper.errors import DarialError, ParseError, WorkerLost
from scraper.extract import extractor
from scraper.model import Article, Entry, Rules
from scraper.parse_pool.process_pool import Argument, Pool, Result

PAGE_SECONDS = 10.0  # wall time for one page; the guard refuses what would cost more than 1 s of CPU
JOBS_PER_WORKER = 2000  # a fresh process now and then keeps memory flat over months


class ParseJob(Struct, frozen=True, kw_only=True):
    """One document to parse. ``entry`` is what the feed said of it, ``url`` its final address."""

    data: bytes
    url: str | None = None
    content_type: str | None = None
    rules: tuple[Rules, ...] = ()
    entry: Entry | None = None
    timezone: str | None = "UTC"
    languages: tuple[str, ...] = ()
    article_url: str | None = None
    now: datetime | None = None  # when it was seen
    latest: datetime | None = None  # a bound for its dates where that is unknown


def parse_page(job: ParseJob) -> Article:
    """Parse one document. Pure. Raises ParseError."""
    return extractor.extract_document(**{name: getattr(job, name) for name in job.__struct_fields__})


def _errors_as_values(work: Callable[[ParseJob], Article], job: ParseJob) -> Article | DarialError:
    """Do the work; return errors as values. An unexpected exception is an error of that page."""
    try:
        return work(job)
    except DarialError as error:
        return error
    except Exception as error:
        what = str(error) if isinstance(error, RecursionError) else f"{type(error).__name__}: {error}"
        return ParseError(f"the page could not be parsed: {what}", code="parser_error", url=job.url)


def cores() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ParsePool:
    """A pool of parsing processes. Started at the first job; use as a context manager, sync or async."""

    def __init__(
        self,
        processes: int | None = None,
        *,
        page_seconds: float = PAGE_SECONDS,
        work: Callable[[ParseJob], Article] = parse_page,
    ) -> None:
        """Set up the pool. ``work`` is what a process does with a job; it must be importable by name."""
        self._processes = cores() if processes is None else processes
        self._work = work
        self._page_seconds = page_seconds
        self._pool: Pool | None = None

    async def run(
        self,
        work: Callable[[Argument], Result],
        argument: Argument,
        *,
        seconds: float = PAGE_SECONDS,
        url: str | None = None,
    ) -> Result:
        """Do ``work`` with ``argument`` in a process, and raise what it raises.

        Raises WorkerLost if the process was lost, and OSError if no process could be started, which is not the work's fault.
        ``work`` must be importable by name; argument, result and exceptions are pickled. ``url`` is for the error.
        """
        if not self._processes:
            return await asyncio.to_thread(work, argument)
        return await asyncio.wrap_future(self._submit(work, argument, seconds, url))

    async def extract(self, job: ParseJob) -> Article:
        """Parse one document. Raises ParseError; code parser_crashed or parser_timeout if its worker was lost."""
        work = partial(_errors_as_values, self._work)
        result = await self.run(work, job, seconds=self._page_seconds, url=job.url)
        if isinstance(result, DarialError):
            raise result
        return result

    def extract_all(self, jobs: Iterable[ParseJob]) -> Iterator[Article | DarialError]:
        """Parse many documents side by side; results come in the order of the jobs."""
        if not self._processes:
            yield from (_errors_as_values(self._work, job) for job in jobs)
            return
        work = partial(_errors_as_values, self._work)
        waiting: deque[Future[Article | DarialError]] = deque()
        for job in jobs:
            waiting.append(self._submit(work, job, self._page_seconds, job.url))
            if len(waiting) >= 4 * self._processes:
                yield _outcome(waiting.popleft())
        while waiting:
            yield _outcome(waiting.popleft())

    def _submit(
        self, work: Callable[[Argument], Result], argument: Argument, seconds: float, url: str | None
    ) -> Future[Result]:
        if self._pool is None:
            self._pool = Pool(self._processes, begin=extractor.warm_up, jobs_per_process=JOBS_PER_WORKER)
        return self._pool.submit(work, argument, seconds=seconds, url=url)

    def close(self) -> None:
        """Stop at once; unfinished jobs are cancelled."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)


def _outcome(future: Future[Article | DarialError]) -> Article | DarialError:
    try:
        return future.result()
    except WorkerLost as error:
        return error
