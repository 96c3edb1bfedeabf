"""``darial sources add`` and ``probe``: what a site offers, tried and judged, becomes an entry."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime

import pytest

from scraper.cli import terminal
from scraper.cli.main import build_commands
from scraper.config.load import load_sources
from scraper.errors import ConfigError, FetchError, HttpStatusError, NetworkError, NotAFeed
from scraper.fetch.fetcher import Fetcher
from scraper.model import FeedRef, Page, Source
from scraper.pipeline import probe_site
from scraper.pipeline.probe_site import HomePage, Probe
from scraper.warc.transport import RecordingTransport
from tests.support.fake_network import FakeNetwork

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def page(
    body: str,
    *,
    url: str = "https://valley.example/",
    content_type: str = "text/html; charset=utf-8",
    **given: object,
) -> Page:
    return Page(
        url=url,
        final_url=url,
        status=200,
        headers={"content-type": content_type},
        body=body.encode(),
        fetched=NOW,
        **given,
    )


def rss(*links: str, day: str = "Fri, 20 Nov 2026", language: str = "ka") -> str:
    items = "".join(
        f"<item><title>ხეობაში ახალი გზა გაიხსნა</title><link>{link}</link><pubDate>{day} 08:00:00 +0000</pubDate></item>"
        for link in links
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Valley feed</title><language>{language}</language>{items}</channel></rss>'


A, B, C = (f"https://valley.example/{n}" for n in "abc")
SITEMAP = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{A}</loc></url></urlset>'
INDEX = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{A}.xml</loc></sitemap></sitemapindex>'

POSTS = json.dumps(
    [
        {
            "id": 7,
            "date_gmt": "2026-11-20T08:00:00",
            "link": C,
            "title": {"rendered": "ხეობაში ახალი გზა გაიხსნა"},
        }
    ]
)
QUERY = "?per_page=50&_fields=id,date,date_gmt,modified_gmt,guid,link,title,excerpt"
VERDICTS = {
    "live": (page(rss(A, B)), "live"),
    "a sitemap": (page(SITEMAP), "live"),
    "an index of sitemaps": (page(INDEX), "live"),
    "empty": (page(rss()), "empty"),
    "frozen": (page(rss(A, day="Tue, 19 Nov 2013")), "frozen"),
    "a page": (page("<!doctype html><html><body>Just a moment...</body></html>"), "html"),
    "nothing": (page(""), "no feed"),
    "text": (page("hello"), "no feed"),
    "forbidden": (HttpStatusError(403, url=A), "blocked"),
    "gone": (HttpStatusError(410, url=A), "gone"),
    "broken": (HttpStatusError(500, url=A), "unreachable"),
    "no such host": (NetworkError("no", code="dns_failed"), "unreachable"),
}


@pytest.mark.parametrize("answer, verdict", VERDICTS.values(), ids=VERDICTS)
def test_verdicts(answer, verdict):
    """Each way that a feed can be has a name; what is not live says why."""
    found = probe_site.judge_feed(A, answer, now=NOW)
    assert found.verdict == verdict
    assert bool(found.why) == (verdict != "live")


def test_what_a_live_feed_tells():
    """Kind, newest entry, language, and where it moved for good."""
    found = probe_site.judge_feed(
        A, page(rss(A, B), permanent_url="https://valley.example/new-feed"), now=NOW
    )
    assert (found.kind, found.entries, found.language) == ("rss20", 2, "ka")
    assert found.newest == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert found.moved_to == "https://valley.example/new-feed"


FRONT = """<!doctype html><html lang="ka-GE"><head><title>News | The Valley Post</title>
<meta property="og:site_name" content=" The Valley
Post "><link rel="alternate" type="application/rss+xml" href="/feed/" title="All">
<link rel="ALTERNATE" type="application/atom+xml; charset=utf-8" href="https://feeds.example/atom">
<link rel="alternate" type="application/rss+xml" href="/comments/feed/"><link rel="alternate" hreflang="en" href="/en/">
<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)"><link rel="alternate" type="application/rss+xml" href="/feed/">
</head><body><p>text</p></body></html>"""


def test_front():
    """The announced feeds, once each, without the comments' and without what is no address."""
    assert probe_site.read_home_page(page(FRONT)) == HomePage(
        url="https://valley.example/",
        name="The Valley Post",
        language="ka",
        feeds=("https://valley.example/feed/", "https://feeds.example/atom"),
    )
    assert probe_site.read_home_page(page("")) == HomePage(url="https://valley.example/")


FEEDS_OF_A_PAGE = {
    "relative to a base": ('<base href="/ru/"><link rel="alternate" type="application/rss+xml" href="lenta/out.xml">', "/ru/lenta/out.xml"),
    "a base that is none": ('<base href="javascript:0"><link rel="alternate" type="application/rss+xml" href="out.xml">', "/out.xml"),
    "a scheme of its own": ('<link rel="alternate" type="application/rss+xml" href="feed://valley.example/out.xml">', "/out.xml"),
    "a picture that is called so": ('<body><a href="/export/2.php"><img alt="RSS"></a>', "/export/2.php"),
    "any XML": ('<link rel="alternate" type="text/xml" title="RSS" href="/out/x.xml">', "/out/x.xml"),
    "no type, a title": ('<link rel="alternate" title="RSS 2.0" href="/out/x">', "/out/x"),
    "no type, an address": ('<link rel="alternate" href="/feed/">', "/feed/"),
    "a plain link": ('<body><a href="/export/lenta.xml">RSS</a>', "/export/lenta.xml"),
    "a plain link in Russian": ('<body><a href="/export/lenta.xml"> RSS-лента </a>', "/export/lenta.xml"),
    "a picture": ('<body><a href="/rss.xml"><img alt="RSS"></a>', "/rss.xml"),
    "a translation": ('<link rel="alternate" hreflang="ru" href="/ru/">', None),
    "an article about feeds": ('<body><a href="/news/5">RSS is twenty years old</a>', None),
    "readers' comments": ('<link rel="alternate" type="application/rss+xml" href="/comments/feed/">', None),
    "another XML": ('<link rel="search" type="application/opensearchdescription+xml" href="/s.xml">', None),
}  # fmt: skip


@pytest.mark.parametrize("markup, path", FEEDS_OF_A_PAGE.values(), ids=FEEDS_OF_A_PAGE)
def test_how_sites_announce_feeds(markup, path):
    """A feed is found by its type, by what its link is called, or by its address."""
    found = probe_site.read_home_page(page(f"<!doctype html><head>{markup}"))
    assert found.feeds == ((f"https://valley.example{path}",) if path else ())


@pytest.mark.parametrize(
    "head, posts",
    [
        ('<link rel="https://api.w.org/" href="https://valley.example/en/wp-json/">', "https://valley.example/en/wp-json/wp/v2/posts" + QUERY),
        ('<link rel="https://api.w.org/" href="/index.php?rest_route=/">', "https://valley.example/index.php?rest_route=/wp/v2/posts&" + QUERY[1:]),
        ('<link rel="https://api.w.org/" href="javascript:x">', None),
    ],
    ids=["pretty addresses", "plain addresses", "no address"],
)  # fmt: skip
def test_posts(head, posts):
    """Where a WordPress site announces its interface, its list of posts is known."""
    assert probe_site.read_home_page(page(f"<html><head>{head}</head>")).posts == posts


def test_choose():
    """Live feeds only, and none that repeats what another brings."""

    def tried(url: str, *links: str, verdict: str = "live") -> Probe:
        return Probe(url=url, verdict=verdict, links=links)

    main, part, other = tried("1", A, B), tried("2", B), tried("3", C)
    assert probe_site.choose_feeds([main, part, tried("x", verdict="empty"), other]) == [main, other]


GEORGIAN = Source(
    id="a1", name="A", homepage="https://a.ge/", country="ge", languages=("ka",), timezone="Asia/Tbilisi"
)
PROPOSED = {
    "country by the host's name, time zone by other outlets": (
        {"url": "https://www.post.ge/", "name": "Post"}, {},
        {"id": "post-ge", "name": "Post", "homepage": "https://www.post.ge/", "country": "ge", "timezone": "Asia/Tbilisi", "languages": ("en",)},
    ),
    "country given": ({"url": "https://post.example/x"}, {"country": "ge", "spoken": "hy"},
                      {"country": "ge", "timezone": "Asia/Tbilisi", "homepage": "https://post.example/", "languages": ("hy",), "name": "post.example"}),
    "a country without other outlets": ({"url": "https://post.am/"}, {}, {"country": "am", "timezone": "UTC"}),
    ".int is no country": ({"url": "https://agency.int/"}, {}, {"country": "int"}),
    "languages of feeds and page": (
        {"url": "https://post.ge/", "language": "en"},
        {"feeds": [Probe(url=A, verdict="live", language="ka", moved_to=B), Probe(url=C, verdict="live", language="ru")]},
        {"languages": ("ka", "ru", "en"), "feeds": (FeedRef(url=B, language="ka"), FeedRef(url=C, language="ru"))},
    ),
    "listing": ({"url": "https://post.ge/en"}, {"listing": Probe(url="https://post.ge/en", verdict="live", language="en")}, {"listings": ("https://post.ge/en",), "feeds": ()}),
}  # fmt: skip


@pytest.mark.parametrize("front, given, wanted", PROPOSED.values(), ids=PROPOSED)
def test_propose(front, given, wanted):
    """The entry holds what is known and leaves the rest to its defaults."""
    source = probe_site.proposed_source(HomePage(**front), [GEORGIAN], **given)
    assert {key: getattr(source, key) for key in wanted} == wanted


# ----------------------------------------------------------------------------------- the commands


def answer(text: str, content_type: str = "text/html; charset=utf-8"):
    return (200, {"content-type": content_type}, text.encode())


HEADLINES = "".join(
    f"<h3><a href='/news/{n}-a-bridge.html'>Լեռնային գյուղում նոր կամուրջ է բացվել {n}</a></h3>"
    for n in range(2000, 2009)
)
SITES = {
    "https://valley.example/": answer(FRONT),
    "https://valley.example/feed/": answer(rss(A, B), "application/rss+xml"),
    "https://feeds.example/atom": answer(rss(B), "application/rss+xml"),
    "https://quiet.example/": answer("<html><title>Quiet</title>"),
    "https://quiet.example/rss": answer(rss(C)),
    "https://maps.example/": answer("<html><title>Maps</title>"),
    "https://maps.example/robots.txt": answer(
        "Sitemap: https://maps.example/all.xml\nSitemap: /news.xml", "text/plain"
    ),
    "https://maps.example/news.xml": answer(SITEMAP),
    "https://plain.example/": answer(f"<html lang=hy><title>Plain</title>{HEADLINES}"),
    "https://bare.example/": answer("<html lang=hy><title>Bare</title>"),
    "https://shut.example/": (403, {}, b""),
    "https://shut.example/feed/": (403, {}, b""),
    "https://ajar.example/": (403, {}, b""),
    "https://ajar.example/feed/": answer(rss("https://ajar.example/a")),
    "https://gone.example/": (404, {}, b""),
    "https://posts.example/": answer(
        "<html lang=ka><title>Posts</title><link rel='https://api.w.org/' href='/wp-json/'>"
    ),
    "https://posts.example/wp-json/wp/v2/posts" + QUERY: answer(POSTS, "application/json"),
    "https://posts.example/wp-json/wp/v2/posts": answer(POSTS, "application/json"),
    "https://json.example/api": answer(
        json.dumps({"rows": [{"url": "/a", "title": "x"}]}), "application/json"
    ),
}
GUESSED = [host + path for host in ("https://quiet.example", "https://maps.example", "https://plain.example", "https://bare.example", "https://posts.example")
           for path in (*probe_site.FEED_PATHS, *probe_site.SITEMAP_PATHS)]  # fmt: skip


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """The sites above as a WARC file."""
    path = tmp_path_factory.mktemp("prospect") / "sites.warc.gz"

    async def record():
        transport = RecordingTransport(FakeNetwork(SITES), path)
        async with Fetcher(transport=transport, polite=False) as fetcher:
            for url in dict.fromkeys([*SITES, *GUESSED, "https://maps.example/all.xml"]):
                with contextlib.suppress(FetchError):
                    await fetcher.get(url, kind="feed", force=True)

    asyncio.run(record())
    return path


@pytest.fixture
def darial(tmp_path, capfd, recording):
    app = build_commands()
    path = tmp_path / "sources.toml"

    def run(*args: str, text: str | None = None) -> tuple[int, str, str]:
        if text is not None:
            path.write_text(text, encoding="utf-8")
        options = ["--sources", str(path), "--replay", str(recording)]
        code = terminal.invoke(app, ["sources", *args, *options], name="darial")
        out, err = capfd.readouterr()
        return code, out, err

    run.path = path
    return run


ADDED = {
    "announced feeds": ("https://valley.example/", {"name": "The Valley Post", "languages": ("ka",), "feeds": (FeedRef(url="https://valley.example/feed/", language="ka"),)}),
    "without a scheme": ("valley.example", {"id": "valley-example"}),
    "a feed at a usual place": ("https://quiet.example/", {"name": "Quiet", "feeds": (FeedRef(url="https://quiet.example/rss", language="ka"),)}),
    "the posts of WordPress": ("https://posts.example/", {"feeds": (FeedRef(url="https://posts.example/wp-json/wp/v2/posts" + QUERY, language="ka"),)}),
    "a sitemap that robots.txt names": ("https://maps.example/", {"feeds": (), "sitemaps": ("https://maps.example/news.xml",), "listings": ()}),
    "nothing but the page": ("https://plain.example/", {"listings": ("https://plain.example/",), "languages": ("hy",)}),
    "a feed behind a closed front page": ("https://ajar.example/", {"feeds": (FeedRef(url="https://ajar.example/feed/", language="ka"),)}),
    "a feed itself": ("https://valley.example/feed/", {"homepage": "https://valley.example/", "name": "Valley feed"}),
}  # fmt: skip


@pytest.mark.parametrize("url, wanted", ADDED.values(), ids=ADDED)
def test_add(darial, url, wanted):
    """A valid entry is written from what the site offers; a file that was not there begins with it."""
    code, out, err = darial("add", url)
    assert (code, out) == (0, "")
    assert "next: darial fetch" in err
    (source,) = load_sources(darial.path.read_text(encoding="utf-8")).sources
    assert {key: getattr(source, key) for key in wanted} == wanted


def test_add_keeps_the_file(darial):
    """What stood in the file stays; the same site is not added twice."""
    old = "# ours\n[settings]\npace_seconds = 3\n"
    assert darial("add", "https://quiet.example/", "--country", "ge", "--language", "ru", text=old)[0] == 0
    text = darial.path.read_text(encoding="utf-8")
    assert text.startswith(old)
    assert 'country = "ge"\nlanguages = ["ru", "ka"]' in text
    with pytest.raises(ConfigError, match='is already there, as source "quiet-example"'):
        darial("add", "https://www.quiet.example/rss")
    assert darial.path.read_text(encoding="utf-8") == text


def test_add_dry_run(darial):
    """A dry run prints the entry and writes nothing."""
    code, out, err = darial("add", "https://valley.example/", "--dry-run")
    assert code == 0
    assert load_sources(out).sources[0].id == "valley-example"
    assert "live" in err
    assert not darial.path.exists()


def test_add_of_what_is_not_there(darial):
    """A site that does not answer is an error with its code; nothing is written."""
    with pytest.raises(FetchError) as error:
        darial("add", "https://gone.example/")
    assert error.value.code == "http_404"
    with pytest.raises(FetchError) as error:
        darial("add", "https://shut.example/")
    assert error.value.code == "http_403"
    with pytest.raises(NotAFeed) as nothing:
        darial("add", "https://bare.example/")
    assert nothing.value.code == "nothing_to_poll"
    with pytest.raises(ConfigError, match="must be an http or https address"):
        darial("add", "ftp://gone.example/")
    with pytest.raises(ConfigError, match="must be a country code"):
        darial("add", "https://quiet.example/", "--country", "Georgia")
    assert not darial.path.exists()


PROBED = """
[[source]]
id = "valley"
name = "Valley"
homepage = "https://valley.example/"
country = "ge"
languages = ["ka"]
feeds = [{ url = "https://valley.example/feed/" }, { url = "https://valley.example/", enabled = false }]
sitemaps = ["https://maps.example/news.xml"]

[[source]]
id = "listed"
name = "Listed"
homepage = "https://posts.example/"
country = "ge"
languages = ["ka"]
feeds = [
  { url = "https://posts.example/wp-json/wp/v2/posts" },
  { url = "https://json.example/api", json = { items = "rows", link = "{url}" } },
  { url = "https://posts.example/", json = { items = "rows", link = "{url}" } },
]

[[source]]
id = "gone"
name = "Gone"
homepage = "https://gone.example/"
country = "ge"
languages = ["ka"]
feeds = [{ url = "https://gone.example/" }]
"""


def test_probe(darial):
    """Every address is asked, disabled ones too, the worst source first; a dead one that is enabled makes the exit code 1."""
    code, out, _ = darial("probe", "--json", text=PROBED)
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [(f["source"], f["verdict"], f["enabled"]) for f in found] == [
        ("gone", "gone", True),
        ("listed", "live", True),
        ("listed", "live", True),
        ("listed", "no feed", True),
        ("valley", "live", True),
        ("valley", "html", False),
        ("valley", "live", False),
    ]
    assert "links" not in found[0]
    assert found[0]["remedy"] is None


DEAD = """# ours
[[source]]
id = "valley"
name = "Valley"
homepage = "https://valley.example/"
country = "ge"
languages = ["ka"]
feeds = [
  # it was good once
  { url = "https://gone.example/", language = "ka" },
]

[[source]]  # a second one
id = "plain"
name = "Plain"
homepage = "https://plain.example/"
country = "am"
languages = ["hy"]
feeds = [{ url = "https://plain.example/rss" }]
"""


def test_probe_finds_and_writes_remedies(darial):
    """Beside a dead address stands another way; --repair writes it, with what it replaces, and all else stays."""
    code, out, err = darial("probe", text=DEAD)
    assert code == 1
    assert "feed https://valley.example/feed/" in out
    assert "listing https://plain.example/" in out
    assert "2 sources can be read in another way" in err
    assert darial.path.read_text(encoding="utf-8") == DEAD
    code, _, err = darial("probe", "--repair")
    assert code == 0
    assert "2 repairs written" in err
    text = darial.path.read_text(encoding="utf-8")
    valley, plain = load_sources(text).sources
    assert valley.feeds == (FeedRef(url="https://valley.example/feed/", language="ka"),)
    assert (plain.feeds[0].enabled, plain.listings) == (False, ("https://plain.example/",))
    assert "instead of https://gone.example/ (the page does not exist)" in text
    kept = [line for line in DEAD.splitlines() if "url = " not in line]
    assert [line for line in text.splitlines() if line in kept] == kept
    assert darial("probe")[0] == 0


def test_probe_of_one(darial):
    """The table goes to stdout; sources are named by id."""
    code, out, err = darial("probe", "valley", text=PROBED)
    assert code == 0
    assert out.split()[:4] == ["source", "verdict", "entries", "newest"]
    assert "2 of 3 addresses are live" in err
    with pytest.raises(ConfigError, match='there is no source "vale"'):
        darial("probe", "vale")
