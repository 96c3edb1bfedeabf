"""Feeds: every dialect to the same nouns, broken ones as far as they can be read, hostile ones at a bounded price."""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from scraper.codec import encode
from scraper.errors import NotAFeed
from scraper.feeds.markup import to_plain, to_text
from scraper.feeds.parse import parse_feed
from tests.support.growth import assert_linear
from tests.support.shared import shared
from tests.torture import feeds as torture_feeds

DATA = Path(__file__).parent.parent / "data" / "feeds"
EXPECTED = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))

LINK = "<link>http://o.example/1</link>"
DATE = "<pubDate>Tue, 21 Jul 2026 14:05:00 +0400</pubDate>"


def rss(
    *items: str, head: str = "", attributes: str = 'version="2.0"', prolog: str = '<?xml version="1.0"?>'
) -> bytes:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f"{prolog}<rss {attributes}><channel><title>C</title><link>http://o.example/</link>{head}{inside}</channel></rss>".encode()


def atom(*entries: str, attributes: str = "") -> bytes:
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>C</title>{inside}</feed>'.encode()


def only(data: bytes, **kwargs):
    (entry,) = parse_feed(data, **kwargs).entries
    return entry


@pytest.mark.parametrize("name", EXPECTED)
def test_dialects(name):
    """Every dialect and every quirk in tests/data/feeds gives the expected titles, links, dates, guids and notes."""
    found = parse_feed((DATA / name).read_bytes())
    entries = [
        [e.title, e.url, e.published and e.published.strftime("%Y-%m-%dT%H:%M:%SZ"), e.guid]
        for e in found.entries
    ]
    assert {
        "kind": found.kind,
        "title": found.title,
        "notes": list(found.notes),
        "entries": entries,
    } == EXPECTED[name]


@pytest.mark.parametrize(
    "name, data, code",
    [
        ("nothing", b"", "empty_document"),
        ("blank", b" \r\n\xef\xbb\xbf", "empty_document"),
        ("zero bytes", b"\x00" * 40, "empty_document"),
        ("empty gzip", gzip.compress(b"", mtime=0), "empty_document"),
        ("a page", (DATA / "page.html").read_bytes(), "html_not_feed"),
        ("a challenge", b"Just a moment...<div>Enable JavaScript</div>", "html_not_feed"),
        (
            "a page that talks of feeds",
            b"<html><script>var x='<rss version=2.0>'</script></html>",
            "html_not_feed",
        ),
        ("text", b"Too many requests", "not_a_feed"),
        ("other JSON", b'{"error": "not found"}', "not_a_feed"),
        ("a JSON list", b"[1, 2]", "not_a_feed"),
        ("broken JSON", b'{"items": [', "not_a_feed"),
        ("OPML", b'<opml version="2.0"><body><outline text="x"/></body></opml>', "not_a_feed"),
        ("SVG", b'<svg xmlns="http://www.w3.org/2000/svg"><title>x</title></svg>', "not_a_feed"),
        ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00", "not_text"),
    ],
)
def test_what_is_no_feed(name, data, code):
    """What is no feed is refused with a code that says what it is."""
    with pytest.raises(NotAFeed) as caught:
        parse_feed(data, url="http://o.example/feed")
    assert caught.value.code == code


@pytest.mark.parametrize(
    "printed, title",
    [
        ("A &amp; B", "A & B"),
        ("A & B", "A & B"),
        ("A &amp;amp; B", "A & B"),
        ("AT&T &lt;3", "AT&T <3"),
        ("&ldquo;A&rdquo;&nbsp;B", "“A” B"),
        ("&amp;#8220;A&amp;#8221;", "“A”"),
        ("A&#146;s", "A’s"),
        ("A&#55357;&#56832;", "A😀"),
        ("A&#0;&#xD800;\x0b\x01", "A"),
        ("<![CDATA[A & B]]>", "A & B"),
        ("<![CDATA[<![CDATA[A]]>]]>", "A"),
        ("<![CDATA[<![CDATA[A]]]]>", "A"),
        ("&lt;![CDATA[A]]&gt;", "A"),
        ("A <![CDATA[& B]]> C", "A & B C"),
        ("<![CDATA[<b>A</b> B]]>", "A B"),
        ("&lt;b&gt;A&lt;/b&gt; B", "A B"),
        ("&amp;lt;i&amp;gt;A&amp;lt;/i&amp;gt; B", "A B"),
        ("A<br/>B", "A B"),
        ("1 &lt; 2", "1 < 2"),
        ("A &unknown; B", "A &unknown; B"),
        ("  A\n  B ", "A B"),
        ("ვ&shy;ე", "ვე"),
    ],
)
def test_titles(printed, title):
    """A title is plain text, however often it was escaped, wrapped or marked up."""
    assert only(rss(f"<title>{printed}</title>{LINK}")).title == title


@pytest.mark.parametrize(
    "item, field, value",
    [
        (DATE, "published_raw", "Tue, 21 Jul 2026 14:05:00 +0400"),
        ("<dc:creator>Ann</dc:creator>", "authors", ("Ann",)),
        ("<category>Sport</category>", "tags", ("Sport",)),
        ("<content:encoded>&lt;p&gt;A&lt;/p&gt;</content:encoded>", "content", "<p>A</p>"),
        ('<media:thumbnail url="http://o.example/a.jpg"/>', "images", ("http://o.example/a.jpg",)),
        ("<comments>http://o.example/1#c</comments>", "url", None),
    ],
)
def test_an_item_with_one_field_is_an_item(item, field, value):
    """Whatever an item says makes it an entry; one that says nothing is only counted."""
    found = parse_feed(rss(item, "", "<title> </title>"))
    (entry,) = found.entries
    assert getattr(entry, field) == value
    assert "empty_items:2" in found.notes


def test_address_before_a_counting_proxy():
    """FeedBurner prints its own address and the article's: the article's is the one."""
    item = (
        "<link>http://proxy.example/~r/1</link><feedburner:origLink>http://o.example/1</feedburner:origLink>"
    )
    assert only(rss(item)).url == "http://o.example/1"


def test_base64_of_atom_03():
    """What an old feed packed as base64 and called nothing is markup, and is unpacked to plain text."""
    packed = "PHA+U25vdyBvbiB0aGUgcGFzczwvcD4="
    title = f'<title mode="base64" type="application/octet-stream">{packed}</title>'
    assert only(atom(title)).title == "Snow on the pass"


def test_atom_text_is_literal():
    """Atom says which titles are markup: in the others, tags are text."""
    assert only(atom("<title>The &lt;blink&gt; tag</title><id>1</id>")).title == "The <blink> tag"
    assert (
        only(atom('<title type="html">&lt;b&gt;A&lt;/b&gt; &amp;amp; B</title><id>1</id>')).title == "A & B"
    )


@pytest.mark.parametrize(
    "item, url",
    [
        (LINK, "http://o.example/1"),
        ("<link>\n http://o.example/1\n</link>", "http://o.example/1"),
        ("<link>http://o.example/?a=1&b=2</link>", "http://o.example/?a=1&b=2"),
        ("<link>http://o.example/?a=1&amp;copy=2</link>", "http://o.example/?a=1&copy=2"),
        ("<link><![CDATA[http://o.example/?a=1&b=2]]></link>", "http://o.example/?a=1&b=2"),
        ("<link>/1</link>", "http://o.example/1"),
        ("<link>//other.example/1</link>", "http://other.example/1"),
        ("<link>www.o.example/1</link>", "http://www.o.example/1"),
        ("<link/><guid>http://o.example/1</guid>", "http://o.example/1"),
        ('<guid isPermaLink="false">http://o.example/1</guid>', "http://o.example/1"),
        ("<guid>http://o.example/g</guid>" + LINK, "http://o.example/1"),
        ("<guid>abc-1</guid>", None),
        ("<guid>tag:o.example,2026:1</guid>", None),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>http://[broken</link>", None),
        ('<atom:link rel="self" href="http://o.example/self"/>' + LINK, "http://o.example/1"),
        ('<atom:link href="http://o.example/1"/>', "http://o.example/1"),
        (
            "<image><url>http://o.example/i.jpg</url><link>http://o.example/i</link></image>" + LINK,
            "http://o.example/1",
        ),
    ],
)
def test_links(item, url):
    """The link is absolute and of the web, or it is the guid where that is an address, or it is None."""
    assert (
        only(
            rss(
                f"<title>T</title>{item}", attributes='version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
            )
        ).url
        == url
    )


def test_bases():
    """Atom links are relative to xml:base or the document, not to an inner host's address; RSS links to the channel's link."""
    entry = '<title>T</title><link href="1"/><id>i</id>'
    assert only(atom(entry, attributes='xml:base="http://o.example/x/"')).url == "http://o.example/x/1"
    inner = {"Content-Location": "http://10.0.0.5:8080/y/"}
    assert only(atom(entry), headers=inner, url="http://o.example/z/feed").url == "http://o.example/z/1"
    assert only(atom(entry), url="http://o.example/z/feed").url == "http://o.example/z/1"
    assert (
        only(rss("<title>T</title><link>/1</link>"), url="http://feeds.example/rss").url
        == "http://o.example/1"
    )


def test_texts_people_and_pictures():
    """Summary as text, content as HTML, authors, tags and pictures wherever the dialect puts them."""
    namespaces = (
        'version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    )
    entry = only(
        rss(
            f"<title>T</title>{LINK}<author>a@mail.agency (Ann Bo)</author><dc:creator>Eka</dc:creator>"
            "<description>&lt;p&gt;Sum&lt;/p&gt; <![CDATA[<p>mary</p>]]></description>"
            "<content:encoded><![CDATA[<p>Body</p><img src='//i.example/b.jpg?a=1&amp;copy=2'>]]></content:encoded>"
            '<category>War &amp;amp; peace</category><enclosure url="/a.jpg" type="image/jpeg"/>'
            '<enclosure url="/a.mp3" type="audio/mpeg"/><media:content url="http://i.example/m" medium="image">'
            "<media:title>Not the title</media:title></media:content>",
            attributes=namespaces,
        )
    )
    assert (entry.title, entry.summary) == ("T", "Sum mary")
    assert entry.content == "<p>Body</p><img src='//i.example/b.jpg?a=1&amp;copy=2'>"
    assert entry.authors == ("Ann Bo", "Eka")
    assert entry.tags == ("War & peace",)
    assert entry.images == (
        "http://i.example/m",
        "http://o.example/a.jpg",
        "http://i.example/b.jpg?a=1&copy=2",
    )


def test_dates_are_read_anew():
    """Dates that the library would guess, shift or lose are read by our own rules; the next date serves where one is bad."""

    def published(printed: str):
        return only(rss(f"<title>T</title>{printed}")).published

    assert published("<pubDate>2026-02-30</pubDate>") is None
    assert published("<pubDate>21 ივლისი 2026, 14:05 +04:00</pubDate>").hour == 10
    assert published("<pubDate>Tue, 21 Jul 2026 14:05:00 AZT</pubDate>").hour == 10
    dc = '<dc:date xmlns:dc="http://purl.org/dc/elements/1.1/">2026-07-21T10:05:00Z</dc:date>'
    assert published("<pubDate>soon</pubDate>" + dc).hour == 10
    naive = rss("<title>T</title><pubDate>21.07.2026 14:05</pubDate>")
    assert only(naive, timezone="Asia/Tbilisi").published.hour == 10


def test_guid_notes():
    """Whether a document's guids can be trusted is said in its notes."""

    def notes(*guids: str) -> tuple[str, ...]:
        return parse_feed(
            rss(*(f"<title>T</title><link>http://o.example/{i}</link>{g}" for i, g in enumerate(guids)))
        ).notes

    assert notes("", "") == ("no_guids",)
    assert notes("<guid>1</guid>", "<guid>1</guid>", "<guid>1</guid>") == ("one_guid_for_all",)
    assert notes("<guid>1</guid>", "<guid>1</guid>", "<guid>2</guid>") == ("duplicate_guids:1",)
    assert notes("<guid>1</guid>", "<guid>2</guid>") == ()


@pytest.mark.parametrize(
    "encoding, title",
    [
        ("windows-1251", "Перевал закрыт"), ("koi8-r", "Перевал закрыт"), ("iso-8859-5", "Перевал закрыт"),
        ("iso-8859-9", "Köprü açıldı, ağaç"), ("windows-1254", "Köprü açıldı, ağaç"), ("iso-8859-1", "Déjà vu"),
        ("shift_jis", "東京"), ("euc-jp", "東京の橋"), ("iso-2022-jp", "東京の橋"), ("gb2312", "中国"), ("big5", "總統抵達"),
        ("euc-kr", "서울"), ("tis-620", "ประธาน"), ("utf-8", "მთა"), ("utf-8-sig", "მთა"),
        ("utf-16", "մոտ"), ("utf-16-le", "մոտ"), ("utf-16-be", "մոտ"), ("utf-32", "მთა"), ("utf-32-be", "მთა"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("content_type", [None, "text/xml", "application/rss+xml; charset=iso-8859-1"])
def test_encodings(encoding, title, content_type):
    """The document's charset is found, also where the server claims its default one."""
    prolog = f'<?xml version="1.0" encoding="{encoding}"?>'
    data = rss(f"<title>{title}</title>", prolog=prolog).decode().encode(encoding)
    assert only(data, headers={"content-type": content_type} if content_type else None).title == title


HALF = "a\\ud800b"
JSON_HALVES = (
    '{"version": "https://jsonfeed.org/version/1", "title": "%s", "items": [{"id": "%s", "url": "http://o.example/%s", "title": "%s \\ud83d\\ude00",'
    ' "content_html": "%s", "tags": ["%s"], "author": {"name": "%s"}}'
).replace("%s", HALF)


@pytest.mark.parametrize("end", ["]}", "", "}]"], ids=["whole", "cut", "broken"])
def test_half_a_character_is_none(end):
    """JSON can escape half of a surrogate pair, which could not be stored: it is left out."""
    feed = parse_feed((JSON_HALVES + end).encode())
    assert encode(feed)
    (entry,) = feed.entries
    assert (entry.guid, entry.title) == ("ab", "ab 😀")


def test_entities_of_its_own_and_of_others():
    """A document's own entities are read as text; nothing outside it is opened, nothing grows without bound."""
    opened = []
    watching = [True]
    sys.addaudithook(
        lambda event, args: opened.append(event) if watching and event in ("open", "socket.connect") else None
    )
    own = '<!DOCTYPE rss [<!ENTITY co "Acme">]>'
    assert only(rss("<title>&co; T</title>", prolog=own)).title == "Acme T"
    opened.clear()
    outside = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY % y SYSTEM "http://127.0.0.1:9/">%y;]>'
    assert only(rss("<title>a&x;b</title>", prolog=outside)).title == "a&x;b"
    lol = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "lol"}">' for i in range(10))
    assert only(rss("<title>&a9;</title>", prolog=f"<!DOCTYPE rss [{lol}]>")).title == "&a9;"
    watching.clear()
    assert opened == []


def item(i: int, year: int = 2026) -> str:
    return f"<title>T{i}</title><link>http://o.example/{i}</link><pubDate>{year}-01-01T00:00:00Z</pubDate>"


def test_caps():
    """Of too many items the newer end is kept, and the notes say how many there were."""
    newest_first = parse_feed(rss(*(item(i, 2026 - i // 300) for i in range(1200))))
    assert (len(newest_first.entries), newest_first.entries[0].title, newest_first.notes) == (
        500,
        "T0",
        ("capped:1200", "no_guids"),
    )
    oldest_first = parse_feed(rss(*(item(i, 2020 + i // 300) for i in range(1200))))
    assert (len(oldest_first.entries), oldest_first.entries[-1].title) == (500, "T1199")


HEAD = "<rss version='2.0'><channel><title>C</title>"
HOSTILE = {  # each with so many of it
    "many items": lambda n: HEAD + "".join(f"<item>{item(i)}</item>" for i in range(n)),
    "deep": lambda n: HEAD + "<a>" * 20 * n,
    "marks": lambda n: HEAD + "<" * 200 * n,
    "CDATA marks": lambda n: HEAD + "<![CDATA[" * 20 * n,
    "comment marks": lambda n: "<!--" * 40 * n + HEAD,
    "doctypes": lambda n: "<!DOCTYPE [" * 20 * n + HEAD,
    "ampersands": lambda n: HEAD + "<item><title>" + "&" * 200 * n,
    "attributes": lambda n: HEAD + "<item " + " ".join(f"a{i}='1'" for i in range(4 * n)) + "><title>q</title></item>",
    "an open quote": lambda n: HEAD + '<item a="' + "x " * 100 * n + "><title>q</title></item>",
    "a long author": lambda n: HEAD + "<item><author>" + "a" * 20 * n + "</author></item></channel></rss>",
    "many categories": lambda n: HEAD + "<item>" + "".join(f"<category>c{i}</category>" for i in range(2 * n)) + "</item></channel></rss>",
    "many keywords": lambda n: HEAD + "<item><media:keywords>" + ",".join(map(str, range(6 * n))) + "</media:keywords></item></channel></rss>",
    "prefixes": lambda n: HEAD + "<item>" + "".join(f"<p{i}:a/>" for i in range(2 * n)) + "</item></channel></rss>",
    "tags in a title": lambda n: HEAD + "<item><title>" + "&lt;script " * 20 * n + "</title></item></channel></rss>",
    "sitemap without ends": lambda n: "<urlset>" + "<url>" * 40 * n,
    "nested JSON": lambda n: '{"version":"https://jsonfeed.org/version/1","items":' + "[" * 100 * n,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_cost_little(name):
    """Documents made to be slow cost no more than their length, and end as a feed or as none."""

    def read(data):
        with suppress(NotAFeed):
            parse_feed(data)

    assert_linear(read, lambda count: HOSTILE[name](count).encode(), 2000)


def test_half_characters():
    """What no encoding can write is left out of JSON, wherever it stands: the rest is stored like any other."""
    item = {
        "id": "a\ud83d",
        "url": "https://o.example/\ud800a",
        "title": "A \udc00",
        "content_html": "<p>\ud83d\ude00\ud83d</p>",
    }
    data = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]}).encode()
    entry = only(data)
    assert (entry.guid, entry.url, entry.title, entry.content) == (
        "a",
        "https://o.example/a",
        "A",
        "<p>\U0001f600</p>",
    )


def test_gzip_bomb():
    """A gzip body is unpacked no further than the limit."""
    bomb = gzip.compress(rss("<title>T</title>") + b" " * 40_000_000, compresslevel=1, mtime=0)
    assert "truncated" in parse_feed(bomb).notes


def test_mutated_feeds():
    """600 mutations of the fixtures, as ``python -m tests.torture feeds`` makes them: a feed or NotAFeed, nothing else, never slow."""
    found = torture_feeds.run(argparse.Namespace(feeds=600, steps=0, seed=1914, also=None))
    assert found.ok, found.notes


def test_real_feeds():
    """The real feeds at hand are read whole."""
    georgian = parse_feed(shared("corpus/feeds/netgazeti__1.xml").read_bytes())
    assert (georgian.kind, len(georgian.entries), georgian.refresh_seconds) == ("rss20", 10, 3600.0)
    russian = parse_feed(shared("corpus/feeds/lenta__1.xml").read_bytes())
    assert len(russian.entries) == 200
    assert [entry.title for entry in russian.entries if not entry.url] == []
    for entry in (*georgian.entries, *russian.entries):
        assert entry.title or entry.url
        assert entry.published
        assert "<" not in (entry.title or "") + (entry.summary or "")


@pytest.mark.parametrize(
    "asks, seconds",
    [
        ("", None),
        ("<ttl>60</ttl>", 3600.0),
        ("<ttl> 15 </ttl>", 900.0),
        ("<ttl>1.5</ttl>", 90.0),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>often</ttl>", None),
        ("<ttl>nan</ttl>", None),
        ("<ttl>999999999999</ttl>", 30 * 86400.0),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 3600.0),
        ("<sy:updatePeriod> Hourly </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 900.0),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 43200.0),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 86400.0),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>x</sy:updateFrequency>", None),
        ("<sy:updatePeriod>always</sy:updatePeriod>", None),
        ("<sy:updateFrequency>2</sy:updateFrequency>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateBase>2000-01-01T12:00</sy:updateBase>", 3600.0),
        ("<ttl>30</ttl><sy:updatePeriod>daily</sy:updatePeriod>", 1800.0),
    ],
)
def test_how_often_a_feed_asks_to_be_read(asks, seconds):
    """ttl, else sy:updatePeriod by sy:updateFrequency; what is no number of minutes is as good as nothing."""
    document = (
        "<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel><title>V</title>"
        f"{asks}<item><title>a</title><link>http://v.test/a</link></item></channel></rss>"
    )
    assert parse_feed(document.encode()).refresh_seconds == seconds


@pytest.mark.parametrize(
    "markup, text",
    [
        ("<p>a</p><p>b</p>", "a b"),
        ("a<b>b</b>c", "abc"),
        ("<script>x()</script>a<style>y", "a y"),
        ("<!-- x -->a<!-- y", "a"),
        ("a<!-- -- y >b", "ab"),
        ("un<!-- x -->done", "undone"),
        ("<img src=x onerror='1'>a", "a"),
        ("1 < 2 and <3", "1 < 2 and <3"),
        ("<" * 5 + "a>b", "<<<<b"),
    ],
)
def test_markup_to_text(markup, text):
    """Markup leaves nothing of itself in a text."""
    assert to_text(markup) == text


def test_plain_text_keeps_its_signs():
    """Text that only looks like markup stays."""
    assert to_plain("if a<b and b>c &amp; d") == "if a<b and b>c & d"
