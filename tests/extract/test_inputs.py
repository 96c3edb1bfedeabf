"""Bytes of unknown kind: HTML or text, gzipped or not, in any charset, and the API that leads there."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime

import pytest

import scraper
from scraper.errors import BadResponse, NotAFeed, ParseError
from scraper.extract import extractor

SENTENCES = (
    "Жители верхних сёл снова смогут ездить в райцентр по отремонтированной дороге.",
    "Работы на перевале заняли четыре месяца и обошлись дешевле, чем ожидалось.",
    "Следующим летом власти обещают заменить и два старых моста через реку.",
)
PAGE = (
    "<!doctype html><html><head><title>Дорогу открыли</title></head><body><article><h1>Дорогу открыли</h1>"
    + "".join(f"<p>{s}</p>" for s in SENTENCES)
    + "</article></body></html>"
)
TEXT = "\n".join(SENTENCES)


@pytest.mark.parametrize(
    "data, method",
    [
        pytest.param(PAGE.encode(), "generic", id="html"),
        pytest.param(gzip.compress(PAGE.encode(), mtime=0), "generic", id="gzipped html"),
        pytest.param(b"\xef\xbb\xbf" + PAGE.encode(), "generic", id="html with a byte order mark"),
        pytest.param(PAGE.encode("windows-1251"), "generic", id="html in windows-1251, undeclared"),
        pytest.param(b"\n" * 9000 + PAGE.encode(), "generic", id="html after much white space"),
        pytest.param(TEXT.encode(), "text", id="plain text"),
        pytest.param(gzip.compress(TEXT.encode(), mtime=0), "text", id="gzipped text"),
        pytest.param(TEXT.encode("koi8-r"), "text", id="text in KOI8-R"),
        pytest.param(TEXT.encode("utf-16"), "text", id="text in UTF-16"),
    ],
)
def test_kinds_are_told_apart_by_content(data, method):
    """The same three sentences come out, whatever they came in."""
    article = scraper.extract_page(data)
    assert article.body == SENTENCES
    assert article.extraction.method == method
    assert article.language == "ru"


@pytest.mark.parametrize(
    "data, code",
    [
        pytest.param(gzip.compress(PAGE.encode(), mtime=0)[:-20], "truncated", id="cut gzip"),
        pytest.param(b"\x1f\x8b\x08" + b"\xff" * 50, "bad_encoding", id="no gzip after all"),
        pytest.param(zlib.compress(b" " * 9_000_000, wbits=31), "too_large", id="a bomb"),
    ],
)
def test_bad_bytes_have_a_code(data, code):
    """What cannot be unpacked is a coded error, at once."""
    with pytest.raises(BadResponse) as caught:
        extractor.gunzip(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00 a text in a picture", id="a picture"
        ),
        pytest.param(bytes(range(256)) * 40, id="all bytes"),
        pytest.param(b"\x00\x01\x02", id="three control characters"),
    ],
)
def test_what_is_no_text_is_refused(data):
    """Pictures and noise are no articles."""
    with pytest.raises(ParseError) as caught:
        scraper.extract_page(data)
    assert caught.value.code == "not_text"


@pytest.mark.parametrize("data", [b"", b" \n ", b"<html></html>", b"<", "։".encode()])
def test_nothing_in_nothing_out(data):
    """Input without an article gives an article without a body, marked as such, and no exception."""
    article = scraper.extract_page(data)
    assert article.body == () or len("".join(article.body)) < 5
    assert article.related == ()


def test_split_text():
    """Flattened text splits into body and headlines."""
    text = (
        TEXT + "\n\nВ горах выпал первый снег\nСтуденты вернулись в аудитории\nНа рынке подорожали яблоки\n"
    )
    article = scraper.split_text(text)
    assert article.body == SENTENCES
    assert [h.title for h in article.related] == [
        "В горах выпал первый снег",
        "Студенты вернулись в аудитории",
        "На рынке подорожали яблоки",
    ]
    assert {h.where for h in article.related} == {"trailing"}


def test_parse_feed():
    """A feed gives entries; anything else is NotAFeed."""
    feed = scraper.parse_feed(
        b"<rss version='2.0'><channel><item><title>A</title><link>https://a.example/1</link></item></channel></rss>"
    )
    assert [(e.title, e.url) for e in feed.entries] == [("A", "https://a.example/1")]
    with pytest.raises(NotAFeed):
        scraper.parse_feed(b"hello")


def test_parse_date():
    """A date without an offset is in the given zone; what is no date is None."""
    assert scraper.parse_date("21 июля 2026, 14:05", timezone="Asia/Tbilisi") == datetime(
        2026, 7, 21, 10, 5, tzinfo=UTC
    )
    assert scraper.parse_date("soon") is None
