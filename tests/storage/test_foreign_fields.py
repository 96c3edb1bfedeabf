"""Names that other programs give to what a record holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scraper.errors import ConfigError
from storage.foreign_fields import as_ours, given_names

DAY = datetime(2026, 11, 23, tzinfo=UTC)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

LINES = {
    "a plain table": (
        {"date": "2026-11-23", "description": "d", "text": "t", "author": "A B; C D", "outlet": "o", "lang": "ka-GE", "link": "https://a.example/1"},
        {"published": DAY, "summary": "d", "body": "t", "authors": ["A B", "C D"], "source": "o", "language": "ka", "url": "https://a.example/1", "link": "https://a.example/1"},
        [],
    ),
    "trafilatura": (
        {"title": "T", "author": "A", "hostname": "a.example", "date": "2026-11-23", "source": "https://a.example/2", "source-hostname": "A", "excerpt": "e", "text": "x\ny", "raw_text": "x y", "fingerprint": "f"},
        {"title": "T", "authors": ["A"], "source": "a.example", "published": DAY, "url": "https://a.example/2", "summary": "e", "body": "x\ny"},
        ["fingerprint", "raw_text", "source-hostname"],
    ),
    "news-please": (
        {"authors": ["A"], "date_publish": "2026-11-23 12:00:00", "date_download": "2026-11-23 12:00:00", "maintext": "m", "source_domain": "a.example", "localpath": "/x"},
        {"authors": ["A"], "published": NOON, "fetched": NOON, "body": "m", "source": "a.example"},
        ["localpath"],
    ),
    "schema.org": (
        {"@type": "NewsArticle", "headline": "H", "articleBody": "b", "datePublished": "2026-11-23T16:00:00+04:00", "author": [{"@type": "Person", "name": "A"}], "publisher": {"name": "P"}, "image": {"url": "https://a.example/i.jpg"}, "keywords": "x, y"},
        {"title": "H", "body": "b", "published": NOON, "authors": ["A"], "source": "P", "images": [{"url": "https://a.example/i.jpg", "caption": None}], "tags": ["x", "y"]},
        ["@type"],
    ),
    "seconds and milliseconds": (
        {"published_at": 1795435200, "updated_at": 1795435200000, "url": "https://a.example/3"},
        {"published": 1795435200.0, "modified": 1795435200.0, "url": "https://a.example/3"},
        [],
    ),
    "a date that nobody can read": ({"date": "soon", "title": "T"}, {"title": "T"}, ["date"]),
    "two dates, the exact name wins": ({"date": "2026-11-23", "published_at": "2026-11-23T12:00:00Z"}, {"published": NOON}, ["date"]),
    "markup in the text": ({"content": "<p>One &amp; two.</p><p>Three.</p>"}, {"body": ["One & two.", "Three.", ""]}, []),
    "nothing in a cell": ({"date": "", "author": None, "title": "T"}, {"title": "T"}, []),
}  # fmt: skip


@pytest.mark.parametrize("line, ours, left_out", LINES.values(), ids=LINES)
def test_names(line, ours, left_out):
    """What is known is renamed, what is not is named."""
    found, unread = as_ours(line, {})
    assert {name: value for name, value in found.items() if name != "published_raw"} == ours
    assert sorted(unread) == left_out


def test_a_record_of_ours_is_left_as_it_is():
    line = {
        "schema": 1,
        "seq": 3,
        "hash": "h",
        "url": "https://a.example/4",
        "published": "2026-11-23T12:00:00.000Z",
    }
    assert as_ours(line, {"url": "title"}) == (line, [])


def test_given_names_go_first():
    """--map names a key that nobody could know, also against a usual name."""
    given = given_names(["day=published", "title=summary"])
    found, unread = as_ours({"day": "2026-11-23", "title": "T", "headline": "H"}, given)
    assert (found["published"], found["summary"], found["title"], unread) == (DAY, "T", "H", [])


@pytest.mark.parametrize("pair", ["day", "day=", "day=when", "day=seq"])
def test_wrong_pairs(pair):
    with pytest.raises(ConfigError, match="write THEIRS=OURS"):
        given_names([pair])
