"""The pure parts of the web application: access control, ETags, highlights, plots, words, health, numbers."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from scraper.codec import replace
from scraper.config.load import load_sources
from scraper.errors import StoreError
from scraper.model import (
    Entry,
    ExtractionStats,
    Fallback,
    FeedRef,
    FeedState,
    Healing,
    Pending,
    RunningRate,
    Source,
    SourceState,
)
from scraper.schedule.source_health import health_problems
from scraper.settings import is_loopback
from scraper.web import (
    article_page,
    formatting,
    numbers_page,
    outlet_health,
    plots,
    query_form,
    source_pages,
    templates,
    trend_page,
)
from scraper.web.access import TRIES, TRIES_SECONDS, AccessControl, cookie_of, host_in_header
from scraper.web.front_page import StoryRow, day_groups
from scraper.web.highlight import highlighted, hit_snippet, query_terms
from scraper.web.middleware import matches_etag
from scraper.web.plots import LinkedBar, PlotSeries
from scraper.web.query_form import FormQuery, form_query
from scraper.web.trend import Trend, TrendSeries
from storage.model import FacetCount, FailureRecord, Tally
from tests.support.stories import NOW

TOKEN = "a token of some length"

# ------------------------------------------------------------------------------------------ access control

HOSTS = {
    "localhost": ("localhost:8750", True),
    "an address": ("127.0.0.1:8750", True),
    "an address of the net": ("192.0.2.7", True),
    "IPv6": ("[::1]:8750", True),
    "our name": ("Press.Example", True),
    "our name with a dot": ("press.example.:80", True),
    "another name": ("evil.example", False),
    "a name that begins like ours": ("press.example.evil.example", False),
    "a name that points to us": ("127.0.0.1.evil.example", False),
    "nothing": ("", False),
    "no port": ("localhost:x", False),
    "half an address": ("[::1", False),
    "an address and more": ("[::1]evil:80", False),
}


@pytest.mark.parametrize("header, ours", HOSTS.values(), ids=HOSTS)
def test_hosts(header, ours):
    """Addresses, localhost and our own names are ours; a name that somebody made point here is not."""
    assert AccessControl(names=["press.example"]).is_our_name(header) is ours


KEYS = {
    "the cookie": ({"cookie": cookie_of(TOKEN)}, True),
    "the token": ({"token": TOKEN}, True),
    "the token as a cookie": ({"cookie": TOKEN}, False),
    "a cookie as the token": ({"token": cookie_of(TOKEN)}, False),
    "the cookie of another token": ({"cookie": cookie_of(TOKEN + "x")}, False),
    "half a token": ({"token": TOKEN[:-1]}, False),
    "nothing": ({}, False),
    "empty": ({"token": "", "cookie": ""}, False),
    "letters of other scripts": ({"token": "жетон ըղձ", "cookie": "\udcff"}, False),
}


@pytest.mark.parametrize("shown, known", KEYS.values(), ids=KEYS)
def test_keys(shown, known):
    """Only the token, and the cookie that is made of it, open the access."""
    assert AccessControl(TOKEN).knows(**shown) is known
    assert AccessControl().knows(**shown)


def test_wrong_tokens_are_counted():
    """After so many wrong tokens a client must wait, a minute from its first one on; others need not."""
    access = AccessControl(TOKEN)
    for n in range(TRIES):
        assert access.wait_seconds("a", float(n)) == 0
        access.was_wrong("a", float(n))
    assert access.wait_seconds("a", 10.0) == TRIES_SECONDS - 10
    assert access.wait_seconds("b", 10.0) == 0
    assert access.wait_seconds("a", TRIES_SECONDS) == 0


def test_clients_are_forgotten():
    """However many clients try, only some are remembered."""
    access = AccessControl(TOKEN)
    for n in range(10_200):
        access.was_wrong(str(n), 0.0)
    assert len(access._wrong) == 10_000


def test_loopback():
    """A name or an address that other machines reach is not loopback."""
    assert [h for h in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "0.0.0.0", "::", "press.example") if is_loopback(h)] == [
        "127.0.0.1", "127.9.9.9", "::1", "localhost",
    ]  # fmt: skip
    assert host_in_header("a.example:80") == "a.example"


# ------------------------------------------------------------------------------------------ ETags

ETAGS = {
    "the same": ('W/"a"', True),
    "the same, strong": ('"a"', True),
    "one of several": ('"b", W/"a"', True),
    "any": ("*", True),
    "another": ('W/"b"', False),
    "none": ("", False),
}


@pytest.mark.parametrize("asked, known", ETAGS.values(), ids=ETAGS)
def test_etags(asked, known):
    """Who has the body already need not get it again."""
    assert matches_etag(asked, 'W/"a"') is known


# ------------------------------------------------------------------------------------------ highlights

MARKS = {
    "a word": ("bridge", "The bridge opens.", ["bridge"]),
    "in its forms": ("МОСТ", "Мост открыт, мостом довольны", ["Мост", "мостом"]),
    "irregular forms": ("человек", "Люди и человек", ["Люди", "человек"]),
    "a first letter of another alphabet": ("совет", "Новый \u0063овет", ["\u0063овет"]),
    "exactly": ("=МОСТ", "Мост открыт, мостом довольны", ["Мост"]),
    "a name in another alphabet": ("Алиев", "Azərbaycanda Əliyevin sözü", ["Əliyevin"]),
    "a place": (
        "Москва",
        "მოსკოვში; in Moscow; Մոսկվայի; moskova; Московия",
        ["მოსკოვში", "Moscow", "Մոսկվայի"],
    ),
    "a beginning": ("мост*", "Мост открыт, мостом довольны", ["Мост", "мостом"]),
    "a phrase": ('"bridge opens"', "The bridge opens", ["bridge", "opens"]),
    "unwanted": ("bridge -opens", "The bridge opens", ["bridge"]),
    "either": ("bridge OR opens", "OR bridge", ["bridge"]),
    "Armenian ligature": ("երեւան", "Երևան քաղաք", ["Երևան"]),
    "Georgian capitals": ("ᲮᲘᲓᲘ", "ხიდი გაიხსნა", ["ხიდი"]),
    "dotted i": ("igdir", "Iğdır'da", ["Iğdır"]),
    "accents": ("cafe", "Café", ["Café"]),
    "Latin letters in a Russian word": ("м\u006f\u0063т", "мост", ["мост"]),
    "within a word": ("bridge", "abridged", []),
    "only signs": ("?! *", "What?!", []),
}


@pytest.mark.parametrize("query, text, found", MARKS.values(), ids=MARKS)
def test_highlights(query, text, found):
    """The words that the search found are marked, in every script; nothing of the text is lost."""
    pieces = highlighted(text, query_terms(query))
    assert [piece.text for piece in pieces if piece.found] == found
    assert "".join(piece.text for piece in pieces) == text


def test_snippets():
    """A snippet is the part of the first paragraph with a word looked for, cut between words."""
    filler = "lorem ipsum dolor " * 20
    shown = "".join(
        p.text for p in hit_snippet(["Nothing here.", f"{filler}the bridge {filler}"], query_terms("bridge"))
    )
    assert "the bridge" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 260
    assert hit_snippet(["Nothing here."], query_terms("bridge")) == ()
    assert "".join(p.text for p in hit_snippet(["A bridge."], query_terms("bridge"))) == "A bridge."


# ------------------------------------------------------------------------------------------ what is asked

OUTLETS = [
    Source(id=id_, name=id_, homepage=f"https://{id_}.example/", country=country, languages=("en",))
    for id_, country in (("a", "ge"), ("b", "ge"), ("c", "am"))
]
FILTERS = {
    "nothing": ({}, {}),
    "a country": ({"country": ("ge",)}, {"sources": ("a", "b")}),
    "a country and an outlet of it": ({"country": ("ge",), "source": ("b",)}, {"sources": ("b",)}),
    "a country and an outlet of another": ({"country": ("ge",), "source": ("c",)}, {"sources": ("-",)}),
    "two countries": ({"country": ("am", "ge")}, {"sources": ("a", "b", "c")}),
    "two languages": ({"language": ("ka", "hy")}, {"languages": ("ka", "hy")}),
    "a country without outlets": ({"country": ("fr",)}, {"sources": ("-",)}),
    "a language": ({"language": ("ka",)}, {"languages": ("ka",)}),
    "hours": ({"time": "24h"}, {"since": NOW - timedelta(days=1)}),
    "yesterday": (
        {"time": "yesterday"},
        {"since": NOW.replace(day=22, hour=0), "until": NOW.replace(day=23, hour=0)},
    ),
    "today, and no day behind it": (
        {"time": "today", "until": "2026-11-23"},
        {"since": NOW.replace(hour=0), "until": NOW.replace(day=24, hour=0)},
    ),
    "an unknown time": ({"time": "99y"}, {}),
    "days": (
        {"since": "2026-11-01", "until": "2026-11-02"},
        {
            "since": NOW.replace(day=1, hour=0),
            "until": NOW.replace(day=3, hour=0),
        },
    ),
    "hours within days": ({"since": "2026-11-01", "time": "24h"}, {"since": NOW - timedelta(days=1)}),
    "headlines": ({"within": "related"}, {"within": "related"}),
    "nowhere": ({"within": "elsewhere"}, {}),
}


@pytest.mark.parametrize("asked, expected", FILTERS.values(), ids=FILTERS)
def test_filters(asked, expected):
    """What the form says becomes what the store is asked."""
    got = query_form.filters(FormQuery(**asked), OUTLETS, NOW, UTC)
    assert got == replace(query_form.filters(FormQuery(), OUTLETS, NOW, UTC), **expected)


def test_days_are_those_of_the_zone():
    """A day begins at midnight in the time zone of the pages."""
    got = query_form.filters(FormQuery(since="2026-11-23"), OUTLETS, NOW, ZoneInfo("Asia/Tbilisi"))
    assert got.since == NOW.replace(day=22, hour=20)
    got = query_form.filters(FormQuery(time="yesterday"), OUTLETS, NOW, ZoneInfo("Asia/Tbilisi"))
    assert (got.since, got.until) == (NOW.replace(day=21, hour=20), NOW.replace(day=22, hour=20))


@pytest.mark.parametrize("day", ["2026-02-30", "9999-12-31", "0001-01-01", "yesterday"])
def test_a_date_that_is_none(day):
    """A date that is none, or that no calendar can go on from, is told."""
    with pytest.raises(StoreError) as refusal:
        query_form.filters(FormQuery(until=day), OUTLETS, NOW, UTC)
    assert refusal.value.code == "bad_filter"


def test_addresses():
    """The address of a page has what is asked for, and nothing else."""
    asked = FormQuery(q="a & b", language=("ka", "hy"), before=7)
    assert asked.address() == "/latest?q=a+%26+b&language=ka&language=hy"
    assert asked.address(before=3, language=()) == "/latest?q=a+%26+b&before=3"
    assert asked.address("/feed.atom", q="") == "/feed.atom?language=ka&language=hy"
    assert FormQuery().address() == "/latest"
    assert not FormQuery(page=2).is_narrowed


def test_addresses_are_read():
    """What an address says is read back; unknown fields and empty ones are left out, cursors that are none refused."""
    pairs = [("q", " x "), ("country", "am"), ("country", "az"), ("country", "am"), ("source", ""), ("order", "best"),
             ("page", "3"), ("struct", "1"), ("__class__", "2")]  # fmt: skip
    assert form_query(pairs) == FormQuery(q="x", country=("am", "az"), order="best", page=3)
    assert form_query([("page", "0")]).page == 1
    with pytest.raises(StoreError, match="at most 18 digits"):
        form_query([("before", "9" * 26)])


def test_a_form_as_a_watch():
    """What can be a watch is shown as one that the sources file reads back, without its time."""
    form = FormQuery(q='"a \\ b" OR é', country=("am", "az"), language=("hy",))
    settings = load_sources(
        query_form.watch_table(form).replace("https://...", "https://hook.example/")
    ).settings
    (watch,) = settings.watch
    assert (watch.query, watch.countries, watch.languages, watch.sources) == (
        form.q,
        form.country,
        form.language,
        (),
    )
    assert settings.notify[0].watch == watch.id
    assert query_form.watch_table(replace(form, time="24h", since="2026-11-01")) == query_form.watch_table(
        form
    )
    for other in (FormQuery(), FormQuery(time="24h"), FormQuery(q="x", within="related")):
        assert query_form.watch_table(other) is None


# ------------------------------------------------------------------------------------------ words


def test_times_beside_times():
    """A time beside another one says no more than is needed."""
    assert formatting.short_time(NOW, NOW) == "06:00"
    assert formatting.short_time(NOW - timedelta(days=1), NOW) == "22 Nov 06:00"
    assert formatting.short_time(NOW - timedelta(days=400), NOW) == "19 Oct 2025"


READABLE = {
    "Armenian": ("https://a.example/%D5%AC%D5%B8%D6%82%D6%80", "https://a.example/լուր"),
    "a blank stays a code": ("https://a.example/a%20b%0A", "https://a.example/a%20b%0A"),
    "no UTF-8": ("https://a.example/%E0", "https://a.example/%E0"),
    "what turns text around": ("https://a.example/%E2%80%AEx", "https://a.example/%E2%80%AEx"),
}


@pytest.mark.parametrize("url, shown", READABLE.values(), ids=READABLE)
def test_addresses_for_people(url, shown):
    """An address is shown with its letters; what cannot be seen stays a code."""
    assert formatting.readable_address(url) == shown


def test_reasons_in_words():
    """Why a revision was stored is said without our keys."""
    assert article_page.why_in_words("known by u:a.example/x; text changed") == (
        "text changed (known again by the address a.example/x)"
    )
    assert article_page.why_in_words("new: none of its addresses was known") == "new here"


LINKS = {
    "https": ("https://a.example/x", True),
    "http": ("http://a.example", True),
    "javascript": ("javascript:alert(1)", False),
    "javascript in capitals": ("JaVaScRiPt:alert(1)", False),
    "javascript behind a blank": (" javascript:alert(1)", False),
    "data": ("data:text/html,<script>alert(1)</script>", False),
    "no host": ("https:///x", False),
    "relative": ("/x", False),
    "no scheme": ("//a.example/x", False),
    "a bad address": ("http://[::1", False),
    "nothing": (None, False),
    "file": ("file:///etc/passwd", False),
}


@pytest.mark.parametrize("url, linked", LINKS.values(), ids=LINKS)
def test_only_web_addresses_are_linked(url, linked):
    """An address that could run something, or lead into this machine's files, is text and no link."""
    assert (templates.web_address(url) is not None) is linked


# ------------------------------------------------------------------------------------------ plots

SCALES = {
    "nothing": (0, (1.0, [0.0, 1.0])),
    "one": (1, (1.0, [0.0, 1.0])),
    "seven": (7, (8.0, [0.0, 2.0, 4.0, 6.0, 8.0])),
    "thousands": (3700, (4000.0, [0.0, 1000.0, 2000.0, 3000.0, 4000.0])),
    "a little over": (41, (60.0, [0.0, 20.0, 40.0, 60.0])),
}


@pytest.mark.parametrize("highest, expected", SCALES.values(), ids=SCALES)
def test_scales(highest, expected):
    """Axes end at or above the highest value, at round numbers."""
    assert plots.axis_scale(highest) == expected


def test_plots_are_xml():
    """Plots are well-formed, whatever the names; what is drawn is as high as its value says."""
    hostile = '"><script>alert(1)</script>&'
    svg = plots.stacked_columns(
        ["a", hostile], [PlotSeries(hostile, (1, 4)), PlotSeries("b", (3, 0))], title=hostile, unit="x"
    )
    root = ET.fromstring(svg)
    assert "script" not in {element.tag for element in root.iter()}
    heights = [float(rect.get("height")) for rect in root.iter("rect")]
    assert heights == [heights[0], heights[0] * 3, heights[0] * 4]
    ET.fromstring(plots.sparkline((0, 3, 1), title=hostile))
    ET.fromstring(plots.stacked_columns([], [], title="", unit=""))


def test_columns_that_lead_somewhere():
    """Linked columns are links with their number in words, inside a group: an image has no links."""
    root = ET.fromstring(plots.linked_spark([LinkedBar(3, "Mon: 3", "/x?a=1&b=2")], title="t"))
    (link,) = root
    assert (root.get("role"), link.get("href"), link.get("aria-label")) == ("group", "/x?a=1&b=2", "Mon: 3")
    root = ET.fromstring(plots.stacked_columns(["a"], [PlotSeries("s", (2,), ("/y",))], title="t", unit="x"))
    assert root.get("role") == "group"
    assert [a.get("href") for a in root.iter("a")] == ["/y"]


# ------------------------------------------------------------------------------------------ health

STATE = SourceState(
    source="a",
    last_poll=NOW,
    last_success=NOW,
    last_new=NOW,
    interval_seconds=900.0,
    due=NOW + timedelta(minutes=15),
)
WAITING = (Pending(entry=Entry(url="https://a.example/1"), code="http_404"),) * 2
ELSEWHERE = Fallback(url="https://a.example/latest", how="listing", origin="configured")
AILMENTS = {
    "well": ({}, []),
    "never polled": ({"last_poll": None}, ["unpolled"]),
    "failing": ({"failures": 3, "error": "timeout", "failing_since": NOW}, ["failing"]),
    "failed once": ({"failures": 1, "error": "timeout"}, ["unsteady"]),
    "articles that cannot be had": ({"pending": WAITING}, ["unreadable"]),
    "a gap": ({"gap_since": NOW}, ["gap"]),
    "a month of failures": (
        {"failures": 90, "error": "timeout", "failing_since": NOW - timedelta(days=30)},
        ["dead"],
    ),
    "silent": ({"last_new": NOW - timedelta(days=4)}, ["silent"]),
    "drift": ({"yields": ExtractionStats(drift=("undated",), drift_since=NOW)}, ["drift"]),
    "doubtful bodies": ({"yields": ExtractionStats(doubtful=RunningRate(recent=0.4))}, ["doubtful"]),
    "read in another way": ({"healing": Healing(reason="http_404", since=NOW, used=ELSEWHERE)}, ["replaced"]),
    "moved": (
        {"feeds": (FeedState(url="https://a.example/rss", moved_to="https://a.example/new", moved_count=3),)},
        ["moved"],
    ),
    "back again": (
        {"healing": Healing(reason="http_404", since=NOW, used=ELSEWHERE, over=NOW)},
        ["restored"],
    ),
    "another way is searched for": (
        {
            "failures": 3,
            "error": "http_404",
            "healing": Healing(reason="http_404", since=NOW, tried=("a", "b")),
        },
        ["failing"],
    ),
    "several": ({"failures": 9, "error": "http_403", "gap_since": NOW}, ["failing", "gap"]),
}


@pytest.mark.parametrize("more, kinds", AILMENTS.values(), ids=AILMENTS)
def test_ailments(more, kinds):
    """What is wrong with an outlet is named, in words, the worst first."""
    found = list(health_problems(replace(STATE, **more), NOW, (2,) * 30))
    assert [ailment.kind for ailment in found] == kinds
    assert all(ailment.words and "_" not in ailment.words for ailment in found)


def test_a_quiet_outlet_is_not_silent():
    """An outlet that never printed much may be silent for days."""
    old = replace(STATE, last_new=NOW - timedelta(days=9))
    assert list(health_problems(old, NOW, (0,) * 29 + (1,))) == []


def test_health():
    """The ailing come first, by how bad it is; each has its feeds, what they said last, and its articles a day."""
    feeds = (
        FeedState(url="https://b.example/feed", asked=NOW),
        FeedState(url="https://b.example/old", asked=NOW, moved_to="x"),
    )
    states = {
        "a": replace(STATE, source="a"),
        "b": replace(STATE, source="b", failures=5, error="http_403", feeds=feeds),
        "gone": replace(STATE, source="gone", gap_since=NOW),
    }
    outlets = [
        replace(outlet, feeds=(FeedRef(url=f"https://{outlet.id}.example/feed"),)) for outlet in OUTLETS
    ]
    failures = [
        FailureRecord(at=NOW, source="b", url="https://b.example/feed", code="http_403", message="HTTP 403"),
        FailureRecord(at=NOW, source="b", url=None, code="timeout", message=""),
        FailureRecord(at=NOW - timedelta(hours=1), source="b", url="https://b.example/old", code="timeout", message=""),
    ]  # fmt: skip
    tallies = [
        Tally(day="2026-11-23", source="b", language="en", delay=1, articles=3, copies=0, headlines=0),
        Tally(day="2026-11-23", source="b", language="ru", delay=None, articles=2, copies=0, headlines=0),
        Tally(day="2020-01-01", source="b", language="ru", delay=None, articles=9, copies=0, headlines=0),
    ]
    found = outlet_health.source_statuses(states, outlets, failures, tallies, NOW)
    assert [h.source for h in found] == ["b", "gone", "c", "a"]
    worst = found[0]
    assert (worst.articles, worst.series[-1], len(worst.series)) == (5, 5, 30)
    assert [(f.url, f.trouble, f.notes) for f in worst.feeds] == [
        ("https://b.example/feed", "the server forbids access (many servers refuse programs)", ()),
        ("https://b.example/old", None, ("has moved to x",)),
    ]


# ------------------------------------------------------------------------------------------ numbers


def tally(day, source, articles, **more):
    values = {"language": "en", "delay": None, "copies": 0, "headlines": 0} | more
    return Tally(day=day, source=source, articles=articles, **values)


def count(day, source, articles, language="en"):
    return FacetCount(source=source, language=language, day=date.fromisoformat(day), articles=articles)


def numbers_of(counts=(), tallies=()):
    countries = {"a": "am", "b": "ge"}
    return numbers_page.numbers_page(counts, tallies, NOW.date(), 7, str.upper, countries)


def test_numbers():
    """Sums, plots and tables say the same; what is older than the days asked for is left out."""
    counts = [
        count("2026-11-23", "a", 4),
        count("2026-11-22", "b", 6, "ru"),
        count("2026-11-22", "b", 2, None),
        count("2026-01-01", "c", 100),
    ]
    tallies = [
        tally("2026-11-23", "a", 4, delay=0, copies=1, headlines=8),
        tally("2026-11-22", "b", 6, delay=3, language="ru"),
        tally("2026-11-22", "b", 2, language=None),
        tally("2026-01-01", "c", 100),
    ]
    got = numbers_of(counts, tallies)
    assert (got.articles, got.outlets) == (12, 2)
    by_country, by_language, by_source = got.content
    assert by_country.columns == ("day", "Georgia", "Armenia", "all")
    assert by_language.legend == ("Russian", "English", "unknown")
    assert by_source.legend == ("B", "A")
    row = by_source.rows[1]
    assert (row.name, [cell.articles for cell in row.cells], row.total.articles) == ("22 Nov", [8, 0], 8)
    assert row.cells[0].href == "/latest?source=b&since=2026-11-22&until=2026-11-22"
    delay, copies, headlines = got.figures
    assert delay.table.rows[0] == ("≤ 5 min", 4, "40 %", "40 %")
    assert delay.table.rows[3] == ("≤ 30 min", 6, "60 %", "100 %")
    assert "10 articles" in delay.caption.about
    assert copies.table.rows[0] == ("2026-11-23", 3, 1, 4)
    assert headlines.table.rows[0] == ("2026-11-23", 8)
    assert got.by_outlet.rows == (
        ("B", 8, 1.1, "Russian, unknown", "≤ 30 min", "0 %", 0.0),
        ("A", 4, 0.6, "English", "≤ 5 min", "25 %", 2.0),
    )
    for figure in (*got.figures, *got.content):
        ET.fromstring(figure.svg)


def test_numbers_of_nothing():
    """An empty store has numbers too."""
    got = numbers_of()
    assert (got.articles, got.by_outlet.rows) == (0, ())
    for figure in (*got.figures, *got.content):
        ET.fromstring(figure.svg)


def test_many_outlets_are_summed_up():
    """The largest have colours of their own, the others one together."""
    figure = numbers_of([count("2026-11-23", f"o{n}", n + 1) for n in range(12)]).content[2]
    assert len(figure.legend) == 9
    assert figure.legend[-1] == "4 others"
    assert figure.rows[0].total.articles == sum(range(1, 13))


# ------------------------------------------------------------------------------------------ sources


def statuses(**states):
    outlets = [replace(one, name=one.id.upper()) for one in OUTLETS]
    return outlet_health.source_statuses(states, outlets, [], [], NOW)


def test_sources_are_chosen_and_sorted():
    """Sources are found by name and country, and listed by country, name, articles or last new article."""
    found = statuses(
        a=replace(STATE, source="a"), b=replace(STATE, source="b", last_new=NOW - timedelta(days=1))
    )
    asked = source_pages.source_query({"find": " B ", "country": "ge", "sort": "x", "more": "1"})
    assert [h.source for h in source_pages.narrowed_sources(found, asked)] == ["b"]
    groups = source_pages.grouped(found, source_pages.SourceQuery())
    assert [(g.name, [h.source for h in g.sources]) for g in groups] == [
        ("Armenia", ["c"]),
        ("Georgia", ["a", "b"]),
    ]
    (newest,) = source_pages.grouped(found, source_pages.SourceQuery(sort="new"))
    assert [h.source for h in newest.sources] == ["a", "b", "c"]


def test_never_polled_is_no_fault():
    """What was never polled, after an import say, does not hide what is broken."""
    found = statuses(b=replace(STATE, source="b", failures=5, error="http_403"))
    assert [h.source for h in source_pages.need_attention(found)] == ["b"]
    assert [h.source for h in found if source_pages.is_unpolled(h)] == ["a", "c"]


def test_one_colour_is_one_country():
    """Trends side by side have the same series in the same order, also where a word has none."""
    span = (date(2026, 11, 22), date(2026, 11, 23))

    def counted(query, **countries):
        series = tuple(TrendSeries(code, counts) for code, counts in countries.items())
        return Trend(query=query, by="country", step="day", span=span, steps=span, series=series)

    found = trend_page.in_one_order([counted("a", am=(3, 0), ge=(1, 1)), counted("b", ge=(4, 4), ru=(0, 1))])
    assert [[(s.value, s.counts) for s in one.series] for one in found] == [
        [("ge", (1, 1)), ("am", (3, 0)), ("ru", (0, 0))],
        [("ge", (4, 4)), ("am", (0, 0)), ("ru", (0, 1))],
    ]


def test_a_day_has_one_section():
    """What came around midnight, in another order than it is listed, does not begin the next day again."""
    row = StoryRow(
        id="1", source="s", title=(), snippet=(), language=None, came=NOW, status="", revision=1, carriers=(),
        more=0, outlets=1,
    )  # fmt: skip
    midnight = NOW.replace(hour=0, minute=0)
    times = [midnight + timedelta(minutes=m) for m in (5, -5, 1, -9)]
    days = day_groups([replace(row, came=at) for at in times], UTC)
    assert [[line.came for line in day.lines] for day in days] == [times[:1], times[1:]]
    assert [day.day.date() for day in days] == [midnight.date(), (midnight - timedelta(days=1)).date()]
