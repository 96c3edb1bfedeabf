"""OPML out and in: what feed readers write is taken, and nothing in it does harm."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scraper.config import opml
from scraper.config.edit import append_sources
from scraper.config.load import load_sources
from scraper.errors import ConfigError
from scraper.model import FeedRef, JsonList, Source
from tests.support.shared import ROOT


def outlet(id: str = "valley-example", **given: object) -> Source:  # noqa: A002
    given = {
        "name": "Valley",
        "homepage": f"https://{id.replace('-', '.')}/",
        "country": "ge",
        "languages": ("ka",),
    } | given
    return Source(id=id, **given)


def feed(path: str = "feed", language: str | None = None) -> FeedRef:
    return FeedRef(url=f"https://valley.example/{path}", language=language)


def body(*outlines: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="1.1"><head/><body>{"".join(outlines)}</body></opml>'.encode()


def parse(data: bytes) -> tuple[list[Source], list[str]]:
    return opml.parse_opml(data, country="int", language="en")


def test_there_and_back():
    """What is written can be read: names, addresses, languages, countries."""
    ours = [
        outlet(
            name='A & "B" <c>', feeds=(feed("ka", "ka"), feed("ru?a=1&b=2", "ru")), languages=("ka", "ru")
        ),
        outlet(
            "gorge-example",
            name="Gorge",
            country="os",
            feeds=(FeedRef(url="https://gorge.example/rss", language="ka"),),
        ),
    ]
    assert parse(opml.write_opml(ours).encode()) == (ours, [])


def test_only_what_is_enabled_is_written():
    """Feed readers get the feeds that Darial itself would poll, without what only its entry makes a feed."""
    off = FeedRef(url="https://valley.example/off", enabled=False)
    listed = FeedRef(url="https://valley.example/api", json=JsonList(items="rows", link="{url}"))
    text = opml.write_opml(
        [
            outlet(feeds=(feed(), off, listed)),
            outlet("a-b", enabled=False, feeds=(FeedRef(url="https://a.b/f"),)),
        ]
    )
    assert [o.get("xmlUrl") for o in ET.fromstring(text).iter("outline") if o.get("xmlUrl")] == [feed().url]


FOUND = {
    "as most readers write it": (
        body('<outline text="News"><outline type="rss" text="V" xmlUrl="https://valley.example/feed" htmlUrl="https://valley.example/"/></outline>'),
        [outlet(name="V", country="int", languages=("en",), feeds=(feed(),))],
    ),
    "no home page, no name, other case": (
        body('<OUTLINE XMLURL=" https://www.valley.example/feed "/>'),
        [outlet(name="valley.example", homepage="https://www.valley.example/", country="int", languages=("en",),
                feeds=(FeedRef(url="https://www.valley.example/feed"),))],
    ),
    "two feeds of one site are one outlet": (
        body('<outline title="V" xmlUrl="https://valley.example/a" language="KA"/>', '<outline xmlUrl="https://valley.example/b" language="ru_RU"/>'),
        [outlet(name="V", country="int", languages=("ka", "ru"), feeds=(feed("a", "ka"), feed("b", "ru")))],
    ),
    "a feed twice": (
        body('<outline xmlUrl="https://valley.example/a" title="V"/>' * 2),
        [outlet(name="V", country="int", languages=("en",), feeds=(feed("a"),))],
    ),
    "a feed in two spellings": (
        body('<outline xmlUrl="https://valley.example/a" title="V"/>', '<outline xmlUrl="HTTPS://@Valley.example:443/a#top"/>'),
        [outlet(name="V", country="int", languages=("en",), feeds=(feed("a"),))],
    ),
    "a country that we write, a category that others do": (
        body('<outline xmlUrl="https://valley.example/a" title="V" category="/ge"/>', '<outline xmlUrl="https://b.example/" category="/Sport/Ball,/x" title="B"/>'),
        [outlet(name="V", languages=("en",), feeds=(feed("a"),)),
         outlet("b-example", name="B", country="int", languages=("en",), feeds=(FeedRef(url="https://b.example/"),))],
    ),
    "UTF-16": (
        body('<outline title="ველი" xmlUrl="https://valley.example/a"/>').decode().replace("?>", ' encoding="UTF-16"?>').encode("utf-16"),
        [outlet(name="ველი", country="int", languages=("en",), feeds=(feed("a"),))],
    ),
    "no feeds": (body('<outline text="x"/>'), []),
    "nested deeply": (body('<outline text="x">' * 50_000, '<outline xmlUrl="https://valley.example/a" title="V"/>', "</outline>" * 50_000),
                      [outlet(name="V", country="int", languages=("en",), feeds=(feed("a"),))]),
}  # fmt: skip


@pytest.mark.parametrize("data, found", FOUND.values(), ids=FOUND)
def test_what_is_found(data, found):
    """One outlet for each site; what the file does not say comes from the caller."""
    assert parse(data) == (found, [])


def test_bad_addresses_are_left_out():
    """One wrong feed does not cost the others."""
    found, left_out = parse(
        body('<outline xmlUrl="gopher://x"/>', '<outline xmlUrl="https://valley.example/a"/>')
    )
    assert len(found) == 1
    assert left_out == ['must be an http or https address, like https://example.org/feed, not "gopher://x"']


REFUSED = {
    "empty": (b"", "not OPML: no element found"),
    "not XML": (b"outlets: none", "not OPML: syntax error"),
    "another XML": (b"<rss><channel/></rss>", "not OPML: it begins with <rss>"),
    "cut": (body()[:-8], "not OPML"),
    "unknown encoding": (b'<?xml version="1.0" encoding="no-such"?><opml/>', "not OPML: unknown encoding"),
    "a bomb": (b'<!DOCTYPE o [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><outline xmlUrl="&b;"/></opml>', "document type"),
    "an external entity": (b'<!DOCTYPE o SYSTEM "file:///etc/passwd"><opml/>', "document type"),
}  # fmt: skip


@pytest.mark.parametrize("data, told", REFUSED.values(), ids=REFUSED)
def test_what_is_refused(data, told):
    """What is no OPML is told in one line; a document type is never read."""
    with pytest.raises(ConfigError) as error:
        parse(data)
    (problem,) = error.value.problems
    assert told in problem


def test_what_programs_write_all_the_same():
    """Bare ampersands, HTML's entities and the scheme that feeds once had of their own are understood."""
    data = body(
        '<outline text="A & B &eacute;" xmlUrl="https://valley.example/feed?a=1&b=2"/>',
        '<outline text="C" xmlUrl="feed://gorge.example/rss"/>',
        '<outline text="D" xmlUrl="feed:https://hill.example/rss"/>',
    )
    found, left_out = parse(data)
    assert [(source.name, source.feeds[0].url) for source in found] == [
        ("A & B é", "https://valley.example/feed?a=1&b=2"),
        ("C", "http://gorge.example/rss"),
        ("D", "https://hill.example/rss"),
    ]
    assert left_out == []


MENDED = {
    "blank lines before it": lambda data: b"\n \n" + data,
    "a mark and a blank line": lambda data: "\ufeff\n".encode() + data,
    "a raw less-than": lambda data: data.replace(b"Valley", b"Val<ley <b>"),
    "control characters": lambda data: data.replace(b"Valley", b"Val\x0bley\x00 &#11;"),
    "a plain document type": lambda data: data.replace(b"<opml", b"<!DOCTYPE opml><opml"),
    "a public document type": lambda data: data.replace(b"<opml", b'<!DOCTYPE opml PUBLIC "-//O//E" "http://o.example/opml.dtd"><opml'),
    "quotes of the other kind": lambda data: data.replace(b'title="Valley & Co"', b"title='Valley <b>'"),
    "no quotes": lambda data: data.replace(b'"https://valley.example/feed"', b"https://valley.example/feed "),
    "a name twice": lambda data: data.replace(b"<outline", b'<outline title="Valley"'),
    "an outline that is not closed": lambda data: data.replace(b"/></body>", b"></body>"),
    "a less-than in the title of the file": lambda data: data.replace(b"<head/>", b"<head><title>a < b</title></head>"),
    "matter behind it": lambda data: data + b"<script>x</script>",
    "an outline in a comment": lambda data: data.replace(b"<body>", b'<body><!-- -- <outline xmlUrl="https://old.example/"/> -->'),
    "all of it, in windows-1251": lambda data: b"\n" + data.replace(b"?>", b' encoding="windows-1251"?>', 1).replace(b"Valley", "До<лина".encode("cp1251")),
}  # fmt: skip


@pytest.mark.parametrize("broken", MENDED.values(), ids=MENDED)
def test_what_is_mended(broken):
    """What programs and people write all the same costs no feed."""
    found, left_out = parse(
        broken(body('<outline title="Valley & Co" xmlUrl="https://valley.example/feed"/>'))
    )
    assert [source.feeds[0].url for source in found] == ["https://valley.example/feed"]
    assert left_out == []
    assert "<" in found[0].name or "Val" in found[0].name


def test_missing():
    """Known feeds are left out, taken ids get a number."""
    known = [outlet(feeds=(feed("a"),)), outlet("valley-example-2", enabled=False)]
    found = [outlet(feeds=(feed("a"), feed("b"))), outlet("gorge-example", feeds=(feed("a"),))]
    assert opml.missing_feeds(found, known) == [
        outlet("valley-example-3", homepage=found[0].homepage, feeds=(feed("b"),))
    ]
    assert opml.missing_feeds([outlet(feeds=(feed("b"),))], known)[0].feeds == (feed("b"),)


def test_our_outlets():
    """All feeds (but lists in JSON and channels) of this repository's file travel through OPML into an empty file."""
    ours = load_sources((ROOT / "sources.toml").read_text(encoding="utf-8"))
    found, left_out = parse(opml.write_opml(ours.sources).encode())
    written = load_sources(append_sources("", found))
    assert left_out == []
    assert {f.url for s in written.sources for f in s.feeds} == {
        f.url for s in ours.enabled for f in s.feeds if f.enabled and not (f.json or f.kind)
    }


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30), st.text(max_size=8)), max_size=5))
@example([("", "", ""), ("@", "", "")])
@settings(max_examples=100, deadline=None)
def test_any_outlines(rows):
    """Whatever names, addresses and languages stand in an OPML file: what comes of it is a valid sources file."""
    found = []
    for host, name, language in rows:
        printable = {
            "xmlUrl": f"https://{host}.example/",
            "title": name,
            "language": language,
            "category": f"/{language}",
        }
        element = ET.Element(
            "outline", {k: "".join(c for c in v if c.isprintable()) for k, v in printable.items()}
        )
        found.append(ET.tostring(element, encoding="unicode"))
    outlets, _ = parse(body(*found))
    assert load_sources(append_sources("", outlets)).sources == tuple(outlets)
