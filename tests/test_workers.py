"""A page that crashes or hangs its parser costs that page alone."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from datetime import UTC, datetime

import pytest

from scraper.errors import NoArticle, ParseError, WorkerLost
from scraper.model import Article
from scraper.workers import Job, Workers

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def work(job: Job) -> Article:
    """Does to its process what hostile pages do to a parser."""
    match job.data:
        case b"segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"memory":
            os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does to who takes too much
        case b"hang":
            threading.Event().wait()
        case b"bug":
            raise KeyError("a bug")
        case b"no article":
            raise NoArticle("a listing", url=job.url)
    return Article(title=job.data.decode(), body=("x",))


def job(data: bytes) -> Job:
    return Job(data=data, url="https://a.example/" + data.decode().replace(" ", "-"), now=NOW)


@pytest.mark.parametrize("processes", [0, 1])
def test_a_page_is_parsed(processes):
    """In a process or in this one, the same article comes out; an orderly failure keeps its class, code and URL."""

    async def main() -> None:
        async with Workers(processes, work=work) as pool:
            assert (await pool.extract(job(b"good"))).title == "good"
            with pytest.raises(NoArticle) as caught:
                await pool.extract(job(b"no article"))
            assert (caught.value.code, caught.value.url) == ("no_article", "https://a.example/no-article")
            with pytest.raises(ParseError) as broken:
                await pool.extract(job(b"bug"))
            assert broken.value.code == "parser_error"

    asyncio.run(main())


def test_a_lost_worker_costs_its_page_alone():
    """A crash, a hang and a page without end among good ones: those fail with their codes, the order holds, the rest is parsed."""
    pages = [b"one", b"segfault", b"two", b"hang", b"memory", b"three"]
    with Workers(2, page_seconds=2.0, work=work) as pool:
        results = list(pool.extract_all(map(job, pages)))
    shown = [r.code if isinstance(r, WorkerLost) else getattr(r, "title", r) for r in results]
    assert shown == ["one", "parser_crashed", "two", "parser_timeout", "parser_crashed", "three"]


def test_the_real_work_runs_in_a_process():
    """The default work parses a page in a spawned process."""
    page = (
        b"<html><body><article><h1>T</h1><p>"
        + b"A sentence of the article, long enough. " * 20
        + b"</p></article>"
    )
    with Workers(1) as pool:
        (article,) = pool.extract_all([job(page)])
    assert isinstance(article, Article)
    assert len(article.body) == 1
