"""What a page says of itself, in every dialect that pages say it in. The outlets are made up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.extract import bylines, html, json_ld, publication_date
from scraper.extract.block_reader import Readings
from scraper.extract.metadata import Metadata, extract_metadata
from scraper.model import Entry
from scraper.text import charset
from tests.support.growth import assert_linear
from tests.support.shared import shared

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://gorni-vestnik.example/news/bridge"
TITLE = "New bridge joins two mountain villages after a decade"


def read(head: str = "", body: str = "", *, lang: str = "en", **options: object) -> Metadata:
    markup = f'<!DOCTYPE html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>'
    settings: dict[str, object] = {"url": URL, "now": NOW, **options}
    return extract_metadata(Readings(html.parse(markup)), **settings)  # type: ignore[arg-type]


def meta(**values: str) -> str:
    return "".join(
        f'<meta property="{key.replace("__", ":")}" content="{value}">' for key, value in values.items()
    )


def linked(value: object) -> str:
    return f'<script type="application/ld+json">{value if isinstance(value, str) else json.dumps(value)}</script>'


# ------------------------------------------------------------------------------------------ titles

HEADLINES = {
    "en": TITLE,
    "ru": "Новый мост соединил два горных села спустя десять лет",
    "hy": "Նոր կամուրջը տասը տարի անց միացրեց երկու լեռնային գյուղ",
    "ka": "ახალმა ხიდმა ათი წლის შემდეგ ორი მთის სოფელი დააკავშირა",
    "az": "Yeni körpü on ildən sonra iki dağ kəndini birləşdirdi",
    "tr": "Yeni köprü on yıl sonra iki dağ köyünü birleştirdi",
}


@pytest.mark.parametrize("headline", HEADLINES.values(), ids=list(HEADLINES))
@pytest.mark.parametrize(
    "suffix",
    [
        "",
        " | Gorni Vestnik",
        " - Gorni Vestnik",
        " — Gorni Vestnik",
        " – The Gorni Vestnik",
        " :: Gorni Vestnik",
        " / News / Gorni Vestnik",
    ],
)
def test_the_outlets_name_is_no_part_of_a_title(headline: str, suffix: str) -> None:
    """With an h1 or without, whatever sign stands before the name."""
    head = f"<title>{headline}{suffix}</title>" + meta(
        og__title=headline + suffix, og__site_name="Gorni Vestnik"
    )
    assert read(head, f"<h1>{headline}</h1><p>text</p>").title == headline
    assert read(head, "<div>text</div>").title == headline
    assert read(head, "<h1 class='logo'><a href='/'>Gorni Vestnik</a></h1>").title == headline


@pytest.mark.parametrize(
    "head,body,expected",
    [
        pytest.param(f"<title>{TITLE} — Vestnik, March 1st, 2026 — Roads, Mountains</title>", "", TITLE, id="outlet-date-sections"),
        pytest.param("<title>Vestnik | " + TITLE + "</title>", "", TITLE, id="outlet-first"),
        pytest.param("<title>Talks go on - minister</title>", "", "Talks go on - minister", id="a-dash-of-the-headline"),
        pytest.param(meta(og__title="Lifts &amp;amp; bridges: what&amp;#039;s new"), "", "Lifts & bridges: what's new", id="escaped-twice"),
        pytest.param(meta(og__title=TITLE), f"<h1>News</h1><h1>{TITLE}</h1>", TITLE, id="section-h1-first"),
        pytest.param(meta(og__title=TITLE), f"<nav><h1>Vestnik</h1></nav><h1> {TITLE} </h1><h1>Read also</h1>", TITLE, id="three-h1"),
        pytest.param(
            meta(og__title="Roads: " + TITLE),
            f'<h1><span class="article-kicker">Roads</span> <span>{TITLE}</span></h1>',
            TITLE,
            id="kicker-by-class",
        ),
        pytest.param(
            meta(og__title="Roads: " + TITLE), f"<h1><span>Roads</span><span>{TITLE}</span></h1>", TITLE, id="kicker-by-colon-in-metadata"
        ),
        pytest.param(
            meta(og__title="Bridge opened: photos, video", twitter__title="Bridge opened: photos, video"),
            "<h1>At last, the bridge of two villages is opened</h1>",
            "At last, the bridge of two villages is opened",
            id="another-headline-for-search-engines",
        ),
        pytest.param(
            meta(og__title=TITLE, twitter__title=TITLE),
            "<h1>What else our readers liked this week most</h1>",
            TITLE,
            id="an-h1-of-something-else",
        ),
        pytest.param(linked({"@type": "NewsArticle", "headline": TITLE}), "<h1>Vestnik</h1>", TITLE, id="json-ld-alone"),
        pytest.param("", f"<h1>{TITLE}</h1>", TITLE, id="h1-alone"),
        pytest.param("", f'<h1 class="site-logo">V</h1><h2>{TITLE}</h2>' + linked({"@type": "Article", "headline": TITLE}), TITLE, id="h2"),
        pytest.param(f"<title>{TITLE}</title>", "<svg><title>Search icon</title></svg>", TITLE, id="svg-title"),
        pytest.param("", "", None, id="nothing"),
        pytest.param(meta(og__title=f"<b>{TITLE}</b>"), "", TITLE, id="markup-in-metadata"),
        pytest.param(f"<title>{TITLE} | Roads | Vestnik</title>", "", TITLE, id="title-element-alone"),
        pytest.param(f"<title>{TITLE} · Vestnik</title>", '<h1 class="logo"></h1>', TITLE, id="empty-h1"),
        pytest.param(
            meta(og__title=TITLE, twitter__title=TITLE), f"<h1>{TITLE} <small>updated, with pictures of both</small></h1>", TITLE, id="h1-with-more"
        ),
        pytest.param(meta(og__title=TITLE[:30] + "…", twitter__title=TITLE[:30] + "…"), f"<h1>{TITLE}</h1>", TITLE, id="cut-in-metadata"),
        pytest.param("", "<h1>Bridge open</h1>", "Bridge open", id="nothing-but-a-heading"),
        pytest.param(
            f"<title>{TITLE}</title>" + meta(og__title="Bridge is open", twitter__title=TITLE), "", TITLE, id="a-vote"
        ),
        pytest.param(
            meta(og__title="Roads: " + TITLE), f"<h1><span>Roads:</span> {TITLE}</h1>", "Roads: " + TITLE, id="a-colon-that-is-printed"
        ),
        pytest.param(linked({"@type": "NewsArticle", "headline": "Мост открыт, сообщили в селе"}), "<h1>ВЕСТНИК ГОР</h1>", "Мост открыт, сообщили в селе", id="ru-masthead"),
        pytest.param(meta(og__title="Gorni Vestnik", og__site_name="Gorni Vestnik") + "<title>Gorni Vestnik</title>", "", None, id="only-the-outlet"),
    ],
)  # fmt: skip
def test_title(head: str, body: str, expected: str | None) -> None:
    """The headline as printed."""
    assert read(head, body).title == expected


def test_a_title_of_the_feed_helps_where_the_page_is_poor() -> None:
    """The feed's title is one more witness."""
    page = read("<title>Vestnik online</title>", "<div>text</div>", entry=Entry(url=URL, title=TITLE))
    assert page.title == TITLE


# ------------------------------------------------------------------------------------------ dates

DAY = datetime(2026, 7, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    "head,body,expected,source",
    [
        pytest.param(meta(article__published_time="2026-07-21T14:05:00+04:00"), "", "2026-07-21T10:05", "meta", id="og"),
        pytest.param('<meta itemprop="datePublished" content="2026-07-21T14:05:00+04:00">', "", "2026-07-21T10:05", "meta", id="itemprop-meta"),
        pytest.param('<meta name="DC.date.issued" content="2026-07-21">', "", "2026-07-21T00:00", "meta", id="dublin-core"),
        pytest.param(meta(article__published_time="2026-07-21 14:05"), "", "2026-07-21T10:05", "meta", id="no-zone-is-the-outlets"),
        pytest.param(linked({"@type": "NewsArticle", "datePublished": "2026-07-21T10:05:00Z"}), "", "2026-07-21T10:05", "json-ld", id="json-ld"),
        pytest.param(linked({"@graph": [{"@type": "WebPage", "datePublished": "2026-07-21T10:05:00Z"}]}), "", "2026-07-21T10:05", "json-ld", id="webpage"),
        pytest.param("", f'<h1>{TITLE}</h1><time datetime="2026-07-21T14:05:00+04:00">21 July</time>', "2026-07-21T10:05", "time", id="time"),
        pytest.param("", f'<time datetime="2026-07-21T14:05+04:00">x</time><h1>{TITLE}</h1>', "2026-07-21T10:05", "time", id="time-above"),
        pytest.param("", f'<h1>{TITLE}</h1><span itemprop="datePublished" content="2026-07-21T10:05Z">x</span>', "2026-07-21T10:05", "time", id="microdata"),
        pytest.param("", f'<h1>{TITLE}</h1><span property="schema:datePublished">2026-07-21T10:05Z</span>', "2026-07-21T10:05", "time", id="rdfa"),
        pytest.param("", f"<h1>{TITLE}</h1><div><span>Society</span><span>21.07.2026 / 14:05</span></div>", "2026-07-21T10:05", "text", id="printed"),
        pytest.param("", f"<header><p>21 июля 2026, 14:05</p><h1>{TITLE}</h1></header>", "2026-07-21T10:05", "text", id="printed-above"),
        pytest.param("", f"<h1>{TITLE}</h1><p>21 ივლისი 2026, 14:05</p>", "2026-07-21T10:05", "text", id="printed-ka"),
        pytest.param("", f"<h1>{TITLE}</h1><p>Հուլիս 21, 2026 14:05</p>", "2026-07-21T10:05", "text", id="printed-hy"),
        pytest.param("", f"<h1>{TITLE}</h1><p>21 iyul 2026 14:05</p>", "2026-07-21T10:05", "text", id="printed-az"),
        pytest.param("", f"<h1>{TITLE}</h1><p>21 Temmuz 2026 14:05</p>", "2026-07-21T10:05", "text", id="printed-tr"),
    ],
)  # fmt: skip
def test_date(head: str, body: str, expected: str, source: str) -> None:
    """Each kind of evidence alone; times without a zone are the outlet's, days without a time stay that day."""
    page = read(head, body, timezone="Asia/Yerevan")
    assert page.published is not None
    assert page.published.isoformat()[:16] == expected
    assert page.published_from == source
    assert page.warnings == ()


@pytest.mark.parametrize(
    "body",
    [
        "<p>© 2026 Gorni Vestnik. Copyright 21.07.2026</p>",
        '<aside><time datetime="2026-07-21">21 July</time></aside>',
        '<div class="related"><article><h3>Other</h3><time datetime="2026-07-21">x</time></article></div>',
        f"<div><div><h1>{TITLE}</h1></div></div>" + "<p>word</p>" * 60 + "<footer>21.07.2026 14:05</footer>",
        '<ul class="latest-news"><li><span itemprop="datePublished">2026-07-21</span></li></ul>',
    ],
)
def test_dates_of_something_else(body: str) -> None:
    """Copyright lines, side columns and lists of other articles date nothing."""
    page = read("", f"<h1>{TITLE}</h1><p>text</p>{body}" if "<h1>" not in body else body)
    assert page.published is None


def test_the_order_of_trust() -> None:
    """Meta, JSON-LD, time, feed, address, print: the next is used where the one before is missing or nonsense."""
    entry = Entry(url=URL, title=TITLE, published=datetime(2026, 7, 21, 13, tzinfo=UTC))
    address = "https://gorni-vestnik.example/2026/07/21/bridge"
    full = meta(article__published_time="2026-07-21T10:00Z")
    data = linked({"@type": "NewsArticle", "datePublished": "2026-07-21T11:00Z"})
    body = f'<h1>{TITLE}</h1><time datetime="2026-07-21T12:00Z">x</time><p>21.07.2026 15:00</p>'
    printed = f"<h1>{TITLE}</h1><p>21.07.2026 15:00</p>"
    assert read(full + data, body, entry=entry, url=address).published == DAY.replace(hour=10)
    assert read(data, body, entry=entry, url=address).published == DAY.replace(hour=11)
    assert read("", body, entry=entry, url=address).published == DAY.replace(hour=12)
    assert read("", printed, entry=entry, url=address).published == DAY.replace(hour=13)
    assert read("", printed, url=address).published == DAY.replace(hour=15)
    assert read("", "<h1>x</h1>", url=address).published == DAY
    assert read(meta(article__published_time="0001-01-01T00:00:00") + data, body).published == DAY.replace(
        hour=11
    )


def test_conflicts_are_told() -> None:
    """Two declared dates more than a day apart: one wins, the other is a warning; the address decides."""
    head = meta(article__published_time="2026-09-01T10:00Z") + linked(
        {"@type": "NewsArticle", "datePublished": "2026-07-21T10:00Z"}
    )
    page = read(head, "")
    assert (page.published_from, page.warnings) == ("meta", ("date_conflict",))
    page = read(head, "", url="https://gorni-vestnik.example/2026/07/21/bridge")
    assert (page.published_from, page.warnings) == ("json-ld", ("date_conflict",))


def test_the_future_is_no_date_of_publication() -> None:
    """Up to 48 hours of clock error are taken; what is later is not, and is told."""
    assert read(meta(article__published_time="2026-11-24T12:00Z")).published is not None
    page = read(meta(article__published_time="2027-01-01T12:00Z"))
    assert (page.published, page.warnings) == (None, ("date_in_future",))


def test_a_page_written_anew_has_the_date_that_it_prints() -> None:
    """An old address, a new text: the one date shown is the declared modification, years later."""
    data = {
        "@type": "NewsArticle",
        "headline": TITLE,
        "datePublished": "2012-05-10T10:00Z",
        "dateModified": "2026-04-24T11:00Z",
    }
    page = read(linked(data), f'<h1>{TITLE}</h1><time datetime="2026-04-24T11:00Z">April</time>')
    assert page.published == datetime(2026, 4, 24, 11, tzinfo=UTC)
    data["datePublished"] = "2026-04-20T10:00Z"
    page = read(linked(data), f'<h1>{TITLE}</h1><time datetime="2026-04-24T11:00Z">April</time>')
    assert page.published == datetime(2026, 4, 20, 10, tzinfo=UTC)


def test_an_update_is_no_publication() -> None:
    """Times that are called updated are left out; modified is kept apart and never before published."""
    body = f'<h1>{TITLE}</h1><p class="updated"><time datetime="2026-07-22T10:00Z">x</time></p><time datetime="2026-07-21T10:00Z">x</time>'
    page = read(meta(article__modified_time="2026-07-22T10:00Z"), body)
    assert page.published == DAY.replace(hour=10)
    assert page.modified == datetime(2026, 7, 22, 10, tzinfo=UTC)
    assert read(meta(article__modified_time="2026-07-20T10:00Z"), body).modified is None


@pytest.mark.parametrize(
    "url,day",
    [
        ("https://a.example/2026/07/21/slug", "2026-07-21"),
        ("https://a.example/20260721/slug-123.html", "2026-07-21"),
        ("https://a.example/news/2026-07-21-slug", "2026-07-21"),
        ("https://a.example/news/2026/jul/21/slug/", "2026-07-21"),
        ("https://a.example/news/2026/7/21/slug/", "2026-07-21"),
        ("https://a.example/a/202607211077343476-slug/", None),
        ("https://a.example/2026/02/30/slug", None),
        ("https://a.example/2026/13/01/slug", None),
        ("https://a.example/news/20261332", None),
        ("https://a.example/doc/7715044", None),
        ("https://a.example/?date=2026-07-21", None),
        ("https://2026-07-21.example/slug", None),
        ("", None),
    ],
)
def test_url_day(url: str, day: str | None) -> None:
    """Days in addresses; numbers that only look like one are none."""
    assert publication_date.url_day(url) == (day and date.fromisoformat(day))


# ------------------------------------------------------------------------------------------ authors


@pytest.mark.parametrize(
    "raw,names",
    [
        ("By Anahit Example", ["Anahit Example"]),
        ("by anahit example and Giorgi Sample", ["anahit example", "Giorgi Sample"]),
        ("Текст: Иван Примеров", ["Иван Примеров"]),
        ("Автор: Иван Примеров и Анна Образцова", ["Иван Примеров", "Анна Образцова"]),
        ("Հեղինակ՝ Արամ Օրինակյան", ["Արամ Օրինակյան"]),
        ("ავტორი: გიორგი ნიმუშაძე", ["გიორგი ნიმუშაძე"]),
        ("Müəllif: Elçin Nümunəli", ["Elçin Nümunəli"]),
        ("Ayşe Örnek ve Mehmet Deneme", ["Ayşe Örnek", "Mehmet Deneme"]),
        ("Ann Example, senior reporter", ["Ann Example"]),
        ("Ann Example / Journalist", ["Ann Example"]),
        ("Ann Example, MD, PhD", ["Ann Example"]),
        ("Ann Example, professor at the faculty of examples and mountains", ["Ann Example"]),
        ("Analysis by Ann Example", ["Ann Example"]),
        ("Ann Example (Yerevan)", ["Ann Example"]),
        ("https://www.facebook.com/example", []),
        ("@example", []),
        ("ann@vestnik.example", []),
        ("admin", []),
        ("", []),
        ("2026-07-21", []),
    ],
)
def test_names(raw: str, names: list[str]) -> None:
    """A byline's names without what stands around them."""
    assert bylines.names(raw) == names


@pytest.mark.parametrize(
    "author,expected",
    [
        ("Ann Example", ("Ann Example",)),
        (["Ann Example", "Ben Sample"], ("Ann Example", "Ben Sample")),
        ({"@type": "Person", "name": "Ann Example"}, ("Ann Example",)),
        ([{"@type": "Person", "name": "Ann Example"}, {"name": "Ann Example"}], ("Ann Example",)),
        ({"@type": "Person", "name": ["Ann Example", "Ben Sample"]}, ("Ann Example", "Ben Sample")),
        ({"@id": "#ann"}, ("Ann Example",)),
        ([{"@id": "#ann"}, "Ben Sample"], ("Ann Example", "Ben Sample")),
        ({"@type": "Person", "givenName": "Ann", "familyName": "Example"}, ("Ann Example",)),
        ({"@type": "Organization", "name": "Gorni Vestnik"}, ()),
        ({"@type": "Organization", "name": "Example Press Agency"}, ("Example Press Agency",)),
        ({"@type": "Person", "name": "Gorni Vestnik"}, ("Gorni Vestnik",)),
        ({"@type": "Person", "name": "ann-example"}, ("Ann Example",)),
        ({"@type": "Person", "name": "https://vestnik.example/ann"}, ()),
        ({"@type": "Person"}, ()),
        (None, ()),
        (17, ()),
    ],
)
def test_authors_of_json_ld(author: object, expected: tuple[str, ...]) -> None:
    """Strings, objects, lists, references; people once each; the outlet is no author of its own."""
    graph = [
        {"@type": "NewsArticle", "headline": TITLE, "author": author},
        {"@type": "Person", "@id": "#ann", "name": "Ann Example"},
    ]
    assert read(meta(og__site_name="Gorni Vestnik") + linked({"@graph": graph})).authors == expected


@pytest.mark.parametrize(
    "body,expected",
    [
        (f'<h1>{TITLE}</h1><a rel="author" href="/a/1">Ann Example</a>', ("Ann Example",)),
        (
            f'<h1>{TITLE}</h1><p class="byline">By <a href="/author/ann">ANN EXAMPLE</a> on 3 May 2026</p>',
            ("Ann Example",),
        ),
        (f"<h1>{TITLE}</h1><p>By Ann Example on Monday, November 18th, 2025 at 11:04</p>", ("Ann Example",)),
        (f'<h1>{TITLE}</h1><span class="news-author">Арам Примерян</span>', ("Арам Примерян",)),
        (f'<h1>{TITLE}</h1><span itemprop="author creator">Текст: Иван Примеров</span>', ("Иван Примеров",)),
        (
            f'<h1>{TITLE}</h1><span itemprop="author" itemscope><meta itemprop="name" content="Ann Example"></span>',
            ("Ann Example",),
        ),
        (f'<h1>{TITLE}</h1><div class="comments"><b class="author">Troll Anonymous</b></div>', ()),
        (
            f'<h1>{TITLE}</h1><div class="author">All our authors and their many articles of this year</div>',
            (),
        ),
        (f"<nav><a>Middle East</a></nav><h1>{TITLE}</h1><p>Middle East | 21.07.2026</p>", ()),
        (f"<h1>{TITLE}</h1><p>New York, 21.07.2026</p>", ()),
        (f"<h1>{TITLE}</h1><p>Ann Example | 21.07.2026</p>", ("Ann Example",)),
    ],
)
def test_printed_authors(body: str, expected: tuple[str, ...]) -> None:
    """Where nothing declares an author, what is printed by the headline."""
    assert read("", body).authors == expected


# ------------------------------------------------------------------------------------------ JSON-LD in the wild

ARTICLE = json.dumps(
    {
        "@type": "NewsArticle",
        "headline": TITLE,
        "datePublished": "2026-07-21T10:00Z",
        "author": {"name": "Ann Example"},
    }
)


@pytest.mark.parametrize(
    "script",
    [
        ARTICLE,
        f"[{ARTICLE}]",
        f'{{"@context": "https://schema.org", "@graph": [{{"@type": "WebSite"}}, {ARTICLE}]}}',
        f'{{"@type": "WebPage", "mainEntity": {ARTICLE}}}',
        f"<!-- {ARTICLE} -->",
        f"//<![CDATA[\n{ARTICLE}\n//]]>",
        f"/*<![CDATA[*/ {ARTICLE} /*]]>*/",
        f"\ufeff {ARTICLE};",
        ARTICLE.replace("}}", "},}"),
        ARTICLE.replace('"datePublished"', ', "datePublished"'),
        ARTICLE.replace('"author"', '"description": "two\nlines\tand a tab", "author"'),
        ARTICLE.replace('"author"', r'"description": "it\'s", "author"'),
        f'{{"@type": "WebSite"}} {ARTICLE}',
        ARTICLE.replace('"NewsArticle"', '["NewsArticle", "ReportageNewsArticle"]'),
        ARTICLE.replace('"NewsArticle"', '"http://schema.org/NewsArticle"'),
        ARTICLE.replace('"', "&quot;"),
    ],
)
def test_json_ld_as_it_is_written(script: str) -> None:
    """Wrapped, nested, repeated or broken: the article is found."""
    page = read(linked(script))
    assert page.title == TITLE
    assert page.published == DAY.replace(hour=10)
    assert page.authors == ("Ann Example",)


def test_the_own_article_among_others() -> None:
    """Lists of other articles in JSON-LD say nothing of this one; the address or the headline tells it."""
    others = [
        {"@type": "NewsArticle", "headline": f"Other news number {n}", "datePublished": f"2026-01-0{n}"}
        for n in range(1, 6)
    ]
    own = {"@type": "NewsArticle", "headline": TITLE, "datePublished": "2026-07-21", "url": URL}
    assert read(linked(others)).published is None
    assert read(linked([*others, own])).published == DAY
    assert read(linked([*others, own]), f"<h1>{TITLE}</h1>", url=None).published == DAY
    assert read(linked({"@type": "WebPage", "hasPart": others, "itemListElement": others})).published is None


@pytest.mark.parametrize(
    "kind", ["LiveBlogPosting", "VideoObject", "ImageGallery", "NewsArticle", "CollectionPage", "Product"]
)
def test_the_kind_of_page_is_told(kind: str) -> None:
    """What the page calls itself is handed on, for others to judge."""
    page = read(linked({"@type": kind, "headline": TITLE}) + meta(og__type="article"))
    assert kind in page.types
    assert page.og_type == "article"


@pytest.mark.parametrize("part", ["[", '{"a":', "{ ", ',"a" ', "//", "}"])
def test_json_ld_without_end(part: str) -> None:
    """Deep nesting and big scripts cost no more than their length and raise nothing."""
    assert_linear(
        lambda script: json_ld.read_json_ld([script, script[:-1] + "}"]), lambda count: part * count, 400_000
    )


# ------------------------------------------------------------------------------------------ the rest


def test_everything_else() -> None:
    """Language, summary, pictures, tags, section, addresses, the declared body."""
    head = (
        meta(
            og__locale="hy_AM",
            og__description="Two villages &amp; one bridge, ten years later.",
            og__image="/img/bridge.jpg",
            article__section="Society",
            article__tag="bridges",
            og__url="https://gorni-vestnik.example/og",
        )
        + '<meta property="article:tag" content="mountains"><link rel="canonical" href="/canonical?a=1">'
        + linked(
            {
                "@type": "NewsArticle",
                "image": [
                    {"url": "https://img.example/2.jpg", "caption": "The bridge"},
                    "/img/bridge.jpg",
                    {"@id": "#x"},
                ],
                "articleBody": "Whole text.",
                "inLanguage": "hy",
            }
        )
    )
    page = read(head, lang="hy-AM")
    assert page.language == "hy"
    assert page.summary == "Two villages & one bridge, ten years later."
    assert [(image.url, image.caption) for image in page.images] == [
        ("https://gorni-vestnik.example/img/bridge.jpg", None),
        ("https://img.example/2.jpg", "The bridge"),
    ]
    assert page.tags == ("bridges", "mountains")
    assert page.section == "Society"
    assert page.canonical == "https://gorni-vestnik.example/canonical?a=1"
    assert page.article_body == "Whole text."


@pytest.mark.parametrize(
    "claim,language",
    [
        ("en-US", "en"),
        ("az_AZ", "az"),
        ("eng", "en"),
        ("ge", "ka"),
        ("ka-GE", "ka"),
        ("RU", "ru"),
        ("nb-NO", "nb"),
        ("x-default", None),
        ("", None),
    ],
)
def test_language_claims(claim: str, language: str | None) -> None:
    """Claims in all spellings become ISO 639-1 or nothing."""
    assert read(lang=claim).language == language


@pytest.mark.parametrize(
    "href", ["javascript:void(0)", "", "http://", "mailto:a@b.example", "http://[bad", "x" * 5_000]
)
def test_a_canonical_that_is_no_address(href: str) -> None:
    """What is not an http address is none."""
    assert read(f'<link rel="canonical" href="{href}">', url=None).canonical is None


@pytest.mark.parametrize("url", ["http://[bad", "https://[::1", "http://a]b/", "//[", "http://:80/", "\x00"])
def test_an_address_that_is_none_harms_nothing(url: str) -> None:
    """Whatever a page or its caller gives as an address, the page is read."""
    assert read(meta(og__title=TITLE, og__url=url, og__image=url), url=None).title == TITLE
    assert read(meta(og__title=TITLE), url=url).title == TITLE


def test_without_an_address_or_a_clock() -> None:
    """A saved page without its URL, and no idea of today, is read all the same."""
    page = read(
        meta(og__title=TITLE, article__published_time="2026-07-21T10:00Z", og__image="/a.jpg"),
        url=None,
        now=None,
    )
    assert (page.title, page.published, page.images) == (TITLE, DAY.replace(hour=10), ())


@given(st.text(alphabet="<>/=\"' abcdhtmeiprsu1:{}[],-\\&;#", max_size=400))
def test_any_markup_is_read(markup: str) -> None:
    """No page raises."""
    extract_metadata(
        Readings(html.parse(f'<h1>x</h1><script type="application/ld+json">{markup}</script>{markup}')),
        url=URL,
        now=NOW,
    )


@pytest.mark.parametrize(
    "bomb",
    [
        lambda n: "<h1>a b c</h1>" * n,
        lambda n: f"<h1>{TITLE}</h1>" + '<time datetime="x">x</time>' * n,
        lambda n: '<meta property="og:title" content="a - b - c">' * n,
        lambda n: f"<h1>{'a - ' * 5 * n}</h1>",
        lambda n: f"<h1>{TITLE}</h1>" + "<div>21.07" * (n // 50),
        lambda n: f'<h1>{TITLE}</h1><p class="author">' + "a " * 10 * n,
        lambda n: f"<h1>{TITLE}</h1>" + '<a class="author" rel="author">Ann Example</a>' * n,
        lambda n: f"<title>{' ' * 25 * n}x</title>" + f"<title>{'| ' * 10 * n}</title>",
    ],
)  # fmt: skip
def test_bombs_cost_little(bomb: Callable[[int], str]) -> None:
    """Too many of anything, or too long, costs no more than its length."""
    assert_linear(
        lambda tree: extract_metadata(Readings(tree), url=URL, now=NOW), lambda n: html.parse(bomb(n)), 8_000
    )


# ------------------------------------------------------------------------------------------ real pages


def test_real_pages() -> None:
    """The annotated pages: titles, days and authors."""
    truths = [
        json.loads(line)
        for line in shared("corpus/truth.jsonl").read_text(encoding="utf-8").strip().split("\n")
    ]
    title = day = authors = 0
    for truth in truths:
        data = shared(f"corpus/pages/{truth['file']}").read_bytes()
        page = extract_metadata(Readings(html.parse(charset.decode_text(data)[0])), url=truth["url"], now=NOW)
        title += " ".join((page.title or "").split()) == " ".join(truth["title"].split())
        day += _same_day(page.published, truth["published"])
        authors += list(page.authors) == truth["authors"]
    assert title / len(truths) >= 0.98
    assert day / len(truths) >= 0.98
    assert authors / len(truths) >= 0.95


def _same_day(found: datetime | None, true: str) -> bool:
    if found is None:
        return False
    exact = datetime.fromisoformat(true)
    return found.isoformat()[:10] == true[:10] or (
        exact.tzinfo is not None and abs((found - exact).total_seconds()) <= 3600
    )
