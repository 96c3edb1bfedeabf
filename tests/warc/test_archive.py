"""WARC: what is recorded replays to the same; recordings of other crawlers are read; a crash costs one record."""

from __future__ import annotations

import asyncio
import gzip
import io

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from bench import virtual
from scraper.errors import FetchError
from scraper.fetch.caching import validators_of
from scraper.fetch.fetcher import Fetcher
from scraper.fetch.transport import LiveTransport
from scraper.model import NotModified, Page
from scraper.settings import Settings
from scraper.warc.transport import RecordingTransport, ReplayTransport, url_key
from scraper.warc.writer import message_head, warc_record
from tests.support.fake_network import FakeNetwork
from tests.support.shared import shared
from tests.support.site import TEXT, Site

HERE = ("127.0.0.1",)


def replay(path, *urls, kind="page"):
    """What a recording answers: bodies and error codes, in order."""

    async def main():
        async with Fetcher(transport=ReplayTransport(path)) as f:
            return [await outcome(f, url, kind) for url in urls]

    return asyncio.run(main())


async def outcome(fetcher, url, kind="page"):
    try:
        page = await fetcher.get(url, kind=kind)
    except FetchError as error:
        return error.code
    assert isinstance(page, Page)
    return page.status, page.final_url, page.body, page.headers.get("content-type")


# ------------------------------------------------------------------------------------------ the shared recording


def test_every_recorded_page_is_read():
    """All 49 pages, their feeds and the robots.txt come out of the shared recording; what is not in it is an error."""
    path = shared("corpus/web.warc.gz")
    with path.open("rb") as file:
        urls = [r.rec_headers.get_header("WARC-Target-URI") for r in ArchiveIterator(file)]
    pages = [url for url in urls if not url.endswith("/robots.txt")]
    got = replay(path, *pages, "https://valley.test/not-recorded")
    assert len(pages) == 95
    assert [g for g in got[:-1] if isinstance(g, str)] == []
    assert got[-1] == "not_recorded"


def test_opening_a_recording_costs_nothing(tmp_path):
    """The file is read as far as it is needed, not at the start: one that is not there yet is opened all the same."""
    transport = ReplayTransport(tmp_path / "later.warc.gz")
    asyncio.run(transport.aclose())


# ------------------------------------------------------------------------------------------ record, then replay

NAMES = (
    "ok", "gzipped", "deflated", "gzip_unasked", "chunked", "until_close", "many_headers", "hops/3", "to_utf8", "feed",
    "status/404", "status/403", "loop", "hops/9", "to?file:///etc/passwd", "large", "bomb_deflate", "brotli", "no_gzip",
    "cut_gzip", "short_length", "cut_chunked", "hang_up", "bad_chunk", "header_flood", "silence", "body_drip", "status/503?9",
)  # fmt: skip


def test_a_recorded_run_replays_to_the_same(tmp_path):
    """Pages and failures alike: timeouts, cut bodies and refused connections come out as they were."""
    path = tmp_path / "run.warc.gz"

    async def record():
        settings = Settings(pace_seconds=0, page_timeout_seconds=0.3, allow_private_hosts=HERE)
        transport = RecordingTransport(LiveTransport(allow_private_hosts=HERE), path)
        async with Site() as site, Fetcher(settings, transport=transport, polite=False) as f:
            urls = [site.url(name) for name in NAMES] + [
                "http://127.0.0.1:1/closed",
                "http://10.0.0.1/inside",
            ]
            return urls, [await outcome(f, url) for url in urls]

    urls, live = asyncio.run(record())
    assert len({str(x) if isinstance(x, str) else x[0] for x in live}) > 10
    assert replay(path, *urls) == live


def test_recordings_are_read_by_other_tools(tmp_path):
    """Each response is a WARC record with a true length and digest, beside its request; each a gzip member of its own."""
    path = tmp_path / "run.warc.gz"

    async def record():
        async with Site() as site:
            transport = RecordingTransport(LiveTransport(allow_private_hosts=HERE), path)
            async with Fetcher(Settings(pace_seconds=0, allow_private_hosts=HERE), transport=transport) as f:
                for name in ("gzipped", "chunked"):
                    await f.get(site.url(name))

    asyncio.run(record())
    with path.open("rb") as file:
        records = []
        for record in ArchiveIterator(file, check_digests="raise"):
            records.append((record.rec_type, record.content_stream().read()))
    kinds = [kind for kind, _ in records]
    assert kinds == ["warcinfo", *["response", "request"] * 3]  # robots.txt and two pages
    assert [body for kind, body in records if kind == "response"][1:] == [TEXT, TEXT]


@pytest.mark.parametrize("gzip", [False, True])
def test_a_record_as_another_reader_has_it(gzip):
    """Fields, message and digests are read by warcio; a line break in a value forges no field."""
    head = message_head("HTTP/1.1 200 OK", [("Content-Type", "text/html"), ("Content-Length", "4")])
    fields = {
        "WARC-Target-URI": "http://valley.test/",
        "WARC-Date": "2026-01-02T03:04:05Z",
        "X-A": "b\r\nX-C: d",
    }
    data = warc_record("response", fields, b"text", head=head, gzip=gzip) * 2
    found = []
    for record in ArchiveIterator(io.BytesIO(data), check_digests="raise"):
        told = record.rec_headers.get_header
        assert told("WARC-Record-ID").startswith("<urn:uuid:")
        assert {name: told(name) for name in (*fields, "X-C")} == {**fields, "X-A": "b X-C: d", "X-C": None}
        found.append((record.rec_type, record.http_headers.get_statuscode(), record.content_stream().read()))
    assert found == [("response", "200", b"text")] * 2


def test_a_recording_is_appended_to(tmp_path):
    """A second run adds to the file; the same URL then gives its answers in order, and stays at the last."""
    path = tmp_path / "run.warc.gz"
    url = "http://valley.test/a"

    async def record(body):
        net = FakeNetwork({url: (200, {}, body)})
        async with Fetcher(Settings(pace_seconds=0), transport=RecordingTransport(net, path)) as f:
            await f.get(url)

    asyncio.run(record(b"one"))
    asyncio.run(record(b"two"))
    assert [got[2] for got in replay(path, url, url, url)] == [b"one", b"two", b"two"]


@pytest.mark.parametrize("lost", [1, 7, 100])
def test_a_torn_tail_costs_the_last_record(tmp_path, lost):
    """After a crash while writing, what is whole is replayed, and recording goes on after it."""
    path = tmp_path / "run.warc.gz"
    urls = [f"http://valley.test/{name}" for name in "abc"]

    async def record(url):
        net = FakeNetwork({url: (200, {}, url.encode() * 100)})
        async with Fetcher(Settings(pace_seconds=0), transport=RecordingTransport(net, path)) as f:
            await f.get(url)

    asyncio.run(record(urls[0]))
    whole = path.stat().st_size
    asyncio.run(
        record(urls[1])
    )  # the last record of a page is its request: cut there, and the response is still whole
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - lost)
    assert [isinstance(got, tuple) for got in replay(path, *urls)] == [True, True, False]
    with path.open("r+b") as file:
        file.truncate(whole + lost)
    assert [isinstance(got, tuple) for got in replay(path, *urls)] == [True, False, False]
    asyncio.run(record(urls[2]))
    assert [isinstance(got, tuple) for got in replay(path, *urls)] == [True, False, True]


def test_a_304_answers_only_who_asked_for_changes(tmp_path):
    """A recorded 304 is given to a conditional request; others get the page."""
    path = tmp_path / "run.warc.gz"

    async def record():
        async with Site() as site:
            transport = RecordingTransport(LiveTransport(allow_private_hosts=HERE), path)
            async with Fetcher(Settings(pace_seconds=0, allow_private_hosts=HERE), transport=transport) as f:
                page = await f.get(site.url("etag"), kind="feed")
                await f.get(site.url("etag"), kind="feed", validators=validators_of(page.headers))
                return site.url("etag"), validators_of(page.headers)

    async def again(url, validators):
        async with Fetcher(transport=ReplayTransport(path)) as f:
            first = await f.get(url, kind="feed")
            second = await f.get(url, kind="feed", validators=validators)
        async with Fetcher(transport=ReplayTransport(path)) as f:
            third = await f.get(url, kind="feed")
            fourth = await f.get(url, kind="feed")
        return [type(x) for x in (first, second, third, fourth)]

    assert asyncio.run(again(*asyncio.run(record()))) == [Page, NotModified, Page, Page]


def test_replay_waits_for_nobody():
    """No pace and no pauses: 100 pages of one host, recorded 429s among them, at once."""
    net = FakeNetwork(lambda r: (429, {"Retry-After": "600"}, b"") if r.url.path == "/0" else (200, {}, TEXT))
    net.live = False

    async def main():
        async with Fetcher(
            Settings(pace_seconds=60), transport=net, now=virtual.now, monotonic=virtual.seconds
        ) as f:
            return [await outcome(f, f"http://valley.test/{i}") for i in range(100)], virtual.seconds()

    got, passed = virtual.run(main())
    assert passed == 0
    assert got[0] == "http_429"
    assert all(isinstance(x, tuple) for x in got[1:])


# ------------------------------------------------------------------------------------------ other crawlers' files


def foreign(path, *records, compress=True):
    """A WARC file as others write them: (url, status line, headers, raw body, record type, WARC headers)."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=compress)
        for url, status, headers, body, kind, extra in records:
            http = StatusAndHeaders(status, headers, protocol="HTTP/1.1") if status else None
            record = writer.create_warc_record(
                url,
                kind,
                payload=io.BytesIO(body),
                length=len(body),
                http_headers=http,
                warc_headers_dict=extra,
            )
            writer.write_record(record)
    return path


URL = "https://valley.test/a"
ZIPPED = gzip.compress(TEXT, mtime=0)
LEGACY = {
    "plain": ([], TEXT, TEXT),
    "gzip under its header": ([("Content-Encoding", "gzip")], ZIPPED, TEXT),
    "already unzipped, header left": ([("Content-Encoding", "gzip"), ("Content-Length", str(len(ZIPPED)))], TEXT, TEXT),
    "brotli undone, header left": ([("Content-Encoding", "br")], TEXT, TEXT),
    "chunks kept": ([("Transfer-Encoding", "chunked")], b"5\r\n" + TEXT[:5] + b"\r\n%x\r\n" % (len(TEXT) - 5) + TEXT[5:] + b"\r\n0\r\n\r\n", TEXT),
    "chunks undone, header left": ([("Transfer-Encoding", "chunked")], TEXT, TEXT),
    "gzip in chunks": ([("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")], b"%x\r\n" % len(ZIPPED) + ZIPPED + b"\r\n0\r\n\r\n", TEXT),
    "news crawl": ([("X-Crawler-Content-Encoding", "gzip"), ("Content-Length", str(len(TEXT)))], TEXT, TEXT),
    "a wrong length": ([("Content-Length", "3")], TEXT, TEXT),
}  # fmt: skip


@pytest.mark.parametrize("compress", [True, False], ids=["warc.gz", "warc"])
@pytest.mark.parametrize("name", LEGACY)
def test_bodies_of_other_crawlers(tmp_path, name, compress):
    """Whatever their headers claim, bodies come out as the page was; compressed files and plain ones."""
    headers, body, expected = LEGACY[name]
    noise = ("https://valley.test/x", "200 OK", [], b"x", "response", {})
    path = foreign(
        tmp_path / "f.warc", noise, (URL, "200 OK", headers, body, "response", {}), noise, compress=compress
    )
    (got,) = replay(path, URL)
    assert got[2] == expected


def test_revisits_and_other_records(tmp_path):
    """A revisit gives the body it points to; dns, metadata and request records are passed over."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    records = [
        ("resource", "dns:valley.test", "", b"valley.test. 1.2.3.4"),
        ("metadata", URL, "", b"outlink: /x"),
        ("request", URL, "", b"GET /a HTTP/1.1\r\nHost: valley.test\r\n\r\n"),
        ("response", URL, "WARC-Payload-Digest: sha1:ABC\r\n", http + TEXT),
        ("revisit", "https://valley.test/b", "WARC-Payload-Digest: sha1:ABC\r\n", http),
        ("revisit", "https://valley.test/c", "WARC-Payload-Digest: sha1:XYZ\r\n", http),
    ]
    with (tmp_path / "d.warc").open("wb") as file:
        for kind, url, more, block in records:
            kinds = {
                "request": "application/http; msgtype=request",
                "metadata": "application/warc-fields",
                "resource": "text/dns",
            }
            head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\n{more}Content-Length: {len(block)}\r\n"
            head += f"Content-Type: {kinds.get(kind, 'application/http; msgtype=response')}\r\n\r\n"
            file.write(head.encode() + block + b"\r\n\r\n")
    got = replay(
        tmp_path / "d.warc", "https://valley.test/b", URL, "https://valley.test/c", "dns:valley.test"
    )
    assert [x[2] if isinstance(x, tuple) else x for x in got] == [TEXT, TEXT, "not_recorded", "bad_scheme"]


@pytest.mark.parametrize("spelling", [
    "https://valley.test/ნიუსი?a=b#part", "https://VALLEY.test/%E1%83%9C%E1%83%98%E1%83%A3%E1%83%A1%E1%83%98?a=b",
    "<https://valley.test/ნიუსი?a=b>", "https://valley.test:443/ნიუსი?a=b",
])  # fmt: skip
def test_spellings_of_one_url(spelling):
    """A URL is found however it was written down."""
    assert url_key(spelling) == "https://valley.test/%E1%83%9C%E1%83%98%E1%83%A3%E1%83%A1%E1%83%98?a=b"


@pytest.mark.parametrize(
    "data", [b"", b"not a warc", gzip.compress(b"neither", mtime=0), b"WARC/1.0\r\n", b"\x1f\x8b\x08"]
)
def test_a_file_that_is_no_recording_answers_nothing(tmp_path, data):
    """Junk is an empty recording, not a crash."""
    path = tmp_path / "junk.warc.gz"
    path.write_bytes(data)
    assert replay(path, URL) == ["not_recorded"]
