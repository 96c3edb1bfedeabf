"""The sources.toml that comes with Darial: which outlets are polled, and that their addresses fit what is known of them."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from html import escape
from urllib.parse import urlsplit

import pytest

from scraper.config.load import load_sources
from scraper.extract.article import extract_article
from scraper.feeds.listing import parse_listing
from scraper.pipeline.feed_reading import addresses
from scraper.pipeline.readings import Address
from scraper.pipeline.source_lookup import SourceLookup
from tests.support.shared import ROOT, shared


@pytest.fixture(scope="module")
def ours():
    return load_sources((ROOT / "sources.toml").read_text(encoding="utf-8"))


def test_our_file(ours):
    """The outlets that come with Darial: nearly all polled, all nine perspectives, in order."""
    assert len(ours.sources) == 201
    assert len(ours.enabled) == 192
    assert {s.country for s in ours.enabled} == {"ab", "am", "az", "ge", "int", "ir", "os", "ru", "tr"}
    assert [(s.country, s.id) for s in ours.sources] == sorted((s.country, s.id) for s in ours.sources)


POLLED_AT_LEAST = {"az": 35, "en": 75, "hy": 35, "hyw": 9, "ka": 25, "ru": 60, "tr": 15}


def test_our_languages(ours):
    """Every language of the region is polled, and Turkish by feeds."""
    polled = Counter(language for s in ours.enabled for language in s.languages)
    assert {
        language: polled[language]
        for language in POLLED_AT_LEAST
        if polled[language] < POLLED_AT_LEAST[language]
    } == {}
    assert sum(f.enabled and f.language == "tr" for s in ours.enabled for f in s.feeds) >= 12


def test_our_disabled_outlets_say_why(ours):
    """An outlet is off only where nothing can be polled, and its note says so."""
    reasons = ("No feed or listing known", "challenge", "Closed")
    off = [s for s in ours.sources if not s.enabled]
    assert [s.id for s in off if not any(reason in (s.notes or "") for reason in reasons)] == []
    assert [s.id for s in off if any(f.enabled for f in s.feeds)] == []


def test_our_patterns_name_their_outlet(ours):
    """An article pattern begins with the outlet's own host: it can never match another's article."""
    for source in ours.sources:
        names = {(urlsplit(source.homepage).hostname or "").removeprefix("www."), *source.hosts}
        words = {name.split(".")[-2] for name in names}
        pattern = (source.article_url or "").replace("\\", "")
        assert not pattern or (pattern.startswith("^http") and any(word in pattern for word in words)), (
            source.id
        )


def test_our_feeds_are_not_reported_dead(ours):
    """No feed is on that the evidence calls dead or a template, and every outlet for which it has a living one is on."""
    evidence = tomllib.loads(shared("outlets/outlets.toml").read_text(encoding="utf-8"))["source"]
    status = {
        f["url"]: "template" if f.get("template") else f["status"] for s in evidence for f in s["feeds"]
    }
    on = {f.url for s in ours.sources for f in s.feeds if f.enabled}
    assert {s["id"] for s in evidence} <= {s.id for s in ours.sources}
    assert [url for url in sorted(on) if status.get(url) in ("reported-dead", "template")] == []
    alive = {s["id"] for s in evidence for f in s["feeds"] if status[f["url"]] in ("verified-2026", "listed")}
    assert alive - {s.id for s in ours.enabled} == set()


ARTICLES = {  # as they stand in public files
    "aa-en": "https://www.aa.com.tr/en/world/some-words-of-a-headline/3307498",
    "aa-tr": "https://www.aa.com.tr/tr/gundem/turkiyede-orman-yanginlari-gecen-yila-gore-yuzde-78-artti/3307498",
    "agos": "https://www.agos.com.tr/tr/yazi/36131/pkk-turkiye-deki-tum-gucleri-geri-cekiyoruz",
    "al-monitor": "https://www.al-monitor.com/originals/2026/09/saudi-arabia-taps-chinas-minimax-arabic-ai-model",
    "apsadgil": "https://apsadgil.info/news/politics/komanda-minoborony-abkhazii-prinimaet-uchastie-v-konkurse/",
    "armlur": "https://armlur.am/910994/",
    "aysor": "http://www.aysor.am/en/news/2015/04/24/Delegation-led-by-French-President-arrives-in-Yerevan/940680",
    "batumelebi": "https://batumelebi.netgazeti.ge/news/614881/",
    "bbc-azeri": "https://www.bbc.com/azeri/azerbaijan-45833081.amp",
    "bbc-russian": "https://www.bbc.com/russian/news-63912735",
    "bbc-turkce": "https://www.bbc.com/turkce/articles/ckg18mnvdk1o",
    "bianet": "https://bianet.org/haber/erdogan-ozele-tazminat-davasi-acti-313281",
    "eadaily-en": "https://eadaily.com/en/news/2026/03/01/the-irgc-launched-a-missile-attack-on-the-us-aircraft-carrier",
    "eadaily-ru": "https://eadaily.com/ru/news/2026/03/01/iran-nanes-udar",
    "hraparak": "https://hraparak.am/post/e1754420828e46e64d08b287d2fcaf51",
    "lent-az": "http://lent.az/xeber/sosial/example-title-470101",
    "meduza": "https://meduza.io/feature/2026/09/24/vybory-v-gosdumu-2026-samye-gryaznye-parlamentskie-vybory",
    "medyascope": "https://medyascope.tv/2026/05/18/rasim-ozan-kutahyali-tutuklandi/",
    "moscowtimes": "https://ru.themoscowtimes.com/2026-05-08/v-rossii-nachali-blokirovat-odnu-iz-krupneishih",
    "mtavari": "https://mtavari.tv/news/111058",
    "mtisambebi": "https://mtisambebi.ge/en/news/item/1341-chiatura-%E2%80%93-zone-of-a-disaster",
    "netgazeti": "https://netgazeti.ge/news/614881/",
    "oragir": "https://oragir.news/hy/material/2026/06/28/200446",
    "pastinfo": "https://www.pastinfo.am/hy/news/2026/08/25/574585858/1978725",
    "shamshyan": "https://shamshyan.com/hy/article/2021/09/11/1195832/",
    "t24": "https://t24.com.tr/haber/victor-osimhen-sampiyonlar-ligi-nde-haftanin-11-ine-secildi,1203040",
    "teleqraf": "https://teleqraf.az/news/dunya/537688.html",
    "trthaber": "https://www.trthaber.com/haber/gundem/turkiyeden-kktcye-arama-kurtarma-destegi-955372.html",
    "yerkir": "https://yerkir.am/hy/article/2026/09/14/318795",
}


@pytest.mark.parametrize("outlet", ARTICLES)
def test_our_patterns_match_articles(ours, outlet):
    """An article's address belongs to its outlet, even where several share a host, and has the outlet's form."""
    owner = SourceLookup(ours.sources).of(ARTICLES[outlet])
    assert owner.id == outlet
    assert re.search(owner.article_url, ARTICLES[outlet])


LISTING = """<html lang="en"><body><nav><a href="/en/">News</a><a href="/en/dossier/south-caucasus">The South Caucasus, a dossier</a></nav>
<ul class="news-feed">
<li><a href="/en/news/2025/12/24/why-baku-stayed-away"><span>14:05</span> Why Baku stayed away from the informal summit</a></li>
<li><a href="https://eadaily.com/en/news/2026/01/03/fish"><span>13:40</span> In the Black and Azov seas, the fish went</a></li>
<li><a href="https://eadaily.com/ru/news/2026/01/03/ryba">В Черном и Азовском морях рыба ушла</a></li>
</ul></body></html>"""


def test_the_listing_of_an_outlet_without_feed(ours):
    """EADaily in English is polled by its listing: the articles of that edition, and nothing else of the page."""
    (outlet,) = (s for s in ours.enabled if s.id == "eadaily-en")
    assert addresses(outlet, all_ways=False) == [Address("https://eadaily.com/en/", "listing")]
    found = parse_listing(LISTING, url=outlet.listings[0], article_url=outlet.article_url)
    assert [e.url for e in found.entries] == [
        "https://eadaily.com/en/news/2025/12/24/why-baku-stayed-away",
        "https://eadaily.com/en/news/2026/01/03/fish",
    ]


LAYOUTS = {
    "the markup of the rules": '<div class="two-columns"><h1>{title}</h1><div class="news-text-body">{body}</div><ul class="news-feed">{list}</ul></div>',
    "the list inside the text": '<div class="two-columns"><h1>{title}</h1><div class="news-text-body">{body}<ul class="news-feed">{list}</ul></div></div>',
    "other markup": '<main><h1>{title}</h1><section class="txt">{body}</section><ul class="x">{list}</ul></main>',
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_its_pages_come_out_like_the_seed(ours, layout):
    """The article and the six headlines of the seed, as a page of that outlet: all paragraphs in the body, the headlines behind it apart."""
    (outlet,) = (s for s in ours.enabled if s.id == "eadaily-en")
    truth = json.loads(shared("seed/truth.jsonl").read_text(encoding="utf-8"))
    parts = {
        "title": "Why Baku stayed away from the informal summit",
        "body": "".join(f"<p>{escape(text)}</p>" for text in truth["body"]),
        "list": "".join(
            f'<li><a href="/en/news/2026/01/03/{n}-story"><span>1{n}:05</span> {escape(text)}</a></li>'
            for n, text in enumerate(truth["related"])
        ),
    }
    page = f"<!doctype html><html lang=en><body>{LAYOUTS[layout].format(**parts)}<footer>EADaily, 2025</footer></body></html>"
    found = extract_article(
        page,
        url="https://eadaily.com/en/news/2025/12/24/why-baku-stayed-away",
        rules=outlet.rules,
        timezone=outlet.timezone,
        languages=outlet.languages,
        article_url=outlet.article_url,
    )
    assert found.title == parts["title"]
    assert list(found.body) == truth["body"]
    assert [h.title for h in found.related] == truth["related"]


PAGE = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")


def test_our_figures_in_the_docs(ours):
    """The page about sources.toml tells the figures of our file."""
    feeds = [f for s in ours.sources for f in s.feeds]
    fed = sum(any(f.enabled for f in s.feeds) for s in ours.enabled)
    assert f"{len(ours.sources)} sources ({len(ours.enabled)} enabled), {len(feeds)} feeds" in PAGE
    assert f"{fed} have a feed, {len(ours.enabled) - fed} a listing only" in PAGE
    assert f"- {len(ours.sources)} sources in `sources.toml`, {len(ours.enabled)} of them polled" in (
        ROOT / "CHANGELOG.md"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize("country", ["am", "az", "ge", "ru", "tr", "int", "ir"])
def test_our_table_of_perspectives(ours, country):
    """Each row of its table counts the outlets of a country and those that are on."""
    (row,) = re.findall(rf"\(`{country}`\) \| (\d+) \| (\d+) \|", PAGE)
    known, on = (sum(s.country == country for s in some) for some in (ours.sources, ours.enabled))
    assert row == (str(known), str(on))
