"""Feeds out: valid by RFC 4287 and JSON Feed 1.1 whatever the records hold, and they follow the filters."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from scraper.config import load, opml
from scraper.feeds.parse import parse_feed
from scraper.model import Headline
from scraper.web.access import AccessControl
from scraper.web.app import build_app
from scraper.web.context import AppContext
from storage import open_store
from tests.support.asgi import ask
from tests.support.stories import NOW, found, poll, reworded, story

SOURCES = load.load_sources("""
[[source]]
id = "valley-post"
name = "The Valley & Post"
homepage = "https://valley.example/"
country = "ge"
languages = ["ka"]
feeds = [{ url = "https://valley.example/feed?a=1&b=2" }]
[[source]]
id = "hill-times"
name = "Hill Times"
homepage = "https://hill.example/"
country = "am"
languages = ["hy"]
feeds = [{ url = "https://hill.example/feed" }, { url = "https://hill.example/old", enabled = false }]
""")

HOSTILE = '</title><script>alert(1)</script> & "quotes" \u202e ]]> \x0b \ufffe'
ARTICLES = [
    found("https://valley.example/1", story(1), title="ერთი", source="valley-post", language="ka", published=NOW),
    found("https://valley.example/2", story(2), title="ორი", source="valley-post", language="ka"),
    found(
        "https://hill.example/3?x=<y>&z=Ա", story(3), title="Երեք", source="hill-times", language="hy", authors=("Ա. Բ.", HOSTILE),
        tags=("բաժին", "բաժին", HOSTILE), section="News", summary="Կարճ",
        related=(Headline(title=HOSTILE, url="javascript:alert(1)"), Headline(title="ok", url="https://hill.example/9")),
    ),
    found("https://hill.example/4", [HOSTILE, "<p>&nbsp;"], title=HOSTILE, source="hill-times", language="hy"),
    found("https://hill.example/5", reworded(story(1), 0.02), title="ერთი ისევ", source="hill-times", language="ka"),
    found("https://hill.example/6", [], title=None, source="hill-times", language=None),
]  # fmt: skip


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    folder = tmp_path_factory.mktemp("feeds") / "data"
    with open_store(folder) as store:
        for article in ARTICLES:
            store.commit(poll(article, source=article.source, now=NOW), now=NOW)
        revised = found(
            "https://valley.example/2", [*story(2), "More."], title="ორი", source="valley-post", language="ka",
            fetched=NOW + timedelta(hours=2),
        )  # fmt: skip
        store.commit(poll(revised, now=NOW + timedelta(hours=2)), now=NOW + timedelta(hours=2))
    with open_store(folder, read_only=True) as store:
        yield AppContext(store, lambda: SOURCES, now=lambda: NOW + timedelta(hours=3))


@pytest.fixture(scope="module")
def app(context):
    return build_app(context, AccessControl())


# ------------------------------------------------------------------------------------------ validity

ATOM = "{http://www.w3.org/2005/Atom}"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")


def is_absolute(address):
    parts = urlsplit(address or "")
    return bool(parts.scheme and (parts.netloc or parts.path)) and not re.search(r"[\s<>\"{}|\\^`]", address)


def atom_problems(body):
    """What RFC 4287 forbids in a document, as far as it concerns what we write."""
    feed = ET.fromstring(body)
    if feed.tag != f"{ATOM}feed":
        yield "not a feed"
    yield from _once(feed, "feed", "id", "title", "updated")
    ids = []
    for entry in feed.iter(f"{ATOM}entry"):
        yield from _once(entry, "entry", "id", "title", "updated")
        yield from _most_once(entry, "entry", "published", "summary", "content")
        ids.append(entry.findtext(f"{ATOM}id"))
        if not (entry.find(f"{ATOM}author") is not None or feed.find(f"{ATOM}author") is not None):
            yield "4.1.2: an entry without an author"
        alternates = [x for x in entry.iter(f"{ATOM}link") if x.get("rel", "alternate") == "alternate"]
        if not alternates and entry.find(f"{ATOM}content") is None:
            yield "4.1.2: neither content nor an alternate link"
        kinds = Counter((x.get("type"), x.get("hreflang")) for x in alternates)
        if kinds and max(kinds.values()) > 1:
            yield "4.1.2: two alternate links of one kind"
        for author in entry.iter(f"{ATOM}author"):
            yield from _once(author, "author", "name")
    if len(ids) != len(set(ids)):
        yield "4.1.1: two entries of one id"
    for element in feed.iter():
        name = element.tag.removeprefix(ATOM)
        if name in ("updated", "published") and not RFC3339.match(element.text or ""):
            yield f"3.3: {name} is {element.text}"
        if name == "id" and not is_absolute(element.text):
            yield f"4.2.6: id is {element.text}"
        if name == "link" and not is_absolute(element.get("href")):
            yield f"4.2.7: link to {element.get('href')}"
        if name == "category" and not element.get("term"):
            yield "4.2.2: category without term"
        if name == "name" and not (element.text or "").strip():
            yield "3.2.1: a person without a name"


def _once(parent, where, *names):
    for name in names:
        count = len(parent.findall(f"{ATOM}{name}"))
        if count != 1:
            yield f"4.1: {where} has {count} {name}"


def _most_once(parent, where, *names):
    for name in names:
        if len(parent.findall(f"{ATOM}{name}")) > 1:
            yield f"4.1.2: {where} has several {name}"


def json_problems(feed):
    """What JSON Feed 1.1 forbids."""
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        yield "version"
    if not isinstance(feed.get("title"), str):
        yield "title"
    for key in ("home_page_url", "feed_url", "next_url"):
        if key in feed and not is_absolute(feed[key]):
            yield key
    ids = [item.get("id") for item in feed["items"]]
    if len(ids) != len(set(ids)) or not all(isinstance(one, str) and one for one in ids):
        yield "items: id"
    for item in feed["items"]:
        if not isinstance(item.get("content_text", item.get("content_html")), str):
            yield "items: no content"
        for key in ("url", "image"):
            if key in item and not is_absolute(item[key]):
                yield f"items: {key}"
        for key in ("date_published", "date_modified"):
            if key in item and not RFC3339.match(item[key]):
                yield f"items: {key}"
        if not all(set(one) & {"name", "url", "avatar"} for one in item.get("authors", [])):
            yield "items: authors"
        if None in item.values():
            yield "items: null"
        if unknown := set(item) - JSON_KEYS - {key for key in item if key.startswith("_")}:
            yield f"items: {unknown}"


JSON_KEYS = {
    "id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image",
    "date_published", "date_modified", "authors", "tags", "language", "attachments",
}  # fmt: skip

ADDRESSES = [
    "",
    "?language=ka",
    "?q=river",
    "?source=nobody",
    "?limit=2",
    "?whole=false",
    "?country=am&time=24h",
]


@pytest.mark.parametrize("query", ADDRESSES)
def test_atom_is_valid(app, query):
    """Whatever is asked for, and whatever the records hold."""
    answer = ask(app, f"/feed.atom{query}")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert list(atom_problems(answer.body)) == []


@pytest.mark.parametrize("query", ADDRESSES)
def test_json_feed_is_valid(app, query):
    """The same, as JSON Feed."""
    answer = ask(app, f"/feed.json{query}")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/feed+json")
    assert list(json_problems(answer.json())) == []


BROKEN = {
    "no id": b'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><updated>2026-01-01T00:00:00Z</updated></feed>',
    "a bad date": b'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><title>x</title><updated>today</updated></feed>',
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_the_judge_can_say_no(body):
    """The check above is none if it never complains."""
    assert list(atom_problems(body)) != []
    assert list(json_problems({"items": [{"id": "", "title": None}]})) != []


# ------------------------------------------------------------------------------------------ what is in them


def titles(app, address):
    return [item.get("title") for item in ask(app, address).json()["items"]]


CHOSEN = {
    "all, the newest first": ("", [None, "ერთი ისევ", "hostile", "Երեք", "ორი", "ერთი"]),
    "a language": ("?language=hy", ["hostile", "Երեք"]),
    "an outlet": ("?source=valley-post", ["ორი", "ერთი"]),
    "a country": ("?country=am&language=hy", ["hostile", "Երեք"]),
    "words": ("?q=ერთი", ["ერთი ისევ", "ერთი"]),
    "a page": ("?limit=2", [None, "ერთი ისევ"]),
    "nothing": ("?source=nobody", []),
}


@pytest.mark.parametrize("query, expected", CHOSEN.values(), ids=CHOSEN)
def test_filters(app, query, expected):
    """The parameters of the first page choose; copies of a story are entries of their own."""
    found_ = ["hostile" if t and "script" in t else t for t in titles(app, f"/feed.json{query}")]
    assert found_ == expected


def test_pages_follow_each_other(app):
    """`next` leads through the whole archive, each article once."""
    seen, address = [], "http://127.0.0.1:8750/feed.json?limit=4&language="
    while address:
        parts = urlsplit(address)
        feed = ask(app, f"{parts.path}?{parts.query}").json()
        seen += [item["id"] for item in feed["items"]]
        address = feed.get("next_url")
    assert len(seen) == len(set(seen)) == len(ARTICLES)


def test_a_revision_is_an_update(app):
    """It stays one entry under the same id, with a later date."""
    items = {item["url"]: item for item in ask(app, "/feed.json").json()["items"]}
    assert items["https://valley.example/2"]["date_modified"] == "2026-11-23T08:00:00Z"
    assert items["https://valley.example/1"]["date_modified"] == "2026-11-23T06:00:00Z"


def test_we_can_read_what_we_write(app):
    """Our own parser finds the same articles in both."""
    for address in ("/feed.atom", "/feed.json"):
        answer = ask(app, address)
        entries = parse_feed(answer.body, headers=answer.headers).entries
        assert len(entries) == len(ARTICLES)
        assert {e.url for e in entries} >= {"https://valley.example/1", "https://hill.example/4"}


def test_related_headlines_stay_apart(app):
    """They are links of their own, never part of the text."""
    (item,) = [i for i in ask(app, "/feed.json?language=hy").json()["items"] if i["title"] == "Երեք"]
    assert [one["title"] for one in item["_darial"]["related"]][1] == "ok"
    assert "ok" not in item["content_text"].split()
    atom = ask(app, "/feed.atom?language=hy").text
    assert 'href="https://hill.example/9"' in atom
    assert "javascript:" not in atom


def test_the_same_feed_is_not_sent_twice(app):
    """A reader that has it is told so (ETag)."""
    first = ask(app, "/feed.atom")
    again = ask(app, "/feed.atom", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("query", ["?limit=x", "?since=yesterday", '?q="'])
def test_wrong_questions(app, query):
    """400, not a broken feed."""
    assert ask(app, f"/feed.atom{query}").status == 400


def test_feeds_behind_a_token(context):
    """A feed reader has neither cookie nor header: the token may stand in the address, and does not come back in the feed."""
    app = build_app(context, AccessControl("a-long-long-token"))
    assert ask(app, "/feed.atom").status == 401
    assert ask(app, "/feed.atom?token=a-wrong-long-token").status == 401
    answer = ask(app, "/feed.atom?token=a-long-long-token&language=ka")
    assert answer.status == 200
    assert b"a-long-long-token" not in answer.body
    assert list(atom_problems(answer.body)) == []
    assert ask(app, "/?token=a-long-long-token").status == 303


def test_opml(app):
    """The outlets' feeds as OPML: read back, they are the enabled ones."""
    answer = ask(app, "/opml")
    assert answer.headers["content-type"] == "text/x-opml; charset=utf-8"
    outlets, left_out = opml.parse_opml(answer.body, country="int", language="en")
    assert left_out == []
    assert [(o.name, [f.url for f in o.feeds]) for o in outlets] == [
        ("The Valley & Post", ["https://valley.example/feed?a=1&b=2"]),
        ("Hill Times", ["https://hill.example/feed"]),
    ]


def test_the_page_names_its_feeds(app):
    """A feed reader that is given the page's address finds the feed of what it shows."""
    page = ask(app, "/?language=ka&q=river").text
    assert 'type="application/atom+xml" title="Atom" href="/feed.atom?q=river&amp;language=ka"' in page


def test_dates_are_dates(app):
    """Every date can be read by those who know only RFC 3339."""
    for item in ask(app, "/feed.json").json()["items"]:
        assert datetime.fromisoformat(item["date_modified"]).tzinfo is not None
