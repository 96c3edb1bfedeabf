"""The package ``darial``: what programs import, and what they get for right and wrong arguments."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime

import pytest

import darial
from tests.support.demo_recording import DEMO_SOURCES, RECORDING
from tests.support.shared import ROOT

PAGE = (
    '<html><head><title>The bridge is open</title><link rel="canonical" href="https://valley.example/1"></head><body><article>'
    "<h1>The bridge is open</h1>"
    + "".join(
        f"<p>Sentence {n} says at some length what has happened at the old bridge.</p>" for n in range(6)
    )
    + '<p class="more">Not this one, which is an advertisement of the house.</p>'
    + "</article></body></html>"
)
FEED = '<rss version="2.0"><channel><item><title>ქართული</title><link>/1</link></item></channel></rss>'


def test_every_name_is_there_and_documented():
    """What __all__ promises exists; docs/api.md has the functions, the types and the base of the errors."""
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    missing = {name for name in darial.__all__ if not hasattr(darial, name)}
    unsaid = {name for name in darial.__all__ if not re.search(rf"\b{name}\b", text)}
    assert (missing, unsaid) == (set(), {"Image", "Rules", "Source", "Sources", "Hit", "__version__"})


@pytest.mark.parametrize("data", [PAGE, PAGE.encode(), bytearray(PAGE.encode()), PAGE.encode("utf-16")])
def test_a_page_is_a_text_or_bytes(data):
    """str, bytes in any charset: the same article."""
    article = darial.extract_page(data, "https://valley.example/1?utm_source=x")
    assert article.title == "The bridge is open"
    assert article.text == "\n\n".join(article.body)
    assert article.text.startswith("Sentence 0 says")
    assert article.url == "https://valley.example/1?utm_source=x"
    assert article.canonical == "https://valley.example/1"


def test_the_address_is_what_the_page_says_where_nobody_else_does():
    """.url without an argument is the canonical address."""
    assert darial.extract_page(PAGE).url == "https://valley.example/1"


def test_an_article_as_values():
    """to_dict has every key and plain values, to_json the same."""
    import json

    article = darial.extract_page(PAGE)
    values = article.to_dict()
    assert values["body"] == list(article.body)
    assert json.loads(article.to_json()) == json.loads(article.to_json(indent=True)) == values
    assert "\n" in article.to_json(indent=True)


@pytest.mark.parametrize(
    "rules",
    [
        {"body": ["article p"], "drop": [".more"]},
        {"body": ("article p",), "drop": (".more",)},
        darial.Rules(body=("article p",), drop=(".more",)),
        [{"body": [".nothing"]}, {"body": ["article p"], "drop": [".more"]}],
    ],
    ids=["a dict", "tuples", "Rules", "several"],
)
def test_rules(rules):
    """Selectors as a dict, or several."""
    article = darial.extract_page(PAGE, rules=rules)
    assert article.extraction.method == "rules"
    assert "advertisement" not in article.text


WRONG = {
    "no page": (lambda: darial.extract_page(None), "must be bytes or str, not NoneType"),
    "a list": (lambda: darial.extract_page([PAGE]), "must be bytes or str, not list"),
    "bytes to split": (lambda: darial.split_text(b"x"), "must be str, not bytes"),
    "an unknown rule": (lambda: darial.extract_page(PAGE, rules={"boddy": ["p"]}), 'did you mean "body"?'),
    "a broken selector": (lambda: darial.extract_page(PAGE, rules={"body": ["p["]}), "rules: body[0]"),
    "an unknown zone": (
        lambda: darial.extract_page(PAGE, timezone="Asia/Tblisi"),
        'did you mean "Asia/Tbilisi"?',
    ),
    "an unknown zone of a date": (lambda: darial.parse_date("21 July 2026", timezone="Mars"), 'not "Mars"'),
    "an offset out of range": (lambda: darial.parse_date("21 July 2026", timezone="+99:00"), "time zone"),
    "a source without a feed": (lambda: darial.fetch([{"id": "a"}]), "name: is missing"),
    "no such file": (lambda: darial.open_sources("none.toml"), "none.toml: no such file"),
}


@pytest.mark.parametrize("call, said", WRONG.values(), ids=WRONG)
def test_wrong_arguments(call, said):
    """A ConfigError that names the argument; a zone that nobody knows is never UTC in silence."""
    with pytest.raises(darial.ConfigError) as caught:
        call()
    assert said in str(caught.value)


def test_zones_of_dates():
    """IANA names and offsets."""
    assert darial.parse_date("21 July 2026, 14:05", timezone="Asia/Tbilisi") == datetime(
        2026, 7, 21, 10, 5, tzinfo=UTC
    )
    assert darial.parse_date("21 July 2026, 14:05", timezone="+04:00") == datetime(
        2026, 7, 21, 10, 5, tzinfo=UTC
    )


def test_a_feed_is_a_text_or_bytes():
    """Positional address, str: links are absolute."""
    (entry,) = darial.parse_feed(FEED, "https://valley.example/rss").entries
    assert (entry.title, entry.url) == ("ქართული", "https://valley.example/1")
    with pytest.raises(darial.NotAFeed):
        darial.parse_feed("hello")


def test_polling_and_reading(tmp_path):
    """The ten lines of docs/api.md: poll a source, read its records; again, and nothing is new."""
    sources = darial.open_sources(DEMO_SOURCES)
    for new in (3, 0):
        outcomes = darial.fetch(
            sources.select(["kheoba"]), tmp_path, contact="desk@example.org", replay=RECORDING
        )
        assert [(o.source, o.ok, o.new, len(o.records)) for o in outcomes] == [("kheoba", True, new, new)]
    with darial.open_store(tmp_path, read_only=True) as store:
        georgian = list(store.latest(darial.Filter(languages=("ka",))))
    assert [record.to_dict()["language"] for record in georgian] == ["ka", "ka"]
    assert all(record.text for record in georgian)


def test_a_source_as_a_table_and_an_address(tmp_path):
    """A dict with the keys of sources.toml; single addresses."""
    source = {
        "id": "kheoba", "name": "K", "homepage": "https://kheoba.example/", "country": "ge", "languages": ["ka"],
        "feeds": [{"url": "https://kheoba.example/ka/rss.xml"}],
    }  # fmt: skip
    (outcome,) = darial.fetch([source], tmp_path / "a", replay=RECORDING)
    assert outcome.new == 2
    address = "https://kheoba.example/ka/news/41220-taplis-bazroba"
    (outcome,) = darial.fetch(store=tmp_path / "b", urls=[address], replay=RECORDING)
    assert [record.url for record in outcome.records] == [address]


def test_threads():
    """Several threads at once give the same."""
    found = []
    threads = [threading.Thread(target=lambda: found.append(darial.extract_page(PAGE))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(article == found[0] for article in found)
