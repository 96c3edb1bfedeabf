"""The archive of fetched pages: what goes in comes out, files rotate, the oldest go, a crash costs one page at most."""

from __future__ import annotations

import asyncio
import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
from warcio.archiveiterator import ArchiveIterator

from scraper.fetch.fetcher import Fetcher
from scraper.model import NotModified, Page, Source
from scraper.settings import StoreSettings
from scraper.warc.page_archive import FOLDER, PageArchive, archive_files, archived_pages, archiving
from scraper.warc.transport import ReplayTransport

AT = datetime(2026, 3, 2, 23, 59, 30, 123456, tzinfo=UTC)


def page(n: int = 1, *, size: int = 2000, at: datetime = AT, headers=None) -> Page:
    """A page that does not compress, so that sizes are what they look like."""
    return Page(
        url=f"https://courier.example/{n}",
        final_url=f"https://www.courier.example/news/{n}",
        status=200,
        headers=headers or {"content-type": "text/html; charset=koi8-r"},
        body=b"<html>" + random.Random(n).randbytes(size),
        fetched=at,
    )


def everything(folder):
    return [kept for path in archive_files(folder) for kept in archived_pages(path)]


def test_what_goes_in_comes_out(tmp_path):
    """Bytes, addresses, headers, the moment and the outlet; the coding that the fetcher undid is only told."""
    archive = PageArchive(tmp_path, max_bytes=10**6)
    given = page(headers={"content-type": "text/html", "content-encoding": "br", "x-odd": "é"})
    archive.keep(given, "courier")
    archive.keep(page(2))
    first, second = everything(tmp_path)
    assert (first.source, second.source) == ("courier", None)
    assert first.page.body == given.body
    assert (first.page.url, first.page.final_url, first.page.fetched) == (given.url, given.final_url, AT)
    assert first.page.headers == {
        "content-type": "text/html",
        "x-crawler-content-encoding": "br",
        "x-odd": "?",
    }
    assert second.page == page(2)


def test_any_reader_understands_it(tmp_path):
    """The files are WARC: warcio reads them, and `--replay` answers from them."""
    archive = PageArchive(tmp_path, max_bytes=10**6)
    archive.keep(page())
    (path,) = archive_files(tmp_path)
    with path.open("rb") as file:
        (record,) = list(ArchiveIterator(file, check_digests="raise"))
    assert record.rec_headers.get_header("WARC-Date") == "2026-03-02T23:59:30Z"

    async def replayed() -> Page | NotModified:
        async with Fetcher(transport=ReplayTransport(path)) as fetcher:
            return await fetcher.get(page().final_url)

    answer = asyncio.run(replayed())
    assert isinstance(answer, Page)
    assert answer.body == page().body


def test_files_rotate_by_day_and_by_size(tmp_path):
    """A file holds pages of one day, up to its size; names sort as they were written."""
    archive = PageArchive(tmp_path, max_bytes=10**6, file_bytes=6000)
    for n in range(7):
        archive.keep(page(n, at=AT + timedelta(minutes=n // 5)))
    assert [path.name for path in archive_files(tmp_path)] == [
        "2026-03-02-001.warc.gz", "2026-03-02-002.warc.gz", "2026-03-02-003.warc.gz", "2026-03-03-001.warc.gz",
    ]  # fmt: skip
    assert [kept.page.url[-1] for kept in everything(tmp_path)] == list("0123456")


def test_a_late_answer_of_yesterday_reopens_nothing(tmp_path):
    """Around midnight answers come in any order; the file of the new day takes them all."""
    archive = PageArchive(tmp_path, max_bytes=10**6)
    for n, minutes in enumerate((1, 0, 1, 0)):
        archive.keep(page(n, at=AT + timedelta(minutes=minutes)))
    assert [path.name for path in archive_files(tmp_path)] == ["2026-03-03-001.warc.gz"]


def test_the_oldest_files_go(tmp_path):
    """All files together never exceed the cap, at any moment, and what is left are the newest pages."""
    cap = 60_000
    archive = PageArchive(tmp_path, max_bytes=cap)
    for n in range(120):
        archive.keep(page(n, at=AT + timedelta(hours=n)))
        assert sum(path.stat().st_size for path in archive_files(tmp_path)) <= cap
    kept = [int(k.page.url.rsplit("/", 1)[1]) for k in everything(tmp_path)]
    assert kept == list(range(kept[0], 120))
    assert len(kept) > 10


@pytest.mark.parametrize("lost", [20, 500, 2200])
def test_a_torn_tail_costs_the_last_page(tmp_path, lost):
    """After a crash the whole pages are read, and the next ones follow them in the same file."""
    archive = PageArchive(tmp_path, max_bytes=10**6)
    for n in range(3):
        archive.keep(page(n))
    (path,) = archive_files(tmp_path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - lost)
    assert [kept.page.url[-1] for kept in everything(tmp_path)] == ["0", "1"]
    archive = PageArchive(tmp_path, max_bytes=10**6)
    archive.keep(page(3))
    assert [kept.page.url[-1] for kept in everything(tmp_path)] == ["0", "1", "3"]


def test_threads(tmp_path):
    """Many polls at once write whole pages."""
    archive = PageArchive(tmp_path, max_bytes=10**7, file_bytes=20_000)
    threads = [
        threading.Thread(target=lambda k=k: [archive.keep(page(100 * k + n)) for n in range(10)])
        for k in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({kept.page.url for kept in everything(tmp_path)}) == 80


def test_other_files_are_left_alone(tmp_path):
    """Only files of the archive's own making are read, counted and removed."""
    (tmp_path / "mine.warc.gz").write_bytes(b"x" * 50_000)
    archive = PageArchive(tmp_path, max_bytes=20_000)
    for n in range(30):
        archive.keep(page(n))
    assert (tmp_path / "mine.warc.gz").exists()
    assert all(path.name.startswith("2026") for path in archive_files(tmp_path))


class Shop:
    """A network of hand that answers everything with one page."""

    def __init__(self, answer: Page | NotModified) -> None:
        self.answer = answer

    async def get(self, url, *, kind="page", validators=None, source=None, force=False):
        return self.answer


COURIER = Source(
    id="courier", name="Courier", homepage="https://courier.example/", country="ge", languages=("en",)
)
KINDS = {
    "pages are kept": ("page", page(), 1),
    "feeds are not": ("feed", page(), 0),
    "nothing new is nothing to keep": ("page", NotModified(url="x", headers={}, fetched=AT), 0),
}


@pytest.mark.parametrize("kind, answer, count", KINDS.values(), ids=KINDS.keys())
def test_what_is_kept(tmp_path, kind, answer, count):
    """Article pages are kept on their way, with whose they are; everything passes unchanged."""
    network = archiving(Shop(answer), tmp_path, StoreSettings(archive=True), on_error=pytest.fail)
    assert asyncio.run(network.get("https://courier.example/1", kind=kind, source=COURIER)) is answer
    assert [kept.source for kept in everything(tmp_path / FOLDER)] == ["courier"] * count


def test_without_the_setting_nothing_is_written(tmp_path):
    """The archive is off by default: the network is the very one that was given."""
    shop = Shop(page())
    assert archiving(shop, tmp_path, StoreSettings(), on_error=pytest.fail) is shop


def test_a_full_disk_costs_no_article(tmp_path):
    """A page that cannot be kept is reported and goes on to the pipeline."""
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    told: list[OSError] = []
    network = archiving(Shop(page()), tmp_path, StoreSettings(archive=True), on_error=told.append)
    assert asyncio.run(network.get("https://courier.example/1")) == page()
    assert len(told) == 1
