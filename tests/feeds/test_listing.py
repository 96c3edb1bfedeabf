"""Listing pages: which links are articles, what they are called, and when they are from."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from scraper.feeds.listing import parse_listing
from tests.support.shared import shared

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAGE = "https://www.dagyolu.example/az/"

CARDS = """<html lang="az"><head><title> Dağ Yolu </title></head><body>
<nav><a href="/az/">Ana səhifə</a><a href="/az/iqtisadiyyat/">İqtisadiyyat xəbərləri və rəyləri burada</a></nav>
<main><div class="cards">
 <div class="card"><a href="/az/xeber/5011#top"><img src="/i/1.jpg" alt="Foto"></a>
  <h3><a href="/az/xeber/5011">Kənddə yeni məktəb açıldı</a></h3><span class="date">Bu gün / 12:18</span><a href="/az/xeber/5011">Ətraflı</a></div>
 <div class="card"><a href="/az/xeber/5010?utm_source=home"><h3>Bazar bağlandı, satıcılar etiraz edir</h3><p>Uzun bir təsvir mətni.</p><time datetime="2026-11-19T22:30:00+04:00">Dünən</time></a></div>
 <div class="card"><a href="https://dagyolu.example/az/xeber/5009">19:44 Liman işçiləri tətilə başladı</a></div>
 <div class="card"><a href="/az/xeber/5008"><img src="/i/4.jpg" alt="Yolda qəza: üç nəfər xəstəxanada"></a></div>
 <div class="card"><a href="https://other.example/x/123456">Başqa saytın uzun bir başlığı burada</a></div>
</div></main>
<footer><a href="/az/xeber/1">Haqqımızda çox uzun bir səhifə başlığı</a><a href="mailto:a@b.example">Yazın</a></footer>
</body></html>"""

WANTED = [
    ("https://www.dagyolu.example/az/xeber/5011", "Kənddə yeni məktəb açıldı", "2026-11-20T08:18"),
    (
        "https://www.dagyolu.example/az/xeber/5010?utm_source=home",
        "Bazar bağlandı, satıcılar etiraz edir",
        "2026-11-19T18:30",
    ),
    ("https://dagyolu.example/az/xeber/5009", "Liman işçiləri tətilə başladı", "2026-11-20T15:44"),
    ("https://www.dagyolu.example/az/xeber/5008", "Yolda qəza: üç nəfər xəstəxanada", None),
]


def read(html: str, **kwargs):
    found = parse_listing(html, url=PAGE, timezone="Asia/Baku", now=NOW, **kwargs)
    return [(e.url, e.title, e.published and e.published.strftime("%Y-%m-%dT%H:%M")) for e in found.entries]


def test_by_structure():
    """Without a pattern: headlines with article addresses, each once, with title and date; no menus, no other sites."""
    wanted = [(u, t, "2026-11-19T15:44" if u.endswith("5009") else d) for u, t, d in WANTED]
    assert read(CARDS) == wanted


def test_by_pattern():
    """With the outlet's pattern: exactly what matches, in the footer too, whatever it is called."""
    found = read(CARDS, article_url=r"^https?://(www\.)?dagyolu\.example/az/xeber/\d+")
    assert [u for u, _, _ in found[:4]] == [u for u, _, _ in WANTED]
    assert len(found) == 5
    assert read(CARDS, article_url=r"/nowhere/") == []


def test_about_the_page():
    """The page's own title, language and address are the feed's."""
    found = parse_listing(CARDS, url=PAGE)
    assert (found.kind, found.title, found.language, found.link) == ("listing", "Dağ Yolu", "az", PAGE)
    assert found.entries[0].published is None  # "today" means nothing without a now


@pytest.mark.parametrize(
    "path, is_article",
    [
        ("/news/2026/11/20/bridge", True), ("/news/20261120/77.html", True), ("/story?id=123456", True),
        ("/ru/novosti/most-otkryt-posle-dolgogo-remonta", True), ("/a/33423647.html", True),
        ("/category/politics-and-economy-of-the-region", False), ("/tag/123456", False), ("/author/987654", False),
        ("/rules-and-terms", False), ("/files/report-123456.pdf", False), ("/page/12345", False), ("/news/", False),
    ],
)  # fmt: skip
def test_shapes_of_addresses(path, is_article):
    """One link alone is an article only if its address says so."""
    html = f'<body><a href="{path}">A headline of some five words</a></body>'
    assert bool(parse_listing(html, url="https://o.example/").entries) is is_article


def test_company_makes_a_doubtful_shape_an_article():
    """Short slugs are articles where several headlines share the shape."""
    html = "".join(
        f'<h2><a href="/news/slug-{word}">The {word} headline has enough words</a></h2>'
        for word in ("a", "b", "c", "d")
    )
    assert len(parse_listing(html, url="https://o.example/").entries) == 4
    assert parse_listing(html.split("</h2>")[0], url="https://o.example/").entries == ()


def test_base_element_and_odd_links():
    """Links are relative to <base>; broken ones are passed over."""
    html = '<base href="https://o.example/x/"><a href="n/123456">A headline of some five words</a><a href="http://[">x</a><a>y</a>'
    assert [e.url for e in parse_listing(html, url="https://o.example/").entries] == [
        "https://o.example/x/n/123456"
    ]
    assert parse_listing("", url=PAGE).entries == ()


def test_real_pages():
    """On the annotated pages, at least nine of ten linked headlines of the outlet itself are found by structure alone."""
    found = wanted = 0
    folder = shared("corpus/pages")
    for line in shared("corpus/truth.jsonl").read_text(encoding="utf-8").splitlines()[:49:4]:
        truth = json.loads(line)
        html = (folder / truth["file"]).read_text(encoding="utf-8", errors="replace")
        titles = [e.title or "" for e in parse_listing(html, url=truth["url"], now=NOW).entries]
        headlines = [
            r["title"][:25] for r in truth["related"] if r.get("url", "").startswith(truth["url"][:20])
        ]
        wanted += len(headlines)
        found += sum(any(h in t for t in titles) for h in headlines)
    assert found >= 0.9 * wanted
