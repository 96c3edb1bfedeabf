"""`darial ingest`: recordings of any crawler, saved pages and lists of addresses become records, each once."""

from __future__ import annotations

import asyncio
import gzip
import io
import itertools
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from scraper.cli import main
from scraper.config.load import load_sources
from scraper.errors import ConfigError
from scraper.ingest import html_folders, inputs, warc_files
from scraper.ingest.model import IngestStep, RefusedPage, SavedPage
from scraper.ingest.page_url import saved_page_url
from scraper.pipeline.source_lookup import SourceLookup
from storage import open_store
from tests.support.shared import ROOT, shared
from tests.support.site import Site
from tests.support.stories import story

OUTLETS = """
[[source]]
id = "herald"
name = "Herald"
homepage = "https://herald.example/"
country = "ge"
languages = ["en"]
feeds = [{ url = "https://herald.example/feed.xml" }]

[[source]]
id = "herald-ka"
name = "Herald in Georgian"
homepage = "https://ka.herald.example/"
country = "ge"
languages = ["ka"]
feeds = [{ url = "https://ka.herald.example/feed.xml" }]

[[source]]
id = "service-az"
name = "A service in Azerbaijani"
homepage = "https://service.example/azeri"
country = "int"
languages = ["az"]
feeds = [{ url = "https://service.example/azeri/feed.xml" }]

[[source]]
id = "service-tr"
name = "A service in Turkish"
homepage = "https://service.example/turkce"
country = "int"
languages = ["tr"]
feeds = [{ url = "https://service.example/turkce/feed.xml" }]
"""


def page(n: int, head: str = "") -> bytes:
    """A whole article page, another one for each number."""
    body = "".join(f"<p>{p}</p>" for p in story(n))
    title = f"Road number {n} is repaired at last"
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


class Recording:
    """Writes a WARC as crawlers do, oddities included."""

    def __init__(self, *, zipped=True):
        self.data = io.BytesIO()
        self._zipped = zipped
        self._writer = WARCWriter(self.data, gzip=zipped)

    def add(self, url, body=b"", *, kind="response", status="200 OK", headers=(), warc=()):
        http = None
        if kind in ("response", "revisit"):
            fields = [("Content-Type", "text/html; charset=utf-8"), *headers]
            http = StatusAndHeaders(
                status, list({n: (n, v) for n, v in fields}.values()), protocol="HTTP/1.1"
            )
        record = self._writer.create_warc_record(
            url, kind, payload=io.BytesIO(body), length=len(body), http_headers=http,
            warc_headers_dict={"WARC-Date": "2026-11-01T10:00:00Z", **dict(warc)},
        )  # fmt: skip
        at = self.data.tell()
        self._writer.write_record(record)
        return at

    def save(self, path):
        path.write_bytes(self.data.getvalue())
        return path


def chunked(body: bytes) -> bytes:
    parts = [body[i : i + 100] for i in range(0, len(body), 100)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


URL = "https://herald.example/news/1"
# What one response is: arguments of Recording.add, and what reading it gives.
RESPONSES = {
    "plain": ({"body": page(1)}, "page"),
    "chunked": ({"body": chunked(page(1)), "headers": [("Transfer-Encoding", "chunked")]}, "page"),
    "chunked no more, as news crawlers keep it": ({"body": page(1), "headers": [("X-Crawler-Transfer-Encoding", "chunked")]}, "page"),
    "gzip": ({"body": gzip.compress(page(1), mtime=0), "headers": [("Content-Encoding", "gzip")]}, "page"),
    "gzip no more, though it says so": ({"body": page(1), "headers": [("Content-Encoding", "gzip")]}, "page"),
    "chunked gzip": ({"body": chunked(gzip.compress(page(1), mtime=0)), "headers": [("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]}, "page"),
    "a length that is too long": ({"body": page(1), "headers": [("Content-Length", "999999")]}, "page"),
    "a length that is too short": ({"body": page(1), "headers": [("Content-Length", "7")]}, "page"),
    "no content type": ({"body": page(1), "headers": [("Content-Type", "")]}, "page"),
    "brackets around the address": ({"body": page(1), "url": f"<{URL}>"}, "page"),
    "cut gzip": ({"body": gzip.compress(page(1), mtime=0)[:-200], "headers": [("Content-Encoding", "gzip")]}, "refused truncated"),
    "brotli": ({"body": b"\x1b\x00\xf8" * 50, "headers": [("Content-Encoding", "br")]}, "refused unsupported_encoding"),
    "empty": ({"body": b""}, "skipped empty"),
    "an image": ({"body": b"\x89PNG", "headers": [("Content-Type", "image/png")]}, "skipped not_html"),
    "plain text": ({"body": b"User-agent: *", "headers": [("Content-Type", "text/plain")]}, "skipped not_html"),
    "not found": ({"body": page(1), "status": "404 Not Found"}, "skipped http_404"),
    "moved": ({"status": "301 Moved", "headers": [("Location", URL)]}, "skipped http_301"),
    "a revisit": ({"kind": "revisit", "warc": [("WARC-Refers-To-Target-URI", URL)]}, "skipped revisit"),
    "a request": ({"kind": "request", "body": b""}, "nothing"),
    "a name look-up": ({"url": "dns:herald.example", "kind": "resource", "body": b"1.2.3.4"}, "nothing"),
}  # fmt: skip


def said(step: IngestStep) -> str:
    match step.page:
        case SavedPage():
            return "page"
        case RefusedPage(code=code):
            return f"refused {code}"
    return f"skipped {step.skipped}" if step.skipped else "nothing"


@pytest.mark.parametrize("zipped", [True, False], ids=["gz", "plain"])
@pytest.mark.parametrize("what, wanted", RESPONSES.values(), ids=RESPONSES)
def test_what_a_recorded_response_is(tmp_path, what, wanted, zipped):
    """Whatever a crawler did to a response, a page comes out whole, and what is no page is called what it is."""
    recording = Recording(zipped=zipped)
    recording.add(**{"url": URL, **what})
    (step,) = warc_files.read_warc(recording.save(tmp_path / "a.warc.gz"))
    assert said(step) == wanted
    if isinstance(step.page, SavedPage):
        assert step.page.body == page(1)
        assert step.page.url == URL
        assert step.page.fetched == datetime(2026, 11, 1, 10, tzinfo=UTC)


def test_reading_goes_on_from_any_position(tmp_path):
    """From the place after each record the rest follows, no more and no less; after the last one nothing."""
    recording = Recording()
    for n in range(6):
        recording.add(f"https://herald.example/news/{n}", page(n))
    path = recording.save(tmp_path / "a.warc.gz")
    steps = list(warc_files.read_warc(path))
    for i, step in enumerate(steps):
        assert list(warc_files.read_warc(path, step.after)) == steps[i + 1 :]
    assert steps[-1].after == str(path.stat().st_size)


@pytest.mark.parametrize("zipped", [True, False], ids=["gz", "plain"])
def test_damage_costs_what_it_hits(tmp_path, zipped):
    """A record that cannot be read is refused with its place; the ones before and after it are read."""
    recording = Recording(zipped=zipped)
    places = [recording.add(f"https://herald.example/news/{n}", page(n)) for n in range(4)]
    data = bytearray(recording.data.getvalue())
    data[places[1] : places[1] + 40] = b"\xff" * 40
    path = tmp_path / "a.warc.gz"
    path.write_bytes(data)
    steps = list(warc_files.read_warc(path))
    pages = [s.page.url[-1] for s in steps if isinstance(s.page, SavedPage)]
    assert pages == ["0", "2", "3"]
    assert "refused damaged" in map(said, steps)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.8, 0.95])
def test_torn_tail(tmp_path, share):
    """A recording that ends in the middle of a record gives all before it, and of the torn page nothing."""
    recording = Recording()
    for n in range(3):
        last = recording.add(f"https://herald.example/news/{n}", page(n))
    data = recording.data.getvalue()
    path = tmp_path / "a.warc.gz"
    path.write_bytes(data[: last + int(share * (len(data) - last))])
    steps = list(warc_files.read_warc(path))
    assert [said(s) for s in steps[:2]] == ["page", "page"]
    assert {said(s) for s in steps[2:]} <= {"nothing", "refused damaged", "refused truncated"}
    assert steps[-1].after == str(path.stat().st_size)


ADDRESSES = {
    "canonical": ('<link rel="canonical" href="https://a.example/x">', "https://a.example/x"),
    "canonical, the other way round": ("<link href='https://a.example/x' rel=canonical />", "https://a.example/x"),
    "canonical among others": ('<link rel="amphtml canonical" href="https://a.example/x">', "https://a.example/x"),
    "entities": ('<link rel=canonical href="https://a.example/?a=1&amp;b=2#x">', None),
    "entities in a path": ('<link rel=canonical href="https://a.example/n?a=1&amp;b=2">', "https://a.example/n?a=1&b=2"),
    "without scheme": ('<link rel=canonical href="//a.example/x">', "https://a.example/x"),
    "og:url": ('<meta property="og:url" content="https://a.example/x">', "https://a.example/x"),
    "og:url as a name": ('<meta content="https://a.example/x" name="og:url">', "https://a.example/x"),
    "canonical first": ('<meta property="og:url" content="https://a.example/y"><link rel=canonical href="https://a.example/x">', "https://a.example/x"),
    "a template's front page": ('<link rel=canonical href="https://a.example/"><meta property="og:url" content="https://a.example/x">', "https://a.example/x"),
    "saved by a browser": ('<!-- saved from url=(0019)https://a.example/x --><link rel=canonical href="https://a.example/y">', "https://a.example/x"),
    "saved by SingleFile": ("<!--\n Page saved with SingleFile \n url: https://a.example/x \n saved date: Sun Nov 01 2026 -->", "https://a.example/x"),
    "mirrored": ("<!-- Mirrored from a.example/x by HTTrack Website Copier/3.x -->", "http://a.example/x"),
    "relative": ('<link rel="canonical" href="/x">', None),
    "no address": ('<link rel="canonical" href="javascript:void(0)">', None),
    "nothing": ("<title>x</title>", None),
}  # fmt: skip


@pytest.mark.parametrize("markup, wanted", ADDRESSES.values(), ids=ADDRESSES)
def test_address_of_a_saved_page(markup, wanted):
    """Who saved a page may have said where from; else the page says it itself, unless it says so of every page."""
    assert saved_page_url(f"<html><head>{markup}</head>") == wanted


def test_folder_of_saved_pages(tmp_path):
    """Pages below a folder are read in one order, zipped or not, named by a listing or by themselves."""
    canonical = '<link rel="canonical" href="https://herald.example/news/{}">'
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "2.HTML").write_bytes(page(2, canonical.format(2)))
    (tmp_path / "b" / "1.html.gz").write_bytes(gzip.compress(page(1), mtime=0))
    (tmp_path / "b" / "c" / "3.htm").write_bytes(page(3, canonical.format(3)))
    (tmp_path / "b" / "z.html").write_bytes(page(4))
    (tmp_path / "b" / "broken.html.gz").write_bytes(gzip.compress(page(5), mtime=0)[:-20])
    (tmp_path / "b" / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "urls.tsv").write_text("b/1.html.gz\thttps://herald.example/news/1\n# nothing\n")
    steps = list(html_folders.read_folder(tmp_path))
    assert [s.after for s in steps] == ["2.HTML", "b/1.html.gz", "b/broken.html.gz", "b/z.html", "b/c/3.htm"]
    assert [said(s) for s in steps] == ["page", "page", "refused truncated", "refused no_address", "page"]
    assert [s.page.url and s.page.url[-1] for s in steps] == ["2", "1", None, None, "3"]
    for i, step in enumerate(steps):
        assert list(html_folders.read_folder(tmp_path, step.after)) == steps[i + 1 :]


LISTINGS = {
    "tabs": "a.html\thttps://h.example/1",
    "commas": '"a.html","https://h.example/1"',
    "blanks": "a.html   https://h.example/1",
    "quoted, with more behind": '"a.html"; "https://h.example/1" https://h.example/2',
    "JSON": '{"file": "a.html", "url": "https://h.example/1"}',
}


@pytest.mark.parametrize("line", LISTINGS.values(), ids=LISTINGS)
def test_listings(tmp_path, line):
    """A listing beside the pages may have any of the usual forms; what is none of them is passed over."""
    (tmp_path / ("urls.jsonl" if line.startswith("{") else "urls.csv")).write_text(f"file,url\n{line}\n{{\n")
    assert html_folders.url_listing(tmp_path) == {"a.html": "https://h.example/1"}


KINDS = {
    "a recording": (b"WARC/1.0\r\n", "recording"),
    "a zipped recording": (gzip.compress(b"WARC/1.1\r\n", mtime=0), "recording"),
    "a list": (b"# mine\n\nhttps://h.example/1 because\n", "list"),
    "a list with a mark": ("\ufeffhttps://h.example/1\r\n".encode(), "list"),
    "something zipped": (gzip.compress(b"hello", mtime=0), None),
    "prose": (b"hello", None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize("data, kind", KINDS.values(), ids=KINDS)
def test_an_input_is_known_by_its_content(tmp_path, data, kind):
    """What a file is does not depend on its name; what is nothing that can be ingested is a mistake of the command line."""
    path = tmp_path / "x"
    path.write_bytes(data)
    if kind is None:
        with pytest.raises(ConfigError):
            inputs.classify_input(path)
    else:
        assert inputs.classify_input(path).kind == kind


def test_batches_are_bounded():
    """Neither many nor large pages make a batch grow; what is skipped between them is counted; the end is never lost."""
    big = IngestStep(after="", page=SavedPage(url=URL, place="", body=bytes(3000)))
    small = IngestStep(after="", page=SavedPage(url=URL, place="", body=b"x"))
    image = IngestStep(after="", skipped="not_html")
    order = [small] * 7 + [big] * 5 + [image] * 20
    steps = [IngestStep(after=str(i), page=s.page, skipped=s.skipped) for i, s in enumerate(order)]
    found = list(inputs.page_batches(iter(steps), pages=3, size=5000))
    assert [len(b.pages) for b in found] == [3, 3, 3, 2, 1]
    assert [b.after for b in found] == ["2", "5", "8", "10", "31"]
    assert found[-1].skipped == {"not_html": 20}


OWNERS = {
    "its host": ("https://www.herald.example/x", "herald"),
    "its own host before the other's site": ("https://ka.herald.example/x", "herald-ka"),
    "another host of the site": ("https://m.herald.example/x", "herald"),
    "one of two folders of a host": ("https://service.example/turkce/1", "service-tr"),
    "outside of both folders": ("https://service.example/news/1", "service-example"),
    "nobody's": ("https://news.Stranger.co.uk/x", "stranger-co-uk"),
    "no name": ("https://192.0.2.1/x", "192-0-2-1"),
}


@pytest.mark.parametrize("url, wanted", OWNERS.values(), ids=OWNERS)
def test_owner_of_an_address(url, wanted):
    """An address belongs to the source on its host, else to one of its site, else to its site."""
    assert SourceLookup(load_sources(OUTLETS).sources).of(url).id == wanted


# ------------------------------------------------------------------------------------------ the command


@pytest.fixture
def darial(tmp_path, capsysbinary):
    """Run a command line against one store; its records of JSON."""
    (tmp_path / "sources.toml").write_text(OUTLETS)

    def run(*words, code=0):
        more = ["--sources", str(tmp_path / "sources.toml")] if words[0] == "ingest" else []
        assert main.main([*map(str, words), *more, "--store", str(tmp_path / "store")]) == code
        return [
            json.loads(line) for line in capsysbinary.readouterr().out.splitlines() if line.startswith(b"{")
        ]

    return run


def news(*numbers, **odd) -> Recording:
    recording = Recording()
    for n in numbers:
        recording.add(f"https://herald.example/news/{n}", page(n))
    for url, body in odd.items():
        recording.add(f"https://stranger.example/{url}", body)
    return recording


def test_a_recording_becomes_records(darial, tmp_path):
    """Articles are stored as their source's; a page that is none is counted by its reason and listed."""
    wall = b"<html><title>Just a moment...</title><body><p>Checking your browser</p></body></html>"
    path = news(*range(3), wall=wall, other=page(9)).save(tmp_path / "a.warc.gz")
    (told,) = darial("ingest", path, "--json")
    assert told["tally"]["new"] == 4
    assert told["tally"]["reasons"] == {"captcha": 1}
    (refused,) = darial("ingest", "--refused", "--json")
    assert (refused["url"], refused["code"]) == ("https://stranger.example/wall", "captcha")
    with open_store(tmp_path / "store", read_only=True) as store:
        records = list(store.changes())
    assert [r.source for r in records] == ["herald"] * 3 + ["stranger-example"]
    assert {r.fetched for r in records} == {datetime(2026, 11, 1, 10, tzinfo=UTC)}
    assert {r.found_by for r in records} == {"import"}


def test_the_same_again(darial, tmp_path):
    """A recording that was ingested to its end is not read again; with --again nothing is stored twice; what grew goes on."""
    recording = news(*range(3))
    path = recording.save(tmp_path / "a.warc.gz")
    darial("ingest", path)
    (told,) = darial("ingest", path, "--json")
    assert (told["tally"]["new"], told["tally"]["unchanged"]) == (3, 0)
    (told,) = darial("ingest", path, "--again", "--json")
    assert (told["tally"]["new"], told["tally"]["unchanged"]) == (0, 3)


def test_a_folder_is_looked_through_again(darial, tmp_path):
    """A page that was put between the old ones is found by the next run."""
    folder = tmp_path / "pages"
    folder.mkdir()
    for n in (1, 3):
        (folder / f"{n}.html").write_bytes(
            page(n, f'<link rel="canonical" href="https://herald.example/n/{n}">')
        )
    darial("ingest", folder)
    (folder / "2.html").write_bytes(page(2, '<link rel="canonical" href="https://herald.example/n/2">'))
    (told,) = darial("ingest", folder, "--json")
    assert (told["tally"]["new"], told["tally"]["unchanged"]) == (1, 2)


def test_nothing_to_ingest(darial, tmp_path):
    """No input, a missing one and one of no kind are mistakes of the command line, told before anything is stored."""
    (tmp_path / "prose.txt").write_text("hello")
    for words in ([], [tmp_path / "missing.warc.gz"], [tmp_path / "prose.txt"], [tmp_path]):
        darial("ingest", *words, code=2)
    assert not (tmp_path / "store").exists()


def test_a_list_is_fetched_politely(tmp_path, capsysbinary):
    """The pages of a list are fetched one at a time and in pace for each host, and stored; known ones are not asked for."""

    async def article(x):
        await x.reply(page(int(x.path.rpartition("/")[2])))

    async def go():
        async with Site() as site:
            site.extra["news"] = article
            urls = [site.url(f"news/{n}") for n in range(4)] + [site.url("missing"), "mailto:nobody"]
            (tmp_path / "list.txt").write_text("\n".join(urls))
            settings = '[settings]\npace_seconds = 0.05\nallow_private_hosts = ["127.0.0.1"]\n'
            (tmp_path / "sources.toml").write_text(settings + OUTLETS)
            words = ["ingest", tmp_path / "list.txt", "--sources", tmp_path / "sources.toml", "--json"]
            words += ["--store", tmp_path / "store"]
            assert await asyncio.to_thread(main.main, list(map(str, words))) == 0
            first = list(site.seen)
            assert await asyncio.to_thread(main.main, [*map(str, words), "--again"]) == 0
            return first, site.seen[len(first) :]

    first, second = asyncio.run(go())
    told, again = (json.loads(line)["tally"] for line in capsysbinary.readouterr().out.splitlines())
    assert (told["new"], told["reasons"]) == (4, {"http_404": 1, "bad_url": 1})
    assert again["reasons"]["known"] == 4
    assert [s.path for s in second] == ["robots.txt", "missing"]
    assert all(b.began - a.ended >= 0.045 for a, b in itertools.pairwise(first))


def test_killed_and_run_again(tmp_path):
    """kill -9 in the middle of a run: the next one goes on, and every article is there once."""
    path = news(*range(400)).save(tmp_path / "a.warc.gz")
    (tmp_path / "sources.toml").write_text(OUTLETS)
    store = tmp_path / "store"
    command = [sys.executable, "-m", "scraper", "ingest", str(path), "--store", str(store)]
    command += ["--sources", str(tmp_path / "sources.toml"), "--json"]
    child = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL)
    ledger = store / "ingested.jsonl"
    while child.poll() is None and not (ledger.exists() and b"\n" in ledger.read_bytes()):
        pass
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    before = sum(json.loads(line)["tally"]["new"] for line in ledger.read_text().split("\n")[:-1])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    tally = json.loads(done.stdout)["tally"]
    assert 0 < before < 400
    assert tally["pages"] == 400
    with open_store(store, read_only=True) as opened:
        assert opened.stats().articles == opened.stats().revisions == 400
        assert list(opened.verify()) == []


def test_the_shared_recording(darial, tmp_path):
    """Every recorded article page of the corpus becomes a record of its source."""
    sources = shared("corpus/outlets.toml")
    words = ["ingest", str(shared("corpus/web.warc.gz")), "--sources", str(sources)]
    assert main.main([*words, "--store", str(tmp_path / "store")]) == 0
    outlets = {source.id for source in load_sources(sources.read_text()).sources}
    with open_store(tmp_path / "store", read_only=True) as store:
        records = list(store.changes())
    assert len(records) == 49
    assert {r.source for r in records} <= outlets
