"""Outlets written as TOML: what is written reads back the same, and what stood there stays."""

from __future__ import annotations

import datetime as dt
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.config.edit import append_sources, source_entry
from scraper.config.load import load_sources
from scraper.errors import ConfigError
from scraper.model import FeedRef, JsonList, Rules, Source
from tests.support.shared import ROOT

SMALL = Source(
    id="valley-post",
    name="The Valley Post",
    homepage="https://valley.example/",
    country="ge",
    languages=("ka",),
    feeds=(FeedRef(url="https://valley.example/feed"),),
)
WRITTEN = """\
[[source]]
id = "valley-post"
name = "The Valley Post"
homepage = "https://valley.example/"
country = "ge"
languages = ["ka"]
feeds = [
  { url = "https://valley.example/feed" },
]
"""


def test_a_small_entry():
    """Defaults are left out."""
    assert source_entry(SMALL) == WRITTEN


def test_comments_and_order_stay():
    """What a person wrote is not touched, whatever its style."""
    old = '# ours\r\n[settings]\npace_seconds=2 # slow\n\n\n[store]\n\n[[ source ]]\nid = "ab"\nname = "x"\nhomepage = "http://a.example"\n'
    old += 'country = "int"\nlanguages = ["en"]\nenabled = false  # for now\n\n'
    new = append_sources(old, [SMALL])
    assert new == old.rstrip("\n") + "\n\n" + WRITTEN
    assert [s.id for s in load_sources(new).sources] == ["ab", "valley-post"]


def test_a_new_file():
    """Adding to nothing makes a file."""
    assert append_sources("", [SMALL]) == WRITTEN


def test_no_invalid_file_is_made():
    """What would be no valid file is refused, with the mistakes."""
    with pytest.raises(ConfigError, match="taken already"):
        append_sources(WRITTEN, [SMALL])
    with pytest.raises(ConfigError, match="not valid TOML"):
        append_sources("a = [", [SMALL])


LINE = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"]),
    min_size=1,
    max_size=12,
)
ADDRESS = st.text(string.ascii_letters + string.digits + "/?&=%-._~'\"\\", max_size=150).map(
    "https://x.example/".__add__
)
ADDRESSES = st.lists(ADDRESS, max_size=4, unique=True).map(tuple)
LANGUAGE = st.sampled_from(["en", "ru", "hy", "hyw", "ka", "az", "tr"])
SELECTORS = st.lists(
    st.sampled_from(["p", "div.a > p:not(.b)", 'a[href*="x"]', "i[title='y']", "#\\31 0", "h1"]),
    max_size=3,
    unique=True,
).map(tuple)
RULES = st.builds(
    Rules,
    title=SELECTORS,
    lead=SELECTORS,
    body=st.just(("article",)),
    date=SELECTORS,
    author=SELECTORS,
    related=SELECTORS,
    drop=SELECTORS,
    until=st.none() | st.dates(dt.date(2000, 1, 1), dt.date(2040, 1, 1)),
    proved=st.booleans(),
)
NUMBER = st.none() | st.floats(1, 3600).map(lambda x: round(x, 3))
PATHS = st.sampled_from(["title", "a.*.b", '**."x"', "ж.0"])
LISTED = st.builds(
    JsonList,
    items=PATHS,
    link=st.sampled_from(["/n/{id}", '{a."b"}', "https://x.example/{ж}"]),
    title=PATHS,
    date=st.none() | PATHS,
    id=st.none() | PATHS,
)
SOURCES = st.builds(
    Source,
    id=st.text("abc019-", min_size=2, max_size=40),
    name=LINE,
    homepage=ADDRESS,
    country=st.sampled_from(["ge", "int", "os"]),
    languages=st.lists(LANGUAGE, min_size=1, max_size=4, unique=True).map(tuple),
    feeds=st.lists(
        st.builds(FeedRef, url=ADDRESS, language=st.none() | LANGUAGE, enabled=st.booleans(), json=st.none() | LISTED),
        max_size=4,
        unique_by=lambda feed: feed.url,
    ).map(tuple),
    sitemaps=ADDRESSES,
    listings=st.just(("https://x.example/",)),
    timezone=st.sampled_from(["UTC", "Asia/Tbilisi"]),
    article_url=st.none() | st.sampled_from([r"^https?://x\.example/\d+'?$", r'"\d"', "x"]),
    hosts=st.lists(st.sampled_from(["a.example", "новости.example"]), unique=True).map(tuple),
    rules=st.lists(RULES, max_size=2).map(tuple),
    user_agent=st.none() | st.sampled_from(['Darial/9 "x"', "a\\b"]),
    pace_seconds=NUMBER,
    poll_min_minutes=st.none(),
    poll_max_minutes=NUMBER,
    revisit_hours=st.none() | st.sampled_from([(), (1.0, 24.5)]),
    enabled=st.booleans(),
    notes=st.none() | LINE,
)  # fmt: skip


@given(SOURCES)
@settings(max_examples=150, deadline=None)
def test_round_trip(source):
    """Whatever an outlet is, its entry reads back as the same outlet."""
    assert load_sources(source_entry(source)).sources == (source,)


def test_our_file_survives():
    """All outlets of this repository, written and read again, are the same."""
    ours = load_sources((ROOT / "sources.toml").read_text(encoding="utf-8")).sources
    assert load_sources("\n".join(map(source_entry, ours))).sources == ours
