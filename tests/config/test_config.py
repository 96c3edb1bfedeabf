"""sources.toml: what loads, what is refused, and how each mistake is told."""

from __future__ import annotations

import datetime as dt
import re
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.codec import field_names
from scraper.config import load as config
from scraper.config.load import load_sources
from scraper.errors import ConfigError
from scraper.model import FeedRef, JsonList, Rules, Source
from scraper.settings import Notify, Settings, StoreSettings, Watch, settings_keys
from tests.support.shared import ROOT, shared

SMALLEST = """
[[source]]
id = "valley-post"
name = "The Valley Post"
homepage = "https://valley.example/"
country = "ge"
languages = ["ka"]
feeds = [{ url = "https://valley.example/feed" }]
"""

EVERYTHING = r"""
[settings]
user_agent = "Darial/9"
contact = "https://desk.example/about"
max_in_flight = 8
pace_seconds = 2
poll_min_minutes = 10
poll_max_minutes = 60
feed_timeout_seconds = 10
page_timeout_seconds = 20.5
max_pages_per_poll = 5
revisit_hours = [2, 48]
max_related_per_day = 7
allow_private_hosts = ["127.0.0.1", "10.0.0.0/8", "wiki.internal"]

[store]
archive = true
archive_max_mb = 100
compact = true
keep_days = 365

[[notify]]
id = "night-desk"
url = "https://desk.example/hook"
secret = "a long line that nobody guesses"
languages = ["hy", "ka"]
sources = ["gorge-times"]
words = ["bridge"]
watch = "bridges"
enabled = false

[[watch]]
id = "bridges"
query = "bridge OR tunnel"
sources = ["gorge-times"]
countries = ["ge"]
languages = ["ka"]
to = ["json://desk.example"]
every = "day"
at = "07:30"
quiet = "22:00-07:00"
timezone = "Asia/Tbilisi"
template = "{title} {link}"

[[watch]]
id = "region"
min_outlets = 4
min_countries = 2

[[source]]
id = "gorge-times"
name = "Хроника ущелья"
homepage = "https://gorge.example/"
country = "os"
languages = ["ru", "os"]
timezone = "Europe/Moscow"
feeds = [
  { url = "https://gorge.example/rss", language = "ru" },
  { url = "https://gorge.example/old", enabled = false },
  { url = "https://t.me/s/gorge", kind = "telegram" },
  { url = "https://gorge.example/api", json = { items = "data.*.rows", link = "/n/{id}-{slug.ru}", title = "title.ru", date = "at", id = "id" } },
]
sitemaps = ["https://gorge.example/sitemap.xml"]
listings = ["https://gorge.example/news?page=1"]
article_url = '^https://gorge\.example/([a-z]+/)+\d+$'
hosts = ["gorge-mirror.example"]
user_agent = "Mozilla/5.0 (compatible; Darial/9)"
proxy = "socks5://proxy.example:1080"
browser = true
pace_seconds = 3
poll_min_minutes = 15
poll_max_minutes = 45
revisit_hours = []
pages = false
enabled = false
notes = "Closed on Mondays."

[[source.rules]]
title = ["h1"]
lead = ["p.lead"]
body = ["div.text", "div[data-kind='text']"]
date = ["time[datetime]"]
author = [".by"]
related = ["ul.more:has(a)"]
drop = [".ad"]
until = 2025-11-04

[[source.rules]]
body = ["article"]
proved = true
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        load_sources(text)
    return error.value.problems


def with_line(line: str) -> str:
    """The smallest file with one key set; what it sets replaces the same key."""
    key = line.partition("=")[0].strip()
    kept = [old for old in SMALLEST.splitlines() if old.partition("=")[0].strip() != key]
    return "\n".join([*kept, line])


def test_the_smallest_entry():
    """Six keys are enough; everything else has a default."""
    (source,) = load_sources(SMALLEST).sources
    assert source == Source(
        id="valley-post",
        name="The Valley Post",
        homepage="https://valley.example/",
        country="ge",
        languages=("ka",),
        feeds=(FeedRef(url="https://valley.example/feed"),),
    )
    assert source.enabled
    assert source.timezone == "UTC"


def test_every_key():
    """Every key of the format arrives in its field, with its type."""
    found = load_sources(EVERYTHING)
    assert found.settings == Settings(
        user_agent="Darial/9",
        contact="https://desk.example/about",
        max_in_flight=8,
        pace_seconds=2.0,
        poll_min_minutes=10.0,
        poll_max_minutes=60.0,
        feed_timeout_seconds=10.0,
        page_timeout_seconds=20.5,
        max_pages_per_poll=5,
        revisit_hours=(2.0, 48.0),
        max_related_per_day=7,
        allow_private_hosts=("127.0.0.1", "10.0.0.0/8", "wiki.internal"),
        store=StoreSettings(archive=True, archive_max_mb=100.0, compact=True, keep_days=365.0),
        notify=(
            Notify(
                id="night-desk",
                url="https://desk.example/hook",
                secret="a long line that nobody guesses",
                languages=("hy", "ka"),
                sources=("gorge-times",),
                words=("bridge",),
                watch="bridges",
                enabled=False,
            ),
        ),
        watch=(
            Watch(
                id="bridges",
                query="bridge OR tunnel",
                sources=("gorge-times",),
                countries=("ge",),
                languages=("ka",),
                to=("json://desk.example",),
                every="day",
                at="07:30",
                quiet="22:00-07:00",
                timezone="Asia/Tbilisi",
                template="{title} {link}",
            ),
            Watch(id="region", min_outlets=4, min_countries=2),
        ),
    )
    (source,) = found.sources
    assert source == Source(
        id="gorge-times",
        name="Хроника ущелья",
        homepage="https://gorge.example/",
        country="os",
        languages=("ru", "os"),
        timezone="Europe/Moscow",
        feeds=(
            FeedRef(url="https://gorge.example/rss", language="ru"),
            FeedRef(url="https://gorge.example/old", enabled=False),
            FeedRef(url="https://t.me/s/gorge", kind="telegram"),
            FeedRef(
                url="https://gorge.example/api",
                json=JsonList(
                    items="data.*.rows", link="/n/{id}-{slug.ru}", title="title.ru", date="at", id="id"
                ),
            ),
        ),
        sitemaps=("https://gorge.example/sitemap.xml",),
        listings=("https://gorge.example/news?page=1",),
        article_url=r"^https://gorge\.example/([a-z]+/)+\d+$",
        hosts=("gorge-mirror.example",),
        rules=(
            Rules(
                title=("h1",),
                lead=("p.lead",),
                body=("div.text", "div[data-kind='text']"),
                date=("time[datetime]",),
                author=(".by",),
                related=("ul.more:has(a)",),
                drop=(".ad",),
                until=dt.date(2025, 11, 4),
            ),
            Rules(body=("article",), proved=True),
        ),
        user_agent="Mozilla/5.0 (compatible; Darial/9)",
        proxy="socks5://proxy.example:1080",
        browser=True,
        pace_seconds=3.0,
        poll_min_minutes=15.0,
        poll_max_minutes=45.0,
        revisit_hours=(),
        pages=False,
        enabled=False,
        notes="Closed on Mondays.",
    )


def test_every_field_has_a_key():
    """A field added to the types is either a key of the file (and of the example above) or a bug."""
    data = tomllib.loads(EVERYTHING)
    (source,) = data["source"]

    def fields(kind):
        return {field.name for field in field_names(kind)}

    assert set(source) == fields(Source)
    assert {key for feed in source["feeds"] for key in feed} == fields(FeedRef)
    assert {key for feed in source["feeds"] for key in feed.get("json", ())} == fields(JsonList)
    assert {key for rules in source["rules"] for key in rules} == fields(Rules)
    assert set(data["settings"]) == set(settings_keys("settings"))
    assert set(data["store"]) == fields(StoreSettings)
    assert {key for hook in data["notify"] for key in hook} == fields(Notify)
    assert {key for watch in data["watch"] for key in watch} == fields(Watch)


VALID = {
    "no feed, but a listing": 'feeds = []\nlistings = ["https://valley.example/"]',
    "no feed, but a sitemap": 'feeds = []\nsitemaps = ["https://valley.example/s.xml"]',
    "nothing to poll, but switched off": "feeds = []\nenabled = false",
    "no country": 'country = "int"',
    "a country that ISO does not know": 'country = "ab"',
    "a language of three letters": 'languages = ["hyw", "en"]',
    "a host name in letters of its own": 'hosts = ["новости.example"]',
    "whole numbers for seconds": "pace_seconds = 0",
    "a byte order mark": "\ufeff" + SMALLEST,
}


@pytest.mark.parametrize("line", VALID.values(), ids=VALID)
def test_valid(line):
    """These are no mistakes."""
    assert len(load_sources(line if line.startswith("\ufeff") else with_line(line)).sources) == 1


def test_an_empty_file_has_no_outlets():
    """A file to begin with: no outlets, all defaults."""
    assert load_sources("") == config.Sources()


MISTAKES = {
    # name: (line, what the message says after "valley-post: ")
    "unknown key": ("feed = []", 'feed: unknown key (did you mean "feeds"?); allowed are id, name,'),
    "key of another life": ("colour = 1", "colour: unknown key; allowed are id, name,"),
    "unknown key of a feed": (
        'feeds = [{ url = "https://valley.example/f", lang = "ka" }]',
        'feeds[0].lang: unknown key (did you mean "language"?)',
    ),
    "feed without address": ("feeds = [{}]", "feeds[0].url: is missing"),
    "feed as text": ('feeds = ["https://valley.example/f"]', "feeds[0]: must be a table with url, language, enabled"),
    "JSON without a link": ('feeds = [{ url = "https://valley.example/f", json = { items = "a" } }]', "feeds[0].json.link: is missing"),
    "JSON of no shape": ('feeds = [{ url = "https://valley.example/f", json = true }]', "feeds[0].json: must be a table with items, link, title, date, id"),
    "a path with a hole": ('feeds = [{ url = "https://valley.example/f", json = { items = "a..b", link = "/{id}" } }]', 'feeds[0].json.items: "a..b" has an empty name'),
    "a path too deep": ('feeds = [{ url = "https://valley.example/f", json = { items = "**.a.**", link = "/{id}" } }]', 'feeds[0].json.items: "**.a.**" goes to any depth more than once'),
    "a path with a blank": ('feeds = [{ url = "https://valley.example/f", json = { items = "a", link = "/{id}", date = "a. b" } }]', 'feeds[0].json.date: "a. b" has an empty name or a blank beside a dot'),
    "a link for all": ('feeds = [{ url = "https://valley.example/f", json = { items = "a", link = "/news" } }]', 'feeds[0].json.link: "/news" names no field of an item, as in "/news/{id}"'),
    "a link with half a brace": ('feeds = [{ url = "https://valley.example/f", json = { items = "a", link = "/{a}/{b" } }]', 'feeds[0].json.link: "/{a}/{b" has a brace without its other half'),
    "a link of nothing": ('feeds = [{ url = "https://valley.example/f", json = { items = "a", link = "/{}" } }]', 'feeds[0].json.link: "/{}" names {}, which has an empty name'),
    "feeds as text": ('feeds = "https://valley.example/f"', "feeds: must be a list of feeds, like { url ="),
    "id with capitals": ('id = "Valley"', "id: must be 2 to 40 of the characters a-z, 0-9 and -"),
    "id with a slash": ('id = "../etc"', "id: must be 2 to 40"),
    "id too long": (f'id = "{"x" * 41}"', "id: must be 2 to 40"),
    "name empty": ('name = " "', 'name: must be a text of one line, not " "'),
    "name with an escape": ('name = "a\\u001b[2J"', "name: must be a text of one line, not 'a\\x1b[2J'"),
    "name a number": ("name = 3", "name: must be a text of one line, not 3"),
    "homepage ftp": ('homepage = "ftp://x.example/"', "homepage: must be an http or https address"),
    "homepage without host": ('homepage = "https:///x"', "homepage: must be an http or https address"),
    "homepage with a port that is none": ('homepage = "https://x.example:99999/"', "homepage: must be an http"),
    "homepage with a password": ('homepage = "https://a:b@x.example/"', "homepage: must be an address without a user"),
    "homepage not text": ("homepage = []", "homepage: must be an http or https address, not a list"),
    "address with a placeholder": ('listings = ["https://x.example/{slug}"]', "listings[0]: must be an address that"),
    "address with a space": ('sitemaps = ["https://x.example/a b"]', "sitemaps[0]: must be an http or https"),
    "address too long": (f'listings = ["https://x.example/{"a" * 2048}"]', "listings[0]: must be an address of at most"),
    "address twice": (
        'listings = ["https://x.example/", "https://x.example/"]',
        'listings[1]: "https://x.example/" stands twice',
    ),
    "a host that is none": ('homepage = "http://xn--a/"', "homepage: must be an address that can be asked"),
    "a listing at an emoji": ('listings = ["https://xn--ls8h.la/"]', "listings[0]: must be an address that can be asked"),
    "own host that is none": ('hosts = ["xn--0.pt"]', "hosts[0]: must be an address that can be asked"),
    "country in capitals": ('country = "GE"', 'not "GE" (did you mean "ge"?)'),
    "country unknown": ('country = "xx"', "country: must be a country code of ISO 3166 in lower case"),
    "language by name": ('languages = ["english"]', 'not "english" (did you mean "en"?)'),
    "language unknown": ('languages = ["en", "qq"]', "languages[1]: must be a language code of ISO 639"),
    "no language": ("languages = []", "languages: must name at least 1"),
    "language twice": ('languages = ["en", "en"]', 'languages[1]: "en" stands twice in this list'),
    "time zone by city": ('timezone = "Tbilisi"', '(did you mean "Asia/Tbilisi"?)'),
    "time zone misspelt": ('timezone = "Asia/Tiblisi"', '(did you mean "Asia/Tbilisi"?)'),
    "time zone a folder": ('timezone = "Asia"', "timezone: must be a time zone of the IANA list"),
    "time zone a path": ('timezone = "../../etc/passwd"', "timezone: must be a time zone of the IANA list"),
    "time zone a number": ("timezone = 4", "timezone: must be a time zone of the IANA list, like Asia/Tbilisi, not 4"),
    "pattern broken": ("article_url = '^https://(x'", "is no regular expression: missing )"),
    "pattern that looks ahead": ("article_url = '/(?!tag/)'", "invalid perl operator: (?!; RE2 reads it"),
    "pattern empty": ('article_url = ""', "article_url: must be a regular expression"),
    "host with a scheme": ('hosts = ["https://x.example"]', "hosts[0]: must be a host name, like example.org"),
    "host in capitals": ('hosts = ["X.example"]', "hosts[0]: must be a host name in lower case"),
    "selector broken": ('rules = [{ body = ["div..x"] }]', 'rules[0].body[0]: must be a CSS selector, not "div..x"'),
    "selector of jQuery": ('rules = [{ body = ["p:contains(x)"] }]', "rules[0].body[0]: must be a CSS selector"),
    "selector empty": ('rules = [{ body = [" "] }]', "rules[0].body[0]: must be a CSS selector"),
    "selector not in a list": ('rules = [{ body = "p" }]', 'rules[0].body: must be a list of CSS selectors, not "p"'),
    "rules with nothing to select": ("rules = [{ proved = true }]", "rules[0]: must have at least one of title, lead,"),
    "rules with a date as text": (
        'rules = [{ body = ["p"], until = "2025-11-04" }]',
        "rules[0].until: must be a date, like 2026-01-31 (without quotes)",
    ),
    "rules with a time": ('rules = [{ body = ["p"], until = 2025-11-04T10:00:00 }]', "rules[0].until: must be a date"),
    "agent with a line break": ('user_agent = "a\\r\\nX: y"', "user_agent: must be one line of ASCII characters"),
    "agent not ASCII": ('user_agent = "Дарьял"', "user_agent: must be one line of ASCII characters"),
    "pace negative": ("pace_seconds = -1", "pace_seconds: must be a number from 0 to 3600, not -1"),
    "pace not a number": ("pace_seconds = nan", "pace_seconds: must be a number from 0 to 3600, not nan"),
    "pace true": ("pace_seconds = true", "pace_seconds: must be a number from 0 to 3600, not true"),
    "polled without a break": ("poll_min_minutes = 0", "poll_min_minutes: must be a number from 1 to 10080, not 0"),
    "floor above ceiling": (
        "poll_min_minutes = 60\npoll_max_minutes = 30",
        "poll_min_minutes: must be at most poll_max_minutes (30), not 60",
    ),
    "enabled as text": ('enabled = "yes"', 'enabled: must be true or false, not "yes"'),
    "nothing to poll": ("feeds = []", "enabled: must be false, or there must be an enabled feed, a sitemap or a listing"),
    "only a feed that is off": (
        'feeds = [{ url = "https://valley.example/f", enabled = false }]',
        "enabled: must be false, or there must be",
    ),
}  # fmt: skip


@pytest.mark.parametrize("line, told", MISTAKES.values(), ids=MISTAKES)
def test_mistakes_of_an_outlet(line, told):
    """Each mistake is one line that names file, line, outlet and key, and says what is allowed."""
    (problem,) = problems(with_line(line))
    assert problem.startswith("sources.toml:2: ")
    assert told in problem


SETTINGS_MISTAKES = {
    "unknown table": ("[webb]", "webb: unknown key"),
    "unknown setting": ("[settings]\npase_seconds = 1", 'settings.pase_seconds: unknown key (did you mean "pace_seconds"?)'),
    "settings as a value": ("settings = 1", "settings: must be a table with user_agent,"),
    "contact is no address": ('[settings]\ncontact = "me"', "settings.contact: must be a web or mail address"),
    "half a request": ("[settings]\nmax_in_flight = 1.5", "settings.max_in_flight: must be a whole number from 1 to 1000"),
    "a web address as a host": (
        '[settings]\nallow_private_hosts = ["http://localhost"]',
        "settings.allow_private_hosts[0]: must be a host name, an address or a network",
    ),
    "floor above the default ceiling": (
        "[settings]\npoll_min_minutes = 500",
        "settings.poll_min_minutes: must be at most poll_max_minutes (360), not 500",
    ),
    "store": ('[store]\narchive = "yes"', "store.archive: must be true or false"),
    "outlets under a wrong name": ("[[sources]]", 'sources: unknown key (did you mean "source"?)'),
    "one outlet as a table": ("[source]\nid = 'x'", "source: each source is a table of its own, under the line [[source]]"),
    "not TOML": ("[settings]\npace_seconds 2", "sources.toml:2: not valid TOML: Expected '='"),
    "not TOML at its end": ("a = [", "not valid TOML"),
    "a key twice": ("a = 1\na = 2", "not valid TOML: Cannot overwrite a value"),
    "nested beyond reason": ("a = " + "[" * 50_000, "not valid TOML"),
}  # fmt: skip


@pytest.mark.parametrize("text, told", SETTINGS_MISTAKES.values(), ids=SETTINGS_MISTAKES)
def test_mistakes_of_the_file(text, told):
    """What belongs to no outlet is told with the file's name and the table."""
    (problem,) = problems(text)
    assert problem.startswith("sources.toml:")
    assert told in problem


def test_all_mistakes_at_once():
    """Nobody has to run the check twice to see the second mistake."""
    text = (
        "[settings]\npace_seconds = -1\n"
        + SMALLEST.replace('"ka"', '"kk", "zz"').replace("valley-post", "A")
        + "\n[[source]]\nname = 'No id'\nfeeds = [{}, {}]\n"
    )
    found = problems(text)
    assert [p.partition(" must")[0].partition(" is missing")[0] for p in found] == [
        "sources.toml: settings.pace_seconds:",
        "sources.toml:4: A: id:",
        "sources.toml:4: A: languages[1]:",
        "sources.toml:12: No id: id:",
        "sources.toml:12: No id: homepage:",
        "sources.toml:12: No id: country:",
        "sources.toml:12: No id: languages:",
        "sources.toml:12: No id: feeds[0].url:",
        "sources.toml:12: No id: feeds[1].url:",
    ]


def test_ids_and_feeds_are_unique():
    """Two outlets share neither id nor feed; case of the host, a default port and a fragment make no other address."""
    first, second = problems(
        SMALLEST + SMALLEST.replace("https://valley.example/feed", "https://VALLEY.example:443/feed#top")
    )
    assert first == (
        "sources.toml:10: valley-post: id: taken already, by sources.toml:2: valley-post; every source needs its own"
    )
    assert (
        'feeds[0].url: "https://VALLEY.example:443/feed#top" is listed already, by sources.toml:2:' in second
    )


def test_a_trailing_slash_makes_another_feed():
    """Servers answer /rss and /rss/ differently: both may be listed."""
    line = 'feeds = [{ url = "https://valley.example/rss" }, { url = "https://valley.example/rss/" }]'
    assert len(load_sources(with_line(line)).sources[0].feeds) == 2


def test_lines_are_not_invented():
    """Where the headers cannot be counted the line is left out, and the outlet is still named."""
    text = 'source = [{ id = "x", name = "n" }]\n# [[source]] is the other way to write it'
    assert all(p.startswith("sources.toml: x: ") for p in problems(text))


def test_select():
    """Outlets are found by id, enabled or not; every unknown id is named, with a near miss."""
    found = load_sources(SMALLEST + EVERYTHING.partition("[store]")[2].partition("keep_days = 365")[2])
    assert [s.id for s in found.select(["gorge-times", "valley-post"])] == ["gorge-times", "valley-post"]
    assert [s.id for s in found.enabled] == ["valley-post"]
    with pytest.raises(ConfigError) as error:
        found.select(["gorge-time", "nobody-at-all"])
    assert error.value.problems == [
        'there is no source "gorge-time" (did you mean "gorge-times"?)',
        'there is no source "nobody-at-all"',
    ]


OUTLET = Source(id="a1", name="n", homepage="https://a.example", country="ge", languages=("ka",))
AGENTS = {
    "neither": (Settings(user_agent="D/1"), None, "D/1"),
    "contact": (Settings(user_agent="D/1", contact="https://d.example"), None, "D/1 (+https://d.example)"),
    "own agent": (Settings(user_agent="D/1", contact="d@d.example"), "M/5", "M/5 (+d@d.example)"),
    "contact said already": (Settings(contact="d@d.example"), "M/5 (d@d.example)", "M/5 (d@d.example)"),
}


@pytest.mark.parametrize("settings, own, sent", AGENTS.values(), ids=AGENTS)
def test_agent(settings, own, sent):
    """Every request says who runs this Darial, if the settings know it."""
    outlet = Source(id="a1", name="n", homepage="h", country="ge", languages=("ka",), user_agent=own)
    assert settings.agent(outlet) == sent


POLLS = {
    "settings": ({}, (5, 360)),
    "own floor": ({"poll_min_minutes": 30.0}, (30, 360)),
    "own ceiling": ({"poll_max_minutes": 60.0}, (5, 60)),
    "ceiling under the common floor": ({"poll_max_minutes": 2.0}, (2, 2)),
    "floor over the common ceiling": ({"poll_min_minutes": 1000.0}, (1000, 1000)),
}


@pytest.mark.parametrize("own, bounds", POLLS.values(), ids=POLLS)
def test_poll_minutes(own, bounds):
    """An outlet's own bound wins, and the other never contradicts it."""
    outlet = Source(id="a1", name="n", homepage="h", country="ge", languages=("ka",), **own)
    assert Settings().poll_minutes(outlet) == bounds


def test_pace():
    """An outlet may ask for its own pace, also for none."""
    assert Settings().pace() == Settings().pace(OUTLET) == 1.0
    assert (
        load_sources(with_line("pace_seconds = 0")).settings.pace(
            load_sources(with_line("pace_seconds = 0")).sources[0]
        )
        == 0
    )


def test_the_recorded_outlets():
    """The sources file of the shared recording loads as it is."""
    found = load_sources(shared("corpus/outlets.toml").read_text(encoding="utf-8"))
    assert len(found.enabled) == len(found.sources) >= 40


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_damaged_files(data):
    """Whatever happens to a file: it loads, or there is a ConfigError with at least one line."""
    cut = data.draw(st.integers(0, len(EVERYTHING)))
    end = data.draw(st.integers(cut, min(len(EVERYTHING), cut + 20)))
    put = data.draw(
        st.one_of(st.text(max_size=8), st.sampled_from(["[", '"', "=", "\n[[source]]\n", "{}", "'", "1e999"]))
    )
    found: list[str] = ["sources.toml loads"]
    try:
        load_sources(EVERYTHING[:cut] + put + EVERYTHING[end:])
    except ConfigError as error:
        found = error.problems
    assert found
    assert all(p.startswith("sources.toml") and p.isprintable() for p in found)


# ----------------------------------------------------------------------------------- docs/sources.md


def test_documented_examples():
    """Every TOML example of the page about sources.toml loads as it is printed."""
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(examples) == 6
    for example in examples:
        load_sources(example)


@pytest.mark.parametrize("kind", [Source, FeedRef, JsonList, Rules, Settings, StoreSettings, Notify, Watch])
def test_documented_keys(kind):
    """Every key stands in the page about sources.toml."""
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert [
        f.name for f in field_names(kind) if f"`{f.name}`" not in page and f"[{f.name}]" not in page
    ] == []
