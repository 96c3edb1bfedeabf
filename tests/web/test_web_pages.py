"""The pages over a real socket: what they show, who may see them, and that nothing of what outlets print runs or leaks."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import urlencode

import openpyxl
import pytest

from scraper.codec import replace
from scraper.errors import ConfigError
from scraper.model import Headline, Image, Record
from scraper.settings import WebSettings
from scraper.web import today_page
from scraper.web.access import COOKIE, TRIES, AccessControl, cookie_of
from scraper.web.app import build_app
from scraper.web.context import AppContext
from storage import open_store
from storage.model import Sighting, Story, StoryMember, ToldStory
from tests.support.asgi import ask
from tests.support.stories import NOW, found, poll, story
from tests.support.web_site import OUTLETS, fill, serving

TOKEN = "a-token-of-some-length"
RECORD = Record(
    id="x", seq=1, revision=1, source="herald", url="https://herald.example/x", title="A title", body=("Text.",),
    fetched=NOW, first_seen=NOW, hash="0",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("web") / "data"
    fill(place)
    return place


@pytest.fixture(scope="module")
def site(folder):
    with serving(folder) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def ids(folder):
    with open_store(folder, read_only=True) as store:
        return {record.url.removeprefix("https://"): record.id for record in store.latest()}


def text_of(answer):
    """What a reader sees of a page, white space made one."""
    parser = _Text()
    parser.feed(answer.text)
    return " ".join(" ".join(parser.parts).split())


class _Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.parts, self.skip = [], 0

    def handle_starttag(self, tag, attrs):
        self.skip += tag in ("script", "style", "option")

    def handle_endtag(self, tag):
        self.skip -= tag in ("script", "style", "option")

    def handle_data(self, data):
        if not self.skip:
            self.parts.append(data)


# ------------------------------------------------------------------------------------------ what they show


TITLES = re.compile(r'<h[34]><a class="title" href="/article/\w+"[^>]*>(.*?)</a>')


def test_latest(site):
    """One line a story, newest first, with the outlets that carried it and when."""
    answer = site.get("/latest")
    assert answer.status == 200
    assert TITLES.findall(answer.text) == [
        "The mayor speaks again", "Körpü açıldı, İğdırda", "ხიდი გაიხსნა", "Կամուրջը բացվեց", "A bridge opens, says haber",
    ]  # fmt: skip
    assert "The Herald 05:53 Вести ущелья 05:54 Haber 05:55" in text_of(answer)
    assert 'lang="hy"' in answer.text


NARROWED = {
    "country": ("/?country=ge", ["The mayor speaks again", "ხიდი გაიხსნა", "A bridge opens, says herald"]),
    "language": ("/?language=ka", ["ხიდი გაიხსნა"]),
    "outlet": ("/?source=vesti", ["A bridge opens, says vesti"]),
    "words": ("/?q=a%C3%A7%C4%B1ld%C4%B1", ["Körpü <mark>açıldı</mark>, İğdırda"]),
    "words in headlines": ("/?q=elsewhere&within=related", ["The mayor speaks again"]),
    "the best first": ("/?q=bridge+OR+mayor&order=best&source=herald", ["A <mark>bridge</mark> opens, says herald", "The <mark>mayor</mark> speaks again"]),
    "up to a day": ("/?until=2026-11-22", []),
    "of a day": ("/?since=2026-11-23&until=2026-11-23&language=hy", ["Կամուրջը բացվեց"]),
    "nothing said": ("/?q=&country=&source=&language=hy&order=newest", ["Կամուրջը բացվեց"]),
    "before a cursor": ("/?before=4", ["A bridge opens, says haber"]),
    "several countries": ("/latest?country=am&country=az", ["Körpü açıldı, İğdırda", "Կամուրջը բացվեց"]),
    "several languages and outlets": ("/latest?language=ka&language=az&source=ambebi&source=xeber", ["Körpü açıldı, İğdırda", "ხიდი გაიხსნა"]),
    "the second page of the best": ("/latest?q=bridge&order=best&page=2", []),
    "unknown fields": ("/?language=hy&struct=1&__class__=2", ["Կամուրջը բացվեց"]),
}  # fmt: skip


@pytest.mark.parametrize("path, titles", NARROWED.values(), ids=NARROWED)
def test_latest_narrowed(site, path, titles):
    """The form narrows by country, language, outlet, time and words; words are marked."""
    answer = site.get(path)
    assert answer.status == 200
    assert TITLES.findall(answer.text) == titles


def test_a_query_without_words(site):
    """A query that has no words, and a date that is none, are told on a page of their own."""
    for path, words in (("/?q=%3F", "no words"), ("/?since=2026-02-30", "a date is written like")):
        answer = site.get(path)
        assert answer.status == 400
        assert words in text_of(answer)


def test_a_wrong_form_stays(site):
    """What is wrong with a form is said above it; what was filled in stays."""
    for path in (
        "/latest?q=%3F&country=ge",
        "/latest?since=2026-02-30&country=ge",
        "/latest?until=9999-12-31&country=ge",
    ):
        answer = site.get(path)
        assert answer.status == 400
        assert 'role="alert"' in answer.text
        assert '<option value="ge" selected>' in answer.text


def test_counts(site):
    """Beside a list stand its number and its counts by country, language and outlet; each leads to the narrower list."""
    answer = site.get("/latest?q=%3Dopens")
    shown = text_of(answer)
    assert re.search(r"3 articles of 3 sources", shown)
    for link, name, number in (
        ("country=ge", "Georgia", 1),
        ("language=en", "English", 3),
        ("source=haber", "Haber", 1),
    ):
        assert re.search(
            rf'<a href="/latest\?q=%3Dopens&amp;{link}">{name}</a> <span class="n">{number}</span>',
            answer.text,
        )
    chosen = site.get("/latest?q=%3Dopens&country=ge").text
    assert (
        '<a href="/latest?q=%3Dopens" aria-label="Georgia: take back" aria-current="true">Georgia</a>'
        in chosen
    )
    assert "/latest?q=%3Dopens&amp;since=2026-11-23&amp;until=2026-11-23" in answer.text  # the day's column


def test_counts_agree_with_what_is_listed(site):
    """The number of hits is that of the articles a table has, for every way to narrow."""
    for query in (
        "",
        "q=%3Dopens",
        "q=bridge+OR+mayor&country=ge",
        "language=ka&language=az",
        "since=2026-11-23&source=lur",
        "q=elsewhere&within=related",
    ):
        rows = list(csv.reader(io.StringIO(site.get(f"/articles.csv?{query}").body.decode("utf-8-sig"))))
        hits = int(re.search(r'data-articles="(\d+)"', site.get(f"/latest?{query}").text)[1])
        assert hits == len(rows) - 1, query
        assert site.get(f"/unread?{query}&after=0").json == {"articles": hits}


def test_unread(site):
    """What came after a cursor is counted; strange cursors count all or nothing."""
    newest = int(re.search(r'data-newest="(\d+)"', site.get("/latest").text)[1])
    assert site.get(f"/unread?after={newest}").json == {"articles": 0}
    assert site.get(f"/unread?after={newest - 1}").json == {"articles": 1}
    assert site.get("/unread?after=" + "9" * 30).json == {"articles": 0}
    assert site.get("/unread?q=%3F&after=0").status == 400


def test_tables_to_take_along(site):
    """Articles go into a spreadsheet as CSV and Excel, in words of people; a title is never a formula."""
    header, *rows = csv.reader(io.StringIO(site.get("/articles.csv?source=ambebi").body.decode("utf-8-sig")))
    (line,) = (dict(zip(header, row, strict=True)) for row in rows)
    assert (line["source"], line["country"], line["language"], line["title"]) == (
        "ამბები",
        "ge",
        "Georgian",
        "ხიდი გაიხსნა",
    )
    answer = site.get("/articles.xlsx?q=%3Dopens")
    assert "attachment" in answer.headers["content-disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.body)).active
    table = list(sheet.values)
    assert table[0] == tuple(header)
    assert len(table) == 4
    assert isinstance(table[1][header.index("published")], datetime)


def test_today(folder):
    """The front page has the stories of several outlets with the countries that have them, and the stream beside."""
    with open_store(folder, read_only=True) as store:
        context = AppContext(
            store, lambda: OUTLETS, now=lambda: NOW + timedelta(hours=3), zone="Asia/Tbilisi"
        )
        app = build_app(context, AccessControl())
        answer = ask(app, "/")
        shown = text_of(answer)
        assert "3 sources A bridge opens, says herald" in shown
        assert "first The Herald 09:53" in shown  # in the zone of the pages
        marks = re.findall(r'<abbr class="mark has" title="([^"]+)">(\w+)</abbr>', answer.text)
        assert marks == [("Georgia: 1", "GE"), ("Russia: 1", "RU"), ("Türkiye: 1", "TR")]
        assert len(TITLES.findall(answer.text)) == 5
        assert "A bridge opens" in text_of(ask(app, "/?without=am"))
        for path in ("/?without=ge", "/?only=am"):
            assert "No story of several sources" in text_of(ask(app, path))
        assert ask(app, "/?span=99").status == 200


def test_the_weightiest_first():
    """More outlets and countries come first, and what is fresh before what is as heavy and old."""

    def told(id_, age, *sources):
        record = replace(RECORD, id=id_)
        origin = NOW - timedelta(hours=age)
        seen = tuple(Sighting(id=id_, source=s, origin=origin, language="en") for s in sources)
        return Story(cursor=age, record=record, sightings=seen)

    stories = [told("old", 20, "herald", "lur"), told("fresh", 1, "herald", "lur"), told("one country", 1, "herald", "ambebi"),
               told("wide", 2, "herald", "lur", "xeber", "vesti")]  # fmt: skip
    rows = today_page.today_rows(stories, (), today_page.TodayQuery(), OUTLETS.sources, NOW)
    assert [row.id for row in rows] == ["wide", "fresh", "one country", "old"]
    only = today_page.today_rows(stories, (), today_page.TodayQuery(only="ge"), OUTLETS.sources, NOW)
    assert [row.id for row in only] == ["one country"]
    without = today_page.today_rows(stories, (), today_page.TodayQuery(without="am"), OUTLETS.sources, NOW)
    assert [row.id for row in without] == ["one country"]


def test_an_event_and_its_copies_are_one_row():
    """Who copied a text that tells of an event is among those who told it; other texts are rows of their own."""

    def member(id_, source, hours):
        at = NOW + timedelta(hours=hours)
        return StoryMember(id=id_, source=source, language="hy", title=f"Title {id_}", url="https://a.example/", published=at,
                           first_seen=at, origin=at)  # fmt: skip

    def copied(cursor, *sightings):
        seen = tuple(Sighting(id=i, source=s, origin=NOW, language="en") for i, s in sightings)
        return Story(cursor=cursor, record=replace(RECORD, id=sightings[0][0]), sightings=seen)

    members = (member("a", "lur", -2), member("b", "herald", -1))
    event = ToldStory(id="a", title="Title a", first=NOW, grown=NOW, outlets=2, members=members)
    copies = [copied(1, ("b", "herald"), ("c", "vesti")), copied(2, ("d", "xeber"), ("e", "haber"))]
    rows = today_page.today_rows(copies, [event], today_page.TodayQuery(), OUTLETS.sources, NOW)
    assert [(row.title, [c.id for c in row.carriers]) for row in rows] == [
        ("Title a", ["a", "b", "c"]),
        ("A title", ["d", "e"]),
    ]


def test_trend(site):
    """Words are counted by day and country, side by side; the table leads to the articles; CSV has every count."""
    query = "q=%3Dopens&q=%3Dspeaks&since=2026-11-22&until=2026-11-23"
    answer = site.get(f"/trend?{query}")
    shown = text_of(answer)
    assert answer.text.count('<svg class="plot"') == 2
    assert re.search(r"23 Nov 1 1 1 3", shown)
    assert (
        '<a href="/latest?q=%3Dopens&amp;country=ge&amp;since=2026-11-23&amp;until=2026-11-23">1</a>'
        in answer.text
    )
    rows = list(csv.reader(io.StringIO(site.get(f"/trend.csv?{query}&by=none").body.decode("utf-8-sig"))))
    assert rows == [
        ["query", "by", "value", "step", "articles"],
        ["'=opens", "none", "", "2026-11-22", "0"], ["'=opens", "none", "", "2026-11-23", "3"],
        ["'=speaks", "none", "", "2026-11-22", "0"], ["'=speaks", "none", "", "2026-11-23", "1"],
    ]  # fmt: skip
    assert site.get("/trend").status == 200
    assert site.get("/trend?q=%3F").status == 400
    assert site.get("/trend?q=%3Dopens&by=x&step=y").status == 200


def test_one_source(site):
    """A source has a page: its articles, how it is read, its addresses and its failures."""
    shown = text_of(site.get("/source/vesti"))
    assert "the server forbids access" in shown
    assert "A bridge opens, says vesti" in shown
    assert "https://vesti.example/feed" in shown
    assert site.get("/source/none").status == 404


def test_article(site, ids):
    """Body, headlines beside it, revisions with words that changed, cluster, provenance and the raw record."""
    answer = site.get(f"/article/{ids['herald.example/mayor']}")
    shown = text_of(answer)
    assert "The mayor speaks again" in shown
    assert story(2)[0] in shown
    assert "Read also Whatever Elsewhere Most read Without address" in shown
    assert "changed once" in shown
    assert "The Herald, 23 November 2026, https://herald.example/mayor (read 2026-11-23)" in shown
    assert f'<a href="/article/{ids["herald.example/bridge"]}">Whatever</a>' in answer.text
    assert (
        '<a class="away" href="https://elsewhere.example/x" rel="noopener noreferrer external">Elsewhere</a>'
        in answer.text
    )
    assert "<ins> again</ins>" in answer.text
    assert "<ins>One sentence was added.</ins>" in answer.text
    assert "+5 words" in shown
    assert "announced by a feed" in shown
    assert "https://herald.example/feed" in shown
    assert "&#34;schema&#34;: 1" in answer.text
    assert "<img" not in answer.text  # nothing is loaded from an outlet
    assert "The mayor" in shown


def test_cluster_as_a_time_line(site, ids):
    """Who carried a text first, who after how long, how much of it is the same."""
    shown = text_of(site.get(f"/article/{ids['vesti.example/bridge']}"))
    assert re.search(r"3 sources , first The Herald 2026-11-23 05:53", shown)
    line = shown[shown.index("Who carried it") : shown.index("Beside the article")]
    assert re.search(r"05:53 first The Herald A bridge opens, says herald", line)
    assert re.search(r"05:54 \+1 min Вести ущелья this article reprint", line)


def test_sources(site):
    """Outlets that need attention come first, with the reason in words; every one with its times and its plot."""
    answer = site.get("/sources")
    shown = text_of(answer)
    attention, well = shown.split("Sources Source")
    assert "1 of 6 sources needs attention" in attention
    assert "Вести ущелья" in attention
    assert "the server forbids access" in attention
    assert "4 times in a row" in attention
    assert "15 min" in well
    assert all(name in well for name in ("The Herald", "Вести ущелья", "Լուր", "ამბები", "Xəbər", "Haber"))
    assert answer.text.count('<svg class="spark"') == 6
    only = text_of(site.get("/sources?attention=1"))
    assert "Вести ущелья" in only
    assert "The Herald" not in only


def test_numbers(site):
    """Plots with a table behind each; where nothing is to plot, words."""
    answer = site.get("/numbers?days=7")
    assert answer.status == 200
    assert answer.text.count('<svg class="plot"') + answer.text.count("Nothing of this appeared") == 6
    assert answer.text.count("<table>") == 1 + answer.text.count('<svg class="plot"')
    assert site.get("/numbers?days=12345").status == 200  # what there is not is the usual


MISSING = ("/article/0000000000000000", "/article/%00", "/article/..%2f..%2fetc", "/nothing", "/static/x/app.css", "/static/x/..%2fdesk.py")  # fmt: skip


@pytest.mark.parametrize("path", MISSING)
def test_missing(site, path):
    """What there is not is said so, in a page of ours."""
    answer = site.get(path)
    assert answer.status == 404
    assert "To the latest articles" in answer.text


def test_an_empty_store(tmp_path):
    """A new store has pages that say what to do."""
    with open_store(tmp_path / "data") as store:
        store.settled("")
    with serving(tmp_path / "data") as site:
        assert "Nothing has been gathered yet" in text_of(site.get("/"))
        assert site.get("/sources").status == site.get("/numbers").status == 200


def test_no_store(tmp_path):
    """Without a store, and on a port that is taken, it says so at once."""
    with pytest.raises(Exception, match="there is no store"), serving(tmp_path / "nothing"):
        pass
    with open_store(tmp_path / "data") as store:
        store.settled("")
    with serving(tmp_path / "data") as site:
        port = int(site.url.rstrip("/").rpartition(":")[2])
        with (
            pytest.raises(ConfigError, match="cannot listen"),
            serving(tmp_path / "data", WebSettings(port=port)),
        ):
            pass


# ------------------------------------------------------------------------------------------ answers


@pytest.mark.parametrize("path", ["/", "/sources", "/nothing", "/api/v1/articles", "/api/v1/nothing"])
def test_headers(site, path):
    """Every answer forbids scripts that are not ours, framing, guessing of types, and telling where readers come from."""
    headers = site.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers


def test_unchanged_pages_are_not_sent_again(site):
    """Who has a page already gets no other copy; who asks with HEAD gets no body; both with the headers of the page."""
    first = site.get("/numbers")
    again = site.get("/numbers", If_None_Match=first.headers["etag"])
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    head = site.get("/numbers", method="HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(first.body)))
    packed = site.get("/numbers", Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) * 3 < len(first.body)


def test_files(site):
    """Our own files are kept for ever under a name that changes with them; the page asks for no others."""
    page = site.get("/").text
    paths = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(paths) == 3
    assert site.get("/marks").status == 200
    for path in paths:
        answer = site.get(path)
        assert answer.status == 200
        assert "immutable" in answer.headers["cache-control"]
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@pytest.mark.parametrize("method", METHODS)
def test_only_reading(site, method):
    """There is nothing to write."""
    answer = site.get("/", method=method, data=b"x")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


# ------------------------------------------------------------------------------------------ who comes in


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", ""])
def test_other_names(site, host):
    """A page elsewhere that makes its name point here is not answered (DNS rebinding)."""
    assert site.get("/", Host=host).status == 421


@pytest.fixture
def guarded(folder):
    with serving(folder, WebSettings(port=0, token=TOKEN, names=("press.example",))) as visitor:
        yield visitor


WRONG = ("/latest?until=9999-12-31", f"/latest?before={'9' * 26}", "/?before=x", f"/feed.atom?before={'9' * 26}",
         "/feed.json?until=9999-12-31", f"/latest?page={'9' * 26}")  # fmt: skip


@pytest.mark.parametrize("address", WRONG)
def test_dates_and_cursors_without_sense(site, address):
    """A date without a day after it and a cursor that is none are refused, not a fault of ours."""
    assert site.get(address).status == 400


def test_the_list_by_publication(site):
    """The list goes by the time of publication where the form says so, and keeps it."""
    page = site.get("/latest?by=published&language=en")
    assert page.status == 200
    assert '<option value="published" selected>' in page.text


def test_a_token_is_asked_for(guarded):
    """Without a token there is a form, for programs a coded error; nothing of the archive."""
    page = guarded.get("/?q=bridge")
    assert page.status == 401
    assert 'type="password"' in page.text
    assert "bridge" not in page.text.lower().replace("/?q=bridge", "")
    api = guarded.get("/api/v1/articles")
    assert (api.status, api.code, api.headers["www-authenticate"]) == (401, "token_needed", "Bearer")
    assert guarded.get("/live").status == 401
    assert guarded.get(re.search(r'href="(/static/[^"]+css)"', page.text)[1]).status == 200
    assert guarded.get("/", Host="press.example").status == 401


def test_a_token_is_shown_once(guarded):
    """The right token, in a form or an address, becomes a cookie that scripts cannot read, and leaves the address."""
    form = guarded.get("/token", method="POST", data=f"token={TOKEN}&to=/sources".encode())
    link = guarded.get(f"/sources?x=1&token={TOKEN}&y=%26")
    assert (form.status, form.headers["location"]) == (303, "/sources")
    assert (link.status, link.headers["location"]) == (303, "/sources?x=1&y=%26")
    for answer in (form, link):
        cookie, *flags = answer.headers["set-cookie"].split("; ")
        assert TOKEN not in answer.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(flags)
        assert guarded.get("/", Cookie=cookie).status == 200
        assert guarded.get("/", Cookie=f"a=b; {cookie}; c=d").status == 200
    assert guarded.get("/api/v1/articles", Authorization=f"Bearer {TOKEN}").status == 200


WRONG_COOKIES = (
    "",
    "x",
    f"{COOKIE}=",
    f"{COOKIE}={TOKEN}",
    f"{COOKIE}={cookie_of('another')}",
    f'{COOKIE}="\\',
    "\xff=1",
)


@pytest.mark.parametrize("cookie", WRONG_COOKIES)
def test_wrong_cookies(guarded, cookie):
    """Only the cookie that the token made opens."""
    assert guarded.get("/", Cookie=cookie).status == 401


AWAY = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "/x\r\nSet-Cookie: a=b",
    "",
    "/token",
    "/token?to=x",
)


@pytest.mark.parametrize("to", AWAY)
def test_never_sent_away(guarded, to):
    """After the token the browser stays on this server, whatever the form said."""
    answer = guarded.get("/token", method="POST", data=urlencode({"token": TOKEN, "to": to}).encode())
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert "a=b" not in answer.headers["set-cookie"]


def test_guessing_is_slow(guarded):
    """After ten wrong tokens a guesser has to wait; the right token, behind the same address, does not."""
    for _ in range(TRIES):
        assert guarded.get("/token", method="POST", data=b"token=wrong").status == 401
    refused = guarded.get("/token", method="POST", data=b"token=wrong-too")
    assert refused.status == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert guarded.get("/api/v1/articles", Authorization="Bearer wrong").code == "too_many_tries"
    assert guarded.get("/token", method="POST", data=f"token={TOKEN}".encode()).status == 303
    assert guarded.get("/api/v1/articles", Authorization=f"Bearer {TOKEN}").status == 200
    assert guarded.get("/", Cookie=f"{COOKIE}={cookie_of(TOKEN)}").status == 200


WANTED = {
    "a query": "/?q=Putin&country=az",
    "signs in a query": "/?q=%22a+b%22+%28c%29&x=%26",
    "other letters": "/%C3%A9/evil.example/",
    "a percent": "/a%25b",
    "a backslash": "/latest?q=a%5Cb",
    "an article": "/article/1f0c2d3e4b5a6978?diff=2",
}


@pytest.mark.parametrize("address", WANTED.values(), ids=WANTED)
def test_the_address_is_kept(guarded, address):
    """After the token the browser is where it wanted to be, on this server."""
    page = guarded.get(address)
    to = html.unescape(re.search(r'name="to" value="([^"]*)"', page.text)[1])
    again = guarded.get("/token", method="POST", data=urlencode({"token": "wrong", "to": to}).encode())
    assert html.unescape(re.search(r'name="to" value="([^"]*)"', again.text)[1]) == to
    answer = guarded.get("/token", method="POST", data=urlencode({"token": TOKEN, "to": to}).encode())
    assert (answer.status, answer.headers["location"]) == (303, address)
    joined = f"{address}{'&' if '?' in address else '?'}token={TOKEN}"
    assert guarded.get(joined).headers["location"] == address


def test_a_huge_form(guarded):
    """A form larger than any token is no token."""
    assert guarded.get("/token", method="POST", data=b"token=" + b"x" * 100_000).status == 401


# ------------------------------------------------------------------------------------------ hostile records

HOSTILE = [
    "<script>document.title='hacked'</script>",
    '"><img src=x onerror="document.title=\'hacked\'">',
    "</title></textarea></script><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "' onmouseover='alert(1)' x='",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202egnp.exe\u2066",
]


def hostile_store(folder):
    """Records of a feed that wants to run something in the reader's browser."""
    with open_store(folder) as store:
        for n, text in enumerate(HOSTILE):
            related = (
                Headline(title=text, url="javascript:document.title='hacked'", label=text),
                Headline(title=text, url=f"https://a.example/{text}"),
            )
            article = found(
                f"https://evil.example/{n}?x={text}",
                [text, *story(n), text],
                title=f"{n} {text}",
                source="evil",
                language="en",
                guid=text,
                authors=(text,),
                tags=(text,),
                section=text,
                summary=text,
                published_raw=text,
                published_from=text,
                related=related,
                images=(Image(url="data:text/html,<script>alert(1)</script>", caption=text),),
            )
            store.commit(poll(article, source="evil"), now=NOW)
            again = found(
                f"https://evil.example/{n}?x={text}",
                [text + " changed"],
                title=text,
                source="evil",
                guid=text,
            )
            store.commit(poll(again, source="evil"), now=NOW)


def test_hostile_records(tmp_path):
    """Whatever a feed says is text: no tag, attribute or address of its own gets into a page."""
    hostile_store(tmp_path / "data")
    with open_store(tmp_path / "data", read_only=True) as store:
        ids = [record.id for record in store.latest()]
    with serving(tmp_path / "data") as site:
        for path in [
            "/",
            "/?q=script",
            "/sources",
            "/numbers",
            "/source/evil",
            "/trend?q=script",
            *(f"/article/{id_}" for id_ in ids),
        ]:
            answer = site.get(path)
            assert answer.status == 200, path
            tags = _Tags()
            tags.feed(answer.text)
            assert tags.scripts == 1, path
            assert not tags.unknown, path
            assert not tags.handlers, path
            assert not tags.addresses, path
            assert "49" not in re.findall(r"\b49\b", text_of(answer)), path


class _Tags(HTMLParser):
    """What of a page could run: elements that are not ours, handlers, addresses that are none of the web."""

    OURS = frozenset(
        """html head meta title link script body a header nav form label input main div section h1 h2 h3 ol ul li time p span abbr
        mark strong footer kbd code select option details summary button article aside dl dt dd pre ins del svg rect line text
        table thead tbody tr th td figure figcaption br
        h4 optgroup dialog textarea path noscript""".split()  # noqa: SIM905
    )

    def __init__(self):
        super().__init__()
        self.scripts, self.unknown, self.handlers, self.addresses = 0, [], [], []

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        if tag not in self.OURS:
            self.unknown.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.handlers.append((tag, name))
            if name in ("href", "src", "action") and not re.match(r"(https?:)?/|[?#]", value or ""):
                self.addresses.append(value)
