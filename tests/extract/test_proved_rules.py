"""Rules in sources.toml that call themselves proved: each agrees with the recorded pages of its outlet."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from scraper.config.load import load_sources
from scraper.extract import html
from scraper.model import Rules, Source
from scraper.pipeline.source_lookup import SourceLookup
from scraper.text.normalize import folded_words
from tests.support.shared import ROOT, SHARED, shared

OURS = load_sources((ROOT / "sources.toml").read_text(encoding="utf-8")).sources


def recorded_pages() -> list[tuple[str, Source]]:
    """Each recorded page of one of our outlets, found by the address that the page gives itself."""
    owners = SourceLookup(OURS)
    found = []
    for path in sorted((SHARED / "corpus" / "pages").glob("*.html")):
        tree = html.parse(path.read_text(encoding="utf-8", errors="replace"))
        links = html.select(tree, 'link[rel="canonical"], meta[property$=":url"]')
        urls = {n.attributes.get("href") or n.attributes.get("content") or "" for n in links}
        known = {o.id: o for url in sorted(urls) if (o := owners.find(url)) and inside(url, o)}
        found += [(path.name, outlet) for outlet in known.values()]
    return found


def inside(url: str, outlet: Source) -> bool:
    """True if an address lies in the folder of its outlet's home page, where several outlets share a host."""
    return urlsplit(url).path.startswith(urlsplit(outlet.homepage).path.rstrip("/"))


PAGES = recorded_pages()


def texts(tree: html.Tree, selectors: tuple[str, ...]) -> list[str]:
    """What the first selector that matches gives."""
    for selector in selectors:
        if nodes := html.select(tree, selector):
            return [" ".join(folded_words(node.text(separator=" "))) for node in nodes]
    return []


def agrees(rules: Rules, tree: html.Tree, truth: dict) -> bool:
    """Title as annotated, all paragraphs in body or lead and in their order, no other article's headline among them."""
    body = " ".join(texts(tree, rules.lead) + texts(tree, rules.body))
    places = [body.find(" ".join(folded_words(p))) for p in truth["body_paragraphs"]]
    headlines = [" ".join(folded_words(h["title"])) for h in truth["related"]]
    title = texts(tree, rules.title)
    return (
        min(places) >= 0
        and places == sorted(places)
        and not any(h in body for h in headlines)
        and (not rules.title or title == [" ".join(folded_words(truth["title"]))])
    )


@pytest.mark.parametrize("name, outlet", PAGES, ids=[name for name, _ in PAGES])
def test_proved_rules_agree_with_the_page(name, outlet):
    """An outlet with recorded pages has rules that are proved by each of them."""
    truth = [
        json.loads(line) for line in shared("corpus/truth.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    (known,) = [t for t in truth if t["file"] == name]
    tree = html.parse(shared(f"corpus/pages/{name}").read_text(encoding="utf-8"))
    assert [agrees(rules, tree, known) for rules in outlet.rules if rules.proved] == [True]


def test_nothing_else_is_called_proved():
    """Without a recorded page a rule set is a hint, and says so."""
    shared("corpus/pages")
    seen = {outlet.id for _, outlet in PAGES}
    assert seen
    assert [s.id for s in OURS if any(r.proved for r in s.rules) and s.id not in seen] == []
