"""Entries that say something else than they mean: links home, local times called UTC, texts in odd places."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scraper.feeds.parse import parse_feed

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
SPACES = 'xmlns:yandex="http://news.yandex.ru" xmlns:turbo="http://turbo.yandex.ru" xmlns:atom="http://www.w3.org/2005/Atom"'


def rss(*items: str) -> bytes:
    inside = "".join(f"<item><title>T</title>{item}</item>" for item in items)
    head = "<title>C</title><link>https://o.example/en/</link>"
    return f'<rss version="2.0" {SPACES}><channel>{head}{inside}</channel></rss>'.encode()


def urls(data: bytes) -> list[str | None]:
    return [entry.url for entry in parse_feed(data, url="https://o.example/rss.xml").entries]


HOME = {
    "root": ("https://o.example/", "https://o.example/n/1", "https://o.example/n/1"),
    "root with www and a tracker": ("http://www.o.example/?utm_source=rss", "https://o.example/n/1", "https://o.example/n/1"),
    "the channel's link": ("https://o.example/en", "https://o.example/en/1", "https://o.example/en/1"),
    "a guid that is a path": ("https://o.example/", "/n/1", "https://o.example/n/1"),
    "CDATA in CDATA": ("<![CDATA[<![CDATA[https://o.example/]]]]>", "https://o.example/n/1", "https://o.example/n/1"),
    "a guid that is no address": ("https://o.example/", "n1", "https://o.example/"),
    "a guid that is home too": ("https://o.example/", "https://o.example/en/", "https://o.example/"),
    "a link of its own": ("https://o.example/a", "https://o.example/?p=1", "https://o.example/a"),
    "chosen by its query": ("https://o.example/?id=1", "https://o.example/n/1", "https://o.example/?id=1"),
}  # fmt: skip


@pytest.mark.parametrize("link, guid, url", HOME.values(), ids=HOME)
def test_links_home_yield_to_the_guid(link, guid, url):
    """A link that leads to no article yields to a guid that does."""
    other = "<link>https://o.example/other</link><guid>https://o.example/n/other</guid>"
    assert urls(rss(f"<link>{link}</link><guid>{guid}</guid>", other))[0] == url


def test_one_link_for_all_yields_to_the_guids():
    """The address of a section under every entry names none of them."""
    items = [f"<link>https://o.example/news</link><guid>https://o.example/n/{n}</guid>" for n in (1, 2)]
    assert urls(rss(*items)) == ["https://o.example/n/1", "https://o.example/n/2"]


TIMES = {
    "hours ahead": ("Tue, 01 Dec 2026 13:30:00 +0000", "Asia/Tbilisi", 9, True),
    "called GMT": ("Tue, 01 Dec 2026 13:30:00 GMT", "Asia/Tbilisi", 9, True),
    "called Z apart": ("Tue, 01 Dec 2026 13:30:00 Z", "Asia/Tbilisi", 9, True),
    "called Z": ("2026-12-01T13:30:00Z", "Asia/Tbilisi", 9, True),
    "too far ahead to be local": ("Tue, 01 Dec 2026 19:30:00 +0000", "Asia/Tbilisi", 19, False),
    "past": ("Tue, 01 Dec 2026 09:30:00 +0000", "Asia/Tbilisi", 9, False),
    "a clock that is a little fast": ("Tue, 01 Dec 2026 10:05:00 +0000", "Asia/Tbilisi", 10, False),
    "another zone": ("Tue, 01 Dec 2026 15:30:00 +0300", "Asia/Tbilisi", 12, False),
    "an outlet in the west": ("Tue, 01 Dec 2026 13:30:00 +0000", "America/New_York", 13, False),
}


@pytest.mark.parametrize("printed, zone, hour, noted", TIMES.values(), ids=TIMES)
def test_local_times_called_utc(printed, zone, hour, noted):
    """A time "UTC" that is still to come is read in the outlet's zone, if it is past there; the feed says so."""
    item = f"<link>https://o.example/1</link><pubDate>{printed}</pubDate>"
    found = parse_feed(rss(item), url="https://o.example/rss.xml", timezone=zone, now=NOW)
    assert found.entries[0].published.hour == hour
    assert ("local_time_called_utc:1" in found.notes) is noted


CONTENTS = {
    "full text in lines": ("<yandex:full-text>One &lt; two.\n\nThree.</yandex:full-text>", "<p>One &lt; two.</p><p>Three.</p>"),
    "turbo page": ("<turbo:content><![CDATA[<p>One.</p>]]></turbo:content>", "<p>One.</p>"),
    "the longer of two": ("<yandex:full-text>One two three.</yandex:full-text><turbo:content>One</turbo:content>", "<p>One two three.</p>"),
}  # fmt: skip


@pytest.mark.parametrize("markup, content", CONTENTS.values(), ids=CONTENTS)
def test_texts_for_search_engines(markup, content):
    """What an outlet gives search engines is its article's body."""
    (entry,) = parse_feed(rss(f"<link>https://o.example/1</link>{markup}")).entries
    assert entry.content == content


def test_cdata_in_cdata():
    """Marks that survive the parser are no part of a text."""
    data = rss("<link>https://o.example/1</link>").replace(
        b'version="2.0"', b'version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    )
    nested = b"<content:encoded><![CDATA[<p>a</p><![CDATA[<p>b</p>]]><p>c</p>]]></content:encoded></item>"
    (entry,) = parse_feed(data.replace(b"</item>", nested)).entries
    assert entry.content == "<p>a</p><p>b</p><p>c</p>"


def test_source_in_a_source():
    """What stands in a source, and in the source of a source, is another feed's."""
    inner = "<atom:source><atom:id>deep</atom:id></atom:source>"
    source = f"<atom:source>{inner}<title>Other</title><link>https://x.example/z</link><description>no</description></atom:source>"
    (entry,) = parse_feed(rss(f"{source}<link>https://o.example/1</link>")).entries
    assert (entry.url, entry.title, entry.summary) == ("https://o.example/1", "T", None)


ALTERNATES = {
    "own language second": ('xml:lang="ru"', ("en", "ru"), "ru"),
    "own language first": ('xml:lang="ru"', ("ru", "en"), "ru"),
    "with a region": ('xml:lang="ru-RU"', ("en", "ru"), "ru"),
    "unknown language of the feed": ("", ("en", "ru"), "en"),
    "one without a language": ('xml:lang="hy"', ("en", ""), "own"),
}


@pytest.mark.parametrize("attributes, languages, expected", ALTERNATES.values(), ids=ALTERNATES)
def test_alternates_of_several_languages(attributes, languages, expected):
    """The alternate in the feed's own language is the article."""
    links = "".join(
        f'<link rel="alternate" {f"hreflang={code!r}" if code else ""} href="https://o.example/{code or "own"}/1"/>'
        for code in languages
    )
    data = f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>C</title><entry><title>T</title>{links}<id>t:1</id></entry></feed>'
    assert urls(data.encode()) == [f"https://o.example/{expected}/1"]


JSON = {
    "authors as an object": ('{"id": 17, "url": "https://o.example/1", "authors": {"name": "Ann"}}', ("Ann",)),
    "authors as PHP writes a list": ('{"id": 17, "url": "https://o.example/1", "authors": {"1": {"name": "Ann"}, "3": "Eve"}}', ("Ann", "Eve")),
    "commas behind the last": ('{"id": "1, ]", "url": "https://o.example/1", "author": {"name": "Ann",},},', ("Ann",)),
}  # fmt: skip


@pytest.mark.parametrize("item, authors", JSON.values(), ids=JSON)
def test_odd_json(item, authors):
    """JSON as some sites write it by hand."""
    data = f'\ufeff{{"version": "https://jsonfeed.org/version/1", "items": [{item}]}}'.encode()
    (entry,) = parse_feed(data, url="https://o.example/feed.json").entries
    assert (entry.url, entry.authors) == ("https://o.example/1", authors)


@pytest.mark.parametrize("number", ["1e400", "1" + "0" * 400, "true"], ids=["infinite", "long", "no number"])
def test_a_time_that_is_none(number):
    """The entry is kept, without a time."""
    data = f'{{"version": "https://jsonfeed.org/version/1", "items": [{{"id": 1, "title": "T", "date_published": {number}}}]}}'
    assert [entry.published for entry in parse_feed(data.encode()).entries] == [None]


def test_times_in_numbers():
    """Seconds since 1970 are a time in JSON too."""
    data = b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": 1, "title": "T", "date_published": 1768213800}]}'
    assert parse_feed(data).entries[0].published == datetime(2026, 1, 12, 10, 30, tzinfo=UTC)
