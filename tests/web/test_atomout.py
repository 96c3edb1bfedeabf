"""Records as an Atom feed: what RFC 4287 asks for, whatever the records hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.codec import replace
from scraper.model import Headline, Record
from scraper.web.atom import AtomHead, AtomLink, atom_entry, atom_feed, last_changed, openable_url

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"
HEAD = AtomHead(
    id="urn:darial:export",
    title="Press & more",
    updated=NOW,
    links=(AtomLink("self", "https://x.example/feed?a=1&b=2", "application/atom+xml"),),
)
RECORD = Record(
    seq=7,
    id="0123456789abcdef",
    revision=1,
    source="herald",
    url="https://herald.example/news/1",
    urls=("https://www.herald.example/news/1?utm_source=rss", "https://www.herald.example/news/1"),
    title="Bridge <opens> & closes",
    fetched=NOW,
    first_seen=NOW,
    published=NOW - timedelta(hours=1),
    language="en",
    body=("First <b>paragraph</b> & more.", "Second."),
    related=(
        Headline(title='The "other"', url="https://herald.example/news/2"),
        Headline(title="no address"),
    ),
    tags=("bridges", "bridges", ""),
)


def parsed(*records: Record, **more) -> ET.Element:
    return ET.fromstring(b"".join(atom_feed(records, HEAD, **more)))


def text(element: ET.Element, name: str) -> str | None:
    return element.findtext(ATOM + name)


def test_the_feed():
    """Id, title, time and links of the feed, then its entries, each with all that an entry must have."""
    root = parsed(RECORD)
    assert (text(root, "id"), text(root, "title"), text(root, "updated")) == (
        "urn:darial:export",
        "Press & more",
        "2026-11-23T06:00:00Z",
    )
    assert root.find(ATOM + "link").attrib == {
        "rel": "self",
        "href": "https://x.example/feed?a=1&b=2",
        "type": "application/atom+xml",
    }
    assert [child.tag for child in root][-1] == ATOM + "entry"
    assert parsed().findall(ATOM + "entry") == []


def test_an_entry():
    """Text as HTML, headlines as related links, tags once, an address that opens in a browser."""
    (item,) = parsed(RECORD).findall(ATOM + "entry")
    assert text(item, "id") == RECORD.url
    assert text(item, "title") == RECORD.title
    assert (text(item, "updated"), text(item, "published")) == ("2026-11-23T05:00:00Z",) * 2
    assert text(item, "content") == "<p>First &lt;b&gt;paragraph&lt;/b&gt; &amp; more.</p><p>Second.</p>"
    assert item.find(ATOM + "content").get("type") == "html"
    assert item.findtext(f"{ATOM}author/{ATOM}name") == "herald"
    assert [
        (link.get("rel"), link.get("href"), link.get("title")) for link in item.findall(ATOM + "link")
    ] == [
        ("alternate", "https://www.herald.example/news/1", None),
        ("related", "https://herald.example/news/2", 'The "other"'),
    ]
    assert [c.get("term") for c in item.findall(ATOM + "category")] == ["bridges"]
    assert item.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_summaries_instead_of_texts():
    """Without the whole text an entry has a summary: the outlet's own, else the beginning."""
    long = replace(RECORD, body=("word " * 100,))
    (item,) = parsed(long, whole=False).findall(ATOM + "entry")
    assert item.find(ATOM + "content") is None
    assert text(item, "summary").endswith("word …")
    (item,) = parsed(replace(long, summary="In short."), whole=False).findall(ATOM + "entry")
    assert text(item, "summary") == "In short."


TIMES = {
    "published": ({}, NOW - timedelta(hours=1)),
    "published in the future": ({"published": NOW + timedelta(days=9)}, NOW),
    "nobody says when": ({"published": None}, NOW),
    "a revision": ({"revision": 2, "fetched": NOW + timedelta(days=1)}, NOW + timedelta(days=1)),
}


@pytest.mark.parametrize("change, moment", TIMES.values(), ids=TIMES)
def test_updated(change, moment):
    """A first revision is as old as the article, a later one as its fetch."""
    assert last_changed(replace(RECORD, **change)) == moment


ADDRESSES = {
    "the shortest that was asked for": (RECORD.url, RECORD.urls, "https://www.herald.example/news/1"),
    "none was": (RECORD.url, (), RECORD.url),
    "another article's": (RECORD.url, ("https://herald.example/news/2",), RECORD.url),
    "imported without": ("urn:import:x:1", (), None),
}


@pytest.mark.parametrize("url, urls, address", ADDRESSES.values(), ids=ADDRESSES)
def test_addresses(url, urls, address):
    """The canonical address lacks www: a browser gets a spelling that was fetched."""
    assert openable_url(replace(RECORD, url=url, urls=urls)) == address


def test_odd_addresses():
    """Whatever is no part of an address is percent-encoded, what is encoded stays."""
    odd = replace(RECORD, related=(Headline(title="t", url="https://x.example/ა b%20c%zz?q=<1>"),))
    hrefs = re.findall(rb'rel="related" href="([^"]*)"', atom_entry(odd))
    assert hrefs == [b"https://x.example/%E1%83%90%20b%20c%25zz?q=%3C1%3E"]


TEXT = st.text(alphabet=st.characters(), max_size=20)


@given(
    st.fixed_dictionaries(
        dict.fromkeys(("title", "paragraph", "author", "tag", "headline", "language"), TEXT)
    )
)
def test_any_text(words):
    """No text makes a document that is no XML, or an entry without what every entry must have."""
    odd = replace(
        RECORD,
        title=words["title"],
        body=(words["paragraph"],),
        authors=(words["author"],),
        tags=(words["tag"],),
        language=words["language"],
        related=(Headline(title=words["headline"], url="https://x.example/1"),),
    )
    (item,) = parsed(odd).findall(ATOM + "entry")
    assert all(text(item, name) for name in ("id", "updated"))
    assert item.find(ATOM + "title") is not None
