"""Extraction of whole pages: body and headlines apart, in any layout and language, and no article where there is none."""

from __future__ import annotations

import datetime as dt
import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scraper.errors import DarialError
from scraper.extract import article, block_reader, body, explain, html, outlet_rules
from scraper.model import Entry, Rules
from tests.support.shared import shared

PAGES = Path(__file__).parent.parent / "data" / "pages"
NAMES = sorted(path.stem for path in PAGES.glob("*.html"))
NOW = datetime(2026, 11, 23, tzinfo=UTC)
URL = "https://ridge.example/news/2026/11/09/valley-harvest-48123"
PROSE = "Growers in the upper valley brought in a third more grapes than last year, the farm office said on Monday."


def page(name: str) -> str:
    return (PAGES / f"{name}.html").read_text(encoding="utf-8")


def paragraphs(count: int, text: str = PROSE) -> str:
    return "".join(f"<p>{n + 1}. {text}</p>" for n in range(count))


@pytest.mark.parametrize("name", NAMES)
def test_recorded_pages(name: str) -> None:
    """Each page gives exactly the article, or the reason why there is none, that stands beside it."""
    expected = json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))
    found = article.extract_article(page(name), url=expected["url"], timezone="UTC", now=NOW)
    assert list(found.body) == expected["body"]
    related = [
        {"title": h.title, "url": h.url, "where": h.where, "label": h.label, "kind": h.kind}
        for h in found.related
        if h.where != "elsewhere"  # what stands beside the article is not its list
    ]
    assert related == expected["related"]
    assert (found.extraction.method, list(found.extraction.warnings)) == (
        expected["method"],
        expected["warnings"],
    )
    assert (found.title, found.language) == (expected["title"], expected["language"])


@pytest.mark.parametrize("name", NAMES)
def test_every_block_has_a_verdict(name: str) -> None:
    """explain names every block once, with a reason, and agrees with extract."""
    expected = json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))
    verdicts = explain.of_page(page(name), url=expected["url"])
    numbered = [v.block for v in verdicts if v.block >= 0]
    assert numbered == list(range(len(numbered)))
    assert all(v.why for v in verdicts)
    said = " ".join(v.text for v in verdicts if v.verdict == "body")
    assert all(cell in said for line in expected["body"] for cell in line.split(" | "))
    listed = " ".join(v.text for v in verdicts if v.verdict == "related")
    assert all(h["title"] in listed for h in expected["related"])


def test_body_and_headlines_are_disjoint() -> None:
    """No headline of the list is a paragraph, even where the text repeats its words."""
    text = f"<main><h1>Title of the page</h1>{paragraphs(4)}<ul class=related><li><a href='/a/b-c-d-1'>Mill grinds again after a century</a></ul></main>"
    found = article.extract_article(text, url=URL)
    assert len(found.body) == 4
    assert {h.title for h in found.related}.isdisjoint(found.body)


def test_a_headline_is_no_paragraph_even_unlinked() -> None:
    """A line between paragraphs that is printed again as a linked headline is that headline."""
    title = "Mill grinds again after a century"
    text = f"<main><h1>Title of the page</h1>{paragraphs(2)}<h3>{title}</h3>{paragraphs(2)}<ul class=related><li><a href='/a/b-c-d-1'>{title}</a></ul></main>"
    found = article.extract_article(text, url=URL)
    assert title not in found.body
    assert [h.title for h in found.related] == [title]


def test_order_and_kinds_of_blocks_are_kept() -> None:
    """Sub-headings, lists, quotations and tables stand in the body where the author put them."""
    text = (
        f"<article><h1>Title of the page</h1>{paragraphs(2)}<h2>What comes next</h2><ul><li>First point of three</li><li>Second point</li></ul>"
        f"<blockquote><p>“We had never seen such a year,” she said.</p></blockquote>{paragraphs(2, PROSE.lower())}"
        "<table><tr><th>Village</th><th>Tonnes</th></tr><tr><td>Lower Mill</td><td>410</td></tr></table><p>That is all there is to say of it for now, the office added.</p></article>"
    )
    found = article.extract_article(text, url=URL)
    assert found.body[2:6] == (
        "What comes next",
        "First point of three",
        "Second point",
        "“We had never seen such a year,” she said.",
    )
    assert found.body[-3:-1] == ("Village | Tonnes", "Lower Mill | 410")


@pytest.mark.parametrize(
    ("name", "markup"),
    [
        ("div paragraphs", "".join(f"<div>{n} {PROSE}</div>" for n in range(4))),
        ("bare text and double breaks", "<br><br>".join(f"{n} {PROSE}" for n in range(4))),
        ("bare text and single breaks", "<br>".join(f"{n} {PROSE}" for n in range(4))),
        (
            "paragraphs in wrappers",
            "".join(f"<div class='w'><div class='x'><p>{n} {PROSE}</p></div></div>" for n in range(4)),
        ),
        (
            "sections between advertisements",
            "<div class='ad'>Advertisement</div>".join(
                f"<section><p>{n} {PROSE}</p></section>" for n in range(4)
            ),
        ),
        ("custom elements", "".join(f"<x-par>{n} {PROSE}</x-par>" for n in range(4))),
        ("spans", "".join(f"<p><span style='font-size:12pt'>{n} {PROSE}</span></p>" for n in range(4))),
        (
            "a cell of a layout table",
            f"<table><tr><td>{''.join(f'<p>{n} {PROSE}</p>' for n in range(4))}</td><td>Weather</td></tr></table>",
        ),
    ],
)
def test_layouts(name: str, markup: str) -> None:
    """However paragraphs are marked up, they come out one by one."""
    found = article.extract_article(
        f"<html><body><h1>Title of the page</h1><div class='c'>{markup}</div></body></html>", url=URL
    )
    assert [text.strip() for text in found.body] == [f"{n} {PROSE}" for n in range(4)], name


@pytest.mark.parametrize(
    "line",
    [
        "<div class='byline'>By Ann Marrow</div><time>9 November 2026, 10:00</time>",
        "<div class='lead'><div>Ayşe Derin Yılmaz | 05.04.2025 - Güncelleme : 05.04.2025</div></div>",
        "<div class='lead'><div>Նարե Ա. Սարգսյան, 05.04.2025, թարմացվել է՝ 06.04.2025</div></div>",
    ],
)
def test_lead_belongs_to_the_body(line: str) -> None:
    """A lead between headline and text is the first paragraph; date, author and caption there are not."""
    text = (
        "<article><header><h1>Title of the page</h1><p class='lead'>The office had expected far less in spring, after the frost.</p>"
        f"{line}</header>"
        f"<figure><img src=x><figcaption>Pickers in the upper valley at dawn on Sunday.</figcaption></figure><div>{paragraphs(3)}</div></article>"
    )
    found = article.extract_article(text, url=URL)
    assert found.body[0] == "The office had expected far less in spring, after the frost."
    assert len(found.body) == 4


@pytest.mark.parametrize(
    "tail",
    [
        "Subscribe to our newsletter to get stories like this one every day.",
        "Подписывайтесь на наш канал в Telegram, чтобы не пропустить главное.",
        "Bizi Telegram kanalımızda izləyin, xəbərləri ilk siz oxuyun.",
    ],
)
def test_calls_at_the_end_are_no_text(tail: str) -> None:
    """A line that asks the reader for something ends the article without being part of it."""
    found = article.extract_article(
        f"<article><h1>Title of the page</h1>{paragraphs(4)}<p>{tail}</p></article>", url=URL
    )
    assert len(found.body) == 4


def test_pull_quote_counts_once() -> None:
    """A passage that is printed again in a box is not taken twice; a question that recurs among siblings is."""
    quote = "We had never seen such a year, and we may not see another like it in our lives, she said."
    text = f"<article><h1>Title of the page</h1>{paragraphs(2)}<p>{quote}</p><div class='big'><p>{quote}</p></div>{paragraphs(2)}</article>"
    assert article.extract_article(text, url=URL).body.count(quote) == 1
    question = "How old were you when you began this work, and who was it that taught you?"
    text = f"<article><h1>Title of the page</h1>{''.join(f'<p>{question}</p><p>{n} {PROSE}</p>' for n in range(3))}</article>"
    assert article.extract_article(text, url=URL).body.count(question) == 3


def test_body_from_metadata_where_the_page_prints_none() -> None:
    """A page that is drawn by scripts still gives its text if its JSON-LD carries it."""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": "Title of the page",
        "articleBody": " ".join([PROSE] * 5),
    }
    found = article.extract_article(
        f"<title>Title of the page</title><script type='application/ld+json'>{json.dumps(data)}</script><div id=app></div>",
        url=URL,
    )
    assert found.body
    assert "body_from_json_ld" in found.extraction.warnings


def test_confidence_falls_when_sources_disagree() -> None:
    """The page's metadata gives another text than the page: low confidence and a warning."""
    other = " ".join(f"Something else entirely was written here, in sentence number {n}." for n in range(20))
    data = {"@type": "NewsArticle", "headline": "Title of the page", "articleBody": other}
    markup = f"<script type='application/ld+json'>{json.dumps(data)}</script><article><h1>Title of the page</h1>{paragraphs(5)}</article>"
    doubted = article.extract_article(markup, url=URL).extraction
    trusted = article.extract_article(
        f"<article><h1>Title of the page</h1>{paragraphs(5)}</article>", url=URL
    ).extraction
    assert "body_disagrees" in doubted.warnings
    assert doubted.confidence < 0.6 < trusted.confidence


def test_confidence_falls_when_the_feed_promised_more() -> None:
    """A body far shorter than what the feed announced is doubted."""
    entry = Entry(url=URL, summary=PROSE * 6)
    found = article.extract_article(
        f"<article><h1>Title of the page</h1>{paragraphs(1)}</article>", url=URL, entry=entry
    )
    assert "body_short" in found.extraction.warnings
    assert found.extraction.confidence < 0.5


RULED = (
    f"<h1>Site name</h1><div class='t'>Right title of the page</div><div class='d'>9 November 2026, 10:00</div><div class='a'>Ann Marrow</div>"
    f"<div class='txt'>{paragraphs(3)}<div class='x'>{paragraphs(1)}</div></div><div class='more'><a href='/a/1'>Two words</a></div>"
)


def test_rules_win_where_they_match() -> None:
    """An outlet's selectors say what title, body, author, date and headlines are, and what to drop."""
    outlet = Rules(
        title=(".t",), body=(".none", ".txt"), date=(".d",), author=(".a",), drop=(".x",), related=(".more",)
    )
    found = article.extract_article(RULED, url=URL, rules=(outlet,), timezone="Asia/Tbilisi", now=NOW)
    assert (found.extraction.method, found.title, found.authors) == (
        "rules",
        "Right title of the page",
        ("Ann Marrow",),
    )
    assert len(found.body) == 3
    assert (found.published, found.published_from) == (datetime(2026, 11, 9, 6, tzinfo=UTC), "rules")
    assert [h.title for h in found.related] == ["Two words"]


@pytest.mark.parametrize(
    ("outlet", "warning"),
    [
        (Rules(body=(".gone",)), "rules_no_match"),
        (Rules(body=(".d",)), "rules_disagree"),
        (Rules(body=("div[",)), "rules_no_match"),
    ],
)
def test_rules_that_fail_cost_nothing(outlet: Rules, warning: str) -> None:
    """Where rules match nothing, or far less than the page holds, the generic way is taken and says so."""
    found = article.extract_article(RULED, url=URL, rules=(outlet,), now=NOW)
    assert found.extraction.method == "generic"
    assert warning in found.extraction.warnings
    assert len(found.body) >= 3


APPEAL = "<div class='ask'><p>We are a small newsroom that lives from its readers, and every gift keeps our reporters on the road.</p></div>"
DROPPING = (
    f"<article><h1>Title of the page</h1>{paragraphs(2)}{APPEAL}{paragraphs(4)}{APPEAL}"
    "<div class='ad'><h3>Read also</h3><ul><li><a href='/news/71231-a'>The bridge in the valley is closed</a></li>"
    "<li><a href='/news/71232-b'>A new school is opened in town</a></li><li><a href='/news/71233-c'>The harvest festival moves to June</a></li></ul></div></article>"
)


@pytest.mark.parametrize(
    ("outlet", "paragraphs", "headlines"),
    [
        ((), 8, 3),
        ((Rules(drop=(".ask",)),), 6, 3),
        ((Rules(drop=(".ask", ".ad")),), 6, 0),
        ((Rules(drop=(".ad",)),), 8, 0),
        ((Rules(drop=(".ask",), body=(".gone",)),), 6, 3),
        ((Rules(drop=("article p",)),), 8, 3),
        ((Rules(drop=(".nothing",)),), 8, 3),
    ],
    ids=["no rules", "paragraphs", "paragraphs and headlines", "headlines", "beside a body that is gone", "most of the text", "nothing"],
)  # fmt: skip
def test_drop_alone(outlet: tuple[Rules, ...], paragraphs: int, headlines: int) -> None:
    """What ``drop`` names is neither text nor headline, whoever chose the text; a rule that takes most of it is not believed."""
    found = article.extract_article(DROPPING, url=URL, rules=outlet, now=NOW)
    assert (found.extraction.method, len(found.body), len(found.related)) == (
        "generic",
        paragraphs,
        headlines,
    )
    assert ("small newsroom" in " ".join(found.body)) == (paragraphs == 8)


def test_a_drop_is_explained() -> None:
    """Each dropped paragraph says that it was the outlet's rules."""
    verdicts = explain.of_page(DROPPING, url=URL, rules=(Rules(drop=(".ask",)),))
    assert {v.why for v in verdicts if "small newsroom" in v.text and v.verdict == "dropped"} == {
        outlet_rules.DROPPED
    }


def test_rules_are_chosen_by_date() -> None:
    """An old page is read with the rules of its time."""
    old, new = Rules(body=(".old",), until=dt.date(2025, 3, 1)), Rules(body=(".new",))
    assert outlet_rules.in_force((new, old), dt.date(2025, 3, 1)) == (old,)
    assert outlet_rules.in_force((new, old), dt.date(2025, 3, 2)) == (new,)
    assert outlet_rules.in_force((new, old), None) == (new,)
    assert outlet_rules.in_force((old,), None) == (old,)
    assert outlet_rules.in_force((), None) == ()


def test_body_is_capped() -> None:
    """No record holds more than half a megabyte of text."""
    found = article.extract_article(
        f"<article><h1>Title of the page</h1>{paragraphs(9_000)}</article>", url=URL
    )
    assert 400_000 < sum(map(len, found.body)) <= 500_000


def test_menu_words_do_not_hide_an_article() -> None:
    """An article in an element that is called a menu is found all the same."""
    text = f"<div class='off-canvas-menu'><div><h1>Title of the page</h1>{paragraphs(5)}</div></div><footer>About</footer>"
    found = article.extract_article(
        f"<html><head><title>Title of the page</title></head><body>{text}</body></html>", url=URL
    )
    assert len(found.body) == 5


def cards(count: int, teaser: int) -> str:
    """Teasers of other articles, longer by far than a short article."""
    return "".join(
        f"<div class='item'><h3><a href='/2026/11/{n}-some-other-story/'>Some other story number {n} of the day</a></h3>"
        f"<p>{'A teaser that says what this other story is about, so that you read it. ' * teaser}</p></div>"
        for n in range(count)
    )


@pytest.mark.parametrize(
    ("name", "around"),
    [
        ("a list of teasers below", "<div class='c'>{}<div class='list'>" + cards(8, 3) + "</div></div>"),
        (
            "teasers above and below",
            "<div>" + cards(4, 2) + "</div><div class='c'>{}</div><div>" + cards(4, 2) + "</div>",
        ),
        (
            "a longer text about the outlet",
            "<div class='c'>{}</div><div class='b'><h4>About us</h4><p>"
            + "We write of the valley. " * 11
            + "</p></div>",
        ),
        (
            "comments",
            "<div class='c'>{}</div><div id='comments'>"
            + "<div class='comment'><b>A reader</b><p>I think so too, and I have said so for years. </p></div>"
            * 12
            + "</div>",
        ),
    ],
)
def test_short_news_among_longer_texts(name: str, around: str) -> None:
    """Two sentences of news are the article, whatever else the page holds more of."""
    news = f"<h1>Bus leaves the road near the pass</h1><div class='t'><p>{PROSE}</p><p>Nobody was hurt, it added.</p></div>"
    text = f"<html><head><title>Bus leaves the road near the pass</title></head><body>{around.format(news)}</body></html>"
    found = article.extract_article(text, url="https://ridge.example/2026/11/bus-leaves-the-road/")
    assert found.body == (PROSE, "Nobody was hurt, it added."), name


def test_live_blog_is_named() -> None:
    """A live blog keeps its updates and says what it is."""
    updates = "".join(
        f"<article><time>1{n}:00</time><h3>Update {n}</h3><p>{n} {PROSE}</p></article>" for n in range(4)
    )
    found = article.extract_article(
        f"<main><div class='live-blog'><h1>Title of the page</h1>{updates}</div></main>", url=URL
    )
    assert "live_blog" in found.extraction.warnings
    assert sum(PROSE in line for line in found.body) == 4


def test_mutated_pages_never_fail() -> None:
    """Pages cut, doubled and shuffled at random give an Article or a coded error, and clean text."""
    rng = random.Random(20261123)
    texts = [page(name) for name in NAMES]
    for _ in range(250):
        text = rng.choice(texts)
        for _ in range(rng.randint(1, 5)):
            start = rng.randrange(len(text))
            end = min(len(text), start + rng.randint(1, 400))
            junk = "".join(rng.choice("<>/\"'= &;a\x00\ud800\u200b") for _ in range(12))
            text = (
                rng.choice(
                    [text[:start] + text[end:], text[:end] + text[start:], text[:start] + junk + text[start:]]
                )
                or "x"
            )
        try:
            found = article.extract_article(text, url=rng.choice([None, URL, "https://["]), now=NOW)
        except DarialError:
            continue
        assert all(line == " ".join(line.split()) != "" for line in found.body)
        assert all(h.title and (h.url is None or "://" in h.url) for h in found.related)


def test_depth_does_not_matter() -> None:
    """Deep nesting is read without recursion, or refused."""
    found = article.extract_article("<div>" * 800 + f"<h1>Title of the page</h1>{paragraphs(3)}", url=URL)
    assert len(found.body) == 3


def test_skipped_parts_are_named() -> None:
    """What was not read is listed too."""
    tree = html.parse(f"<nav><a href=/>Home page</a></nav><h1>Title of the page</h1>{paragraphs(3)}")
    layout = block_reader.layout(tree)
    assert [(part.tag, part.text) for part in layout.skipped_parts()] == [("nav", "Home page")]
    assert body.choose_body(layout, "Title of the page").title_at == 0


def test_real_pages_hold_their_quality() -> None:
    """On the annotated pages nearly all of each body is found, and no headline of the lists is in it."""
    folder = shared("corpus/pages")
    with shared("corpus/truth.jsonl").open(encoding="utf-8") as lines:
        truths = [json.loads(line) for line in lines]
    found_share, leaks, related_hits, related_all = [], 0, 0, 0
    for truth in truths:
        text = (folder / truth["file"]).read_bytes().decode("utf-8", "replace")
        found = article.extract_article(text, url=truth["url"], now=NOW)
        said = "\n".join(found.body)
        wanted = [" ".join(p.split()) for p in truth["body_paragraphs"]]
        found_share.append(sum(len(p) for p in wanted if p[:60] in said) / max(1, sum(map(len, wanted))))
        leaks += any(h["title"] in found.body for h in truth["related"] if len(h["title"].split()) > 3)
        titles = {h.title for h in found.related}
        related_hits += sum(h["title"] in titles for h in truth["related"])
        related_all += len(truth["related"])
    assert sum(found_share) / len(found_share) > 0.97
    assert leaks == 0
    assert related_hits / related_all > 0.9


@pytest.mark.parametrize(
    "line",
    [
        "The views expressed in this article are the author's own and do not necessarily reflect the policy of the paper.",
        "Ridge News is not responsible for the opinions, statements or comments presented by contributors.",
        "Мнение автора может не совпадать с позицией редакции.",
        "Հոդվածում արտահայտված մտքերը հեղինակինն են և կարող են չհամընկնել խմբագրության տեսակետի հետ։",
        "სტატიაში გამოთქმული მოსაზრება ეკუთვნის ავტორს და შესაძლოა არ ემთხვეოდეს რედაქციის პოზიციას.",
        "Məqalədə ifadə olunan fikirlər müəllifə məxsusdur və redaksiyanın mövqeyi ilə üst-üstə düşməyə bilər.",
        "Bu yazıda yer alan görüşler yazara aittir ve gazetenin görüşünü yansıtmayabilir.",
    ],
)
def test_disclaimers_end_a_text(line: str) -> None:
    """What an outlet says below an article of whose opinions these are is no part of it."""
    text = f"<main><h1>Title of the page</h1><div>{paragraphs(4)}<p><em>{line}</em></p></div></main>"
    assert len(article.extract_article(text, url=URL).body) == 4


@pytest.mark.parametrize(
    ("opening", "kept"),
    [
        ("<span>20 noyabr 2026 14:35</span>Growers", "Growers"),
        ("<span>14:35, 20.11.2026</span> Growers", "Growers"),
        ("20 November 2026 was the day on which growers", "20 November 2026 was the day on which growers"),
        ("14:35 is when the growers", "14:35 is when the growers"),
    ],
)
def test_stamp_glued_to_a_text(opening: str, kept: str) -> None:
    """Day and time in front of the first word are the page's, a day alone may be the text's."""
    page = f"<main><h1>Title of the page</h1><div>{opening}{PROSE.removeprefix('Growers')}<br><br>{PROSE} Again.</div></main>"
    assert article.extract_article(page, url=URL).body[0] == kept + PROSE.removeprefix("Growers")


def test_headline_printed_in_no_heading() -> None:
    """Where a page has no heading, what it prints under the name of a title and its title element begins with is the headline."""
    page = (
        "<html><head><title>Valley harvest beats forecasts - Ridge</title></head><body><table><tr><td>"
        "<div class='newstitle'>Valley harvest beats forecasts</div><div>20.11.2026, 14:35</div>"
        f"<div>{paragraphs(4)}</div></td></tr></table></body></html>"
    )
    found = article.extract_article(page, now=NOW)
    assert found.title == "Valley harvest beats forecasts"
    assert found.published is not None
    assert found.published.date() == dt.date(2026, 11, 20)
    assert len(found.body) == 4


def test_text_in_parts() -> None:
    """A text that advertisements cut into parts of one make is one text; so are parts under sub-headings; parts under linked ones are articles."""
    line = "<p><a href='/subscribe/now'>Exclusive columns by well known writers, every day</a></p>"
    offer = f"<div class='q7'>{line * 12}</div>"
    part = "<section class='c41'>{}</section>"
    parts = offer.join(part.format(paragraphs(2, f"{PROSE} So said number {n}.")) for n in range(3))
    page = f"<main><article><h1>Title of the page</h1>{parts}</article></main>"
    assert len(article.extract_article(page, url=URL).body) == 6
    others = offer.join(
        part.format(f"<h2>Title number {n}</h2>{paragraphs(3, f'{PROSE} So said number {n}.')}")
        for n in range(3)
    )
    page = f"<main><div><h1>Title number 0</h1>{others}</div></main>"
    assert len([p for p in article.extract_article(page, url=URL).body if "So said" in p]) == 9
    linked = page.replace("<h2>", "<h2><a href='/n/1-other'>").replace("</h2>", "</a></h2>")
    assert len([p for p in article.extract_article(linked, url=URL).body if "So said" in p]) == 3
