"""Recordings that are damaged, in every form: the bad record is named, and every other one is read."""

from __future__ import annotations

import random

import pytest

from scraper.ingest import warc_files
from scraper.ingest.model import RefusedPage, SavedPage
from tests.ingest.test_ingest import page
from tests.support.damaged_recordings import BYTES, FORMS, HEADS, JUNK, PADDING, line_ends, record, written
from tests.torture import recordings

URLS = [f"https://herald.example/news/{n}" for n in range(5)]
GOOD = [record(url, page(n)) for n, url in enumerate(URLS)]
BAD = 2


def read(path, data: bytes):
    """The numbers of the pages that were read, and the refusals."""
    path.write_bytes(data)
    steps = list(warc_files.read_warc(path))
    pages = {s.page.url: s.page.body for s in steps if isinstance(s.page, SavedPage)}
    assert all(body == page(URLS.index(url)) for url, body in pages.items() if url in URLS)
    return [URLS.index(url) for url in pages if url in URLS], [
        s.page for s in steps if isinstance(s.page, RefusedPage)
    ]


OTHERS = [n for n in range(5) if n != BAD]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", HEADS)
def test_a_bad_head_costs_its_record(tmp_path, name, form):
    """Whatever is wrong with what a record says of itself: it is refused, and the others are there, whole."""
    records = [*GOOD]
    records[BAD] = HEADS[name](records[BAD])
    assert records[BAD] != GOOD[BAD]
    data, _ = written(records, form)
    pages, refused = read(tmp_path / "a.warc", data)
    assert pages == OTHERS
    assert {r.code for r in refused} <= {"damaged", "bad_url"}
    assert refused


@pytest.mark.parametrize("name", BYTES)
@pytest.mark.parametrize("form", ["plain", "members"])
def test_damaged_bytes_cost_their_record(tmp_path, name, form):
    """Bytes lost or changed in the file: what they were of is refused, and the others are there, whole."""
    data, places = written([record(url, page(n), digest=True) for n, url in enumerate(URLS)], form)
    begin, end = places[BAD], places[BAD + 1]
    pages, refused = read(tmp_path / "a.warc", data[:begin] + BYTES[name](data[begin:end]) + data[end:])
    assert pages == OTHERS
    assert {r.code for r in refused} == {"damaged"}


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
def test_a_damaged_member_gives_what_stands_before(tmp_path, share):
    """One member for all, damaged in the middle: all that it held before that place."""
    data, _ = written(GOOD, "one member")
    at = int(len(data) * share)
    pages, refused = read(
        tmp_path / "a.warc.gz", data[:at] + random.Random(6).randbytes(40) + data[at + 40 :]
    )
    assert pages == list(range(len(pages)))
    assert refused
    assert len(pages) >= (1 if share >= 0.7 else 0)


@pytest.mark.parametrize("form", ["plain", "members"])
@pytest.mark.parametrize("name", [*JUNK, *PADDING])
def test_what_lies_between_records(tmp_path, name, form):
    """Something between two records costs neither; what is no padding is named."""
    data, places = written(GOOD, form)
    junk = {**JUNK, **PADDING}[name]
    for place in (places[BAD], len(data)):
        pages, refused = read(tmp_path / "a.warc", data[:place] + junk + data[place:])
        assert pages == [0, 1, 2, 3, 4]
        assert bool(refused) == (name in JUNK)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("how", ["LF", "mixed", "no separator", "one line"])
def test_line_ends(tmp_path, how, form):
    """Records that are written with other line ends, or with a separator too short, are records."""
    data, _ = written([line_ends(one, how) for one in GOOD], form)
    assert read(tmp_path / "a.warc", data) == ([0, 1, 2, 3, 4], [])


@pytest.mark.parametrize("form", FORMS)
def test_from_any_position(tmp_path, form):
    """Whatever the form, from the place after each record the rest follows."""
    path = tmp_path / "a.warc"
    path.write_bytes(written(GOOD, form)[0])
    steps = list(warc_files.read_warc(path))
    assert len(steps) == 5
    for i, step in enumerate(steps):
        assert list(warc_files.read_warc(path, step.after)) == steps[i + 1 :]


@pytest.mark.parametrize("form", ["plain", "members"])
def test_damage_by_chance(tmp_path, form):
    """A few bytes changed anywhere: a record that they do not touch is read, one that they touch is whole or refused."""
    chance = random.Random(7)
    data, places = written([record(url, page(n), digest=True) for n, url in enumerate(URLS)], form)
    for _ in range(150):
        at, size = chance.randrange(len(data)), chance.choice((1, 1, 4, 60, 600))
        torn = data[:at] + chance.randbytes(size) + data[at + size :]
        whole = {n for n in range(5) if places[n] >= at + size or [*places, len(data)][n + 1] <= at}
        pages, _ = read(tmp_path / "a.warc", torn)
        assert whole <= set(pages), (at, size)


def test_the_torture_of_recordings(tmp_path):
    """A small part of ``python -m tests.torture recordings``: nothing uncaught, no good record lost."""
    faults = []
    assert recordings.by_chance(tmp_path / "a.warc", 60, random.Random(8), faults) == 0
    assert faults == []


def test_arc(tmp_path):
    """The format before WARC, a bad record in it as well."""
    parts = [
        b"filedesc://a.arc 0.0.0.0 20100101000000 text/plain 69\n1 0 Crawler\nURL IP-address Archive-date Content-type Archive-length\n\n\n"
    ]
    for n, url in enumerate(URLS):
        block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page(n)
        length = 9 if n == BAD else len(block)
        parts.append(b"%s 192.0.2.1 20100101000000 text/html %d\n%s\n" % (url.encode(), length, block))
    pages, refused = read(tmp_path / "a.arc", b"".join(parts))
    assert pages == OTHERS
    assert [r.code for r in refused] == ["damaged"]
