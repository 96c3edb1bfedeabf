"""Sitemaps: what they announce, in each of their forms, whole or cut."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from scraper.feeds.parse import parse_feed
from scraper.feeds.sitemap import parse_sitemap
from tests.support.shared import shared

NEWS = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:video="http://www.google.com/schemas/sitemap-video/1.1">
<url><loc> https://o.example/1?a&amp;b </loc><lastmod>2026-07-22T00:00:00Z</lastmod>
<image:image><image:loc>https://i.example/1.jpg</image:loc><image:title>Not the title</image:title></image:image>
<video:video><video:title>Nor this</video:title></video:video>
<n:news><n:publication><n:name>O</n:name><n:language>KA</n:language></n:publication>
<n:publication_date>2026-07-21T14:05:00+04:00</n:publication_date><n:title><![CDATA[ხიდი & გზა]]></n:title><n:keywords>a, b,, a</n:keywords></n:news></url>
</urlset>"""


def test_news_sitemap():
    """Title, date, language, keywords and pictures come from the extensions, whatever their prefix."""
    found = parse_feed(NEWS.encode())
    (entry,) = found.entries
    assert found.kind == "news-sitemap"
    assert (entry.url, entry.title, entry.language) == ("https://o.example/1?a&b", "ხიდი & გზა", "ka")
    assert entry.published == datetime(2026, 7, 21, 10, 5, tzinfo=UTC)
    assert entry.modified == datetime(2026, 7, 22, tzinfo=UTC)
    assert (entry.tags, entry.images) == (("a", "b"), ("https://i.example/1.jpg",))


def test_index_has_the_newest_first():
    """The children of an index come newest first; undated ones last, of them the last one first."""
    children = [("a", ""), ("b", "2026-01-01"), ("c", "2026-07-01"), ("d", "")]
    inside = "".join(f"<sitemap><loc>/{n}.xml</loc><lastmod>{d}</lastmod></sitemap>" for n, d in children)
    found = parse_sitemap(f"<sitemapindex>{inside}</sitemapindex>", url="https://o.example/sitemap.xml")
    assert found.kind == "sitemap-index"
    assert [s.rsplit("/", 1)[1] for s in found.sitemaps] == ["c.xml", "b.xml", "d.xml", "a.xml"]


UNDATED = {  # the name of the child that is read first
    "a number": (("map-2.xml", "map-11.xml", "map-1.xml"), "map-11.xml"),
    "year and month as parameters": (
        ("map.php?y=2026&amp;m=2", "map.php?y=2025&amp;m=12"),
        "map.php?y=2026&m=2",
    ),
    "articles before pages and tags": (
        ("posts-post-1.xml", "posts-page-9.xml", "tags-20.xml"),
        "posts-post-1.xml",
    ),
    "news": (("map-1.xml", "google-news.xml", "map-2.xml"), "google-news.xml"),
    "the latest": (("archive.xml", "latest.xml", "old.xml"), "latest.xml"),
}


@pytest.mark.parametrize("names, first", UNDATED.values(), ids=UNDATED)
def test_which_child_is_read_first(names, first):
    """Without dates, the names and the order say which sitemap is the newest."""
    children = "".join(f"<sitemap><loc>https://o.example/{name}</loc></sitemap>" for name in names)
    found = parse_sitemap(f"<sitemapindex>{children}</sitemapindex>")
    assert found.sitemaps[0] == f"https://o.example/{first}"


@pytest.mark.parametrize(
    "data", [b"<urlset/>", b"<urlset></urlset>", b'<?xml version="1.0"?><urlset xmlns="x">\n</urlset>\n']
)
def test_empty_but_valid(data):
    """A sitemap without entries is a sitemap."""
    assert (parse_feed(data).kind, parse_feed(data).entries, parse_feed(data).notes) == ("sitemap", (), ())


def test_cut_and_zipped():
    """A cut file gives every whole <url>, gzipped or not, cut before or after packing."""
    text = "<urlset>" + "".join(f"<url><loc>https://o.example/{i}</loc></url>" for i in range(2000))
    for data in (
        text.encode(),
        text[:-30].encode(),
        gzip.compress(text[:-30].encode(), mtime=0),
        gzip.compress(text.encode(), mtime=0)[:-20],
    ):
        found = parse_feed(data)
        assert found.kind == "sitemap"
        assert len(found.entries) == 500
        assert "truncated" in found.notes


def test_newest_are_kept():
    """Of too many entries the newest stay, in the order of the file."""
    text = "".join(
        f"<url><loc>https://o.example/{i}</loc><lastmod>20{i // 100:02}-01-{1 + i % 28:02}</lastmod></url>"
        for i in range(1000, 2600)
    )
    found = parse_feed(f"<urlset>{text}</urlset>".encode())
    assert found.notes == ("capped:1600",)
    assert [e.url.rsplit("/", 1)[1] for e in found.entries] == [str(i) for i in range(2100, 2600)]


@pytest.mark.parametrize(
    "loc",
    ["javascript:alert(1)", "ftp://o.example/1", "", " ", "http://[bad", "https://o.example/" + "x" * 3000],
)
def test_bad_addresses_are_skipped(loc):
    """An address that is not of the web is left out and counted."""
    found = parse_feed(
        f"<urlset><url><loc>{loc}</loc></url><url><loc>https://o.example/2</loc></url></urlset>".encode()
    )
    assert [e.url for e in found.entries] == ["https://o.example/2"]
    assert found.notes == ("empty_items:1",)


def test_text_form():
    """The protocol's text form: one address a line."""
    assert [e.url for e in parse_feed(b"https://o.example/1\r\nhttps://o.example/2\n").entries] == [
        "https://o.example/1",
        "https://o.example/2",
    ]


def test_real_sitemaps():
    """The real sitemap files are read whole: indexes, news, changes, and the empty ones."""
    kinds: dict[str, int] = {}
    for path in sorted(shared("corpus/feeds").glob("*.xml")):
        found = parse_feed(path.read_bytes())
        kinds[found.kind] = kinds.get(found.kind, 0) + 1
        if found.kind == "news-sitemap":
            assert all(e.title and e.published and e.language for e in found.entries)
        if found.kind == "sitemap-index":
            assert found.sitemaps
            assert set(found.notes) <= {"newest_unknown"}
    assert kinds["sitemap-index"] == 8
    assert kinds["news-sitemap"] + kinds["sitemap"] == 16
