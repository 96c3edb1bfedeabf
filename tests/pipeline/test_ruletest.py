"""`darial sources test`: a source's rules on recorded pages, beside the generic path."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest

from scraper.cli import main
from scraper.extract import article as extraction
from scraper.extract import html, outlet_rules
from scraper.model import Article, Page, Rules
from scraper.pipeline import compare_rules
from scraper.warc.page_archive import FOLDER, PageArchive, archive_files
from tests.pipeline.test_pipeline import SENTENCES, article
from tests.support.shared import ROOT, shared
from tests.support.stories import NOW

URL = "https://courier.example/news/7-road"
OLD = Rules(title=(".old-title",), body=(".old",), until=dt.date(2025, 1, 1))
FIRST, SECOND = (
    Rules(title=("h1",), body=(".story",)),
    Rules(title=("h1",), body=("article",), date=(".when",)),
)
TEXT = article(7).decode()


def compared(*given: Rules, text: str = TEXT) -> compare_rules.Comparison:
    ruled = extraction.extract_article(text, url=URL, rules=given)
    return compare_rules.compare_extractions(
        text, url=URL, rules=given, ruled=ruled, generic=extraction.extract_article(text, url=URL)
    )


VERDICTS = {
    "rules that match": ((SECOND,), "match", ("date",)),
    "rules that do not": ((FIRST,), "no match", ("body",)),
    "the second layout": ((FIRST, SECOND), "match", ("date",)),
    "a layout of the past is not asked": ((OLD, SECOND), "match", ("date",)),
    "neither": ((FIRST, Rules(body=("td.text",))), "no match", ("body",)),
    "only a title": ((Rules(title=("h1",)),), "match", ()),
    "only a title that is not there": ((Rules(title=("h1.big",)),), "no match", ("title",)),
    "nothing to drop": ((Rules(body=("article",), drop=(".advert",)),), "match", ("drop",)),
    "a body that is a line of it": ((Rules(body=("article p:nth-child(2)",)),), "disagree", ()),
}  # fmt: skip


@pytest.mark.parametrize("given, verdict, silent", VERDICTS.values(), ids=VERDICTS.keys())
def test_verdicts(given, verdict, silent):
    """Whether the rules of the page's time match it, and which of their keys select nothing."""
    found = compared(*given)
    assert (found.verdict, found.silent) == (verdict, silent)


def test_what_the_rules_change():
    """Paragraphs that only one way keeps are named, and so is everything else that differs."""
    found = compared(Rules(body=("article",), drop=("p:last-child",)))
    assert (found.verdict, found.differs) == ("match", ("body",))
    assert (found.rules.paragraphs, found.generic.paragraphs) == (4, 5)
    assert len(found.only_generic) == 1
    assert found.only_rules == ()
    assert found.similarity == 1.0


def test_nothing_changed():
    """Rules that agree with the generic path in everything differ in nothing."""
    assert compared(SECOND).differs == ()


def test_empty_bodies():
    """Pages of which neither way makes a body can be compared, too."""
    nothing = Article(title=None, body=())
    found = compare_rules.compare_extractions(TEXT, url=URL, rules=(SECOND,), ruled=nothing, generic=nothing)
    assert found.similarity == 1.0


IN_FORCE = {
    "all without an end": ((FIRST, SECOND), dt.date(2026, 1, 1), (FIRST, SECOND)),
    "the layout of the time": ((FIRST, OLD), dt.date(2024, 1, 1), (OLD,)),
    "no date: the present ones": ((OLD, FIRST), None, (FIRST,)),
    "nothing but the past": ((OLD,), dt.date(2026, 1, 1), (OLD,)),
    "none": ((), None, ()),
}


@pytest.mark.parametrize("given, day, wanted", IN_FORCE.values(), ids=IN_FORCE.keys())
def test_layouts_in_force(given, day, wanted):
    """Which layouts are tried for an article of a day, in which order."""
    assert outlet_rules.in_force(given, day) == wanted


def test_layouts_are_tried_in_order():
    """The first layout whose body is on the page; the very first if none is."""
    tree = html.parse(TEXT)
    for given, wanted in (((FIRST, SECOND), SECOND), ((SECOND, FIRST), SECOND), ((FIRST, FIRST), FIRST)):
        applied = outlet_rules.try_in_order(tree, given, None)
        assert applied is not None
        assert applied.rules is wanted
    assert outlet_rules.try_in_order(tree, (), None) is None


# ------------------------------------------------------------------------------------------ the command

SOURCES = """
[[source]]
id = "courier"
name = "Courier"
homepage = "https://courier.example/"
country = "ge"
languages = ["en"]
feeds = [{ url = "https://courier.example/feed.xml" }]
[[source.rules]]
title = ["h1"]
body = ["article"]

[[source]]
id = "herald"
name = "Herald"
homepage = "https://herald.example/"
country = "ge"
languages = ["en"]
feeds = [{ url = "https://herald.example/feed.xml" }]
"""
RELAUNCHED = article(9).replace(b"article>", b"main>")


@pytest.fixture
def darial(capsysbinary, tmp_path):
    """The command over a store whose archive has two pages of the courier's, and one of the herald's."""
    archive = PageArchive(tmp_path / "data" / FOLDER, max_bytes=10**7)

    def keep(source: str, number: int, body: bytes, kind: str = "text/html") -> None:
        url = f"https://{source}.example/news/{number}-road"
        archive.keep(
            Page(url=url, final_url=url, status=200, headers={"content-type": kind}, body=body, fetched=NOW),
            source,
        )

    keep("courier", 7, article(7))
    keep("courier", 8, article(8))
    keep("herald", 1, article(1))
    keep("courier", 6, b"<?xml version='1.0'?><rss><channel><title>x</title></channel></rss>", "text/xml")
    (tmp_path / "sources.toml").write_text(SOURCES)

    def _darial(*args):
        rest = ["--sources", tmp_path / "sources.toml", "--store", tmp_path / "data"]
        code = main.main(["sources", "test", *map(str, [*rest, *args])])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    _darial.keep = keep  # type: ignore[attr-defined]
    _darial.archive = tmp_path / "data" / FOLDER  # type: ignore[attr-defined]
    return _darial


def test_the_pages_of_the_store(darial):
    """All that the archive has of the source; exit 0 when the rules match every page."""
    code, out, err = darial("courier", "--json")
    pages = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [page["url"][-6:] for page in pages] == ["7-road", "8-road"]
    assert {page["verdict"] for page in pages} == {"match"}
    assert "match 2 of 2 pages" in err


def test_rules_that_no_longer_match(darial):
    """A page of another layout is shown with what the rules miss, and the exit code is 1."""
    darial.keep("courier", 9, RELAUNCHED)
    code, out, err = darial("courier")
    assert code == 1
    assert "no match; the selectors of body find nothing" in out
    assert re.search(r"^paragraphs +5 +5", out, re.MULTILINE)
    assert "match 2 of 3 pages" in err


def test_a_recording(darial):
    """--replay takes any WARC file and finds the source's pages in it by their addresses."""
    (path,) = archive_files(darial.archive)
    code, out, err = darial("courier", "--replay", path, "--json")
    assert code == 0
    assert len(out.splitlines()) == 2
    assert str(path) in err.replace("\n", "")


def test_the_newest_only(darial):
    """--limit looks at the last pages."""
    darial.keep("courier", 9, RELAUNCHED)
    assert darial("courier", "--limit", "1")[0] == 1


WRONG = {
    "no such outlet": (["courer"], 2, 'no source "courer"'),
    "a source without rules": (["herald"], 2, "has no rules"),
    "no such recording": (["courier", "--replay", "none.warc.gz"], 2, "no such file"),
    "no pages": (["courier", "--store", "elsewhere"], 1, "no page in the archive"),
}


@pytest.mark.parametrize("args, code, said", WRONG.values(), ids=WRONG.keys())
def test_nothing_to_test(darial, args, code, said):
    """What is missing is said in one line."""
    result, out, err = darial(*args)
    assert (result, out) == (code, "")
    assert said in err


@pytest.mark.parametrize("name", ["tert", "tehrantimes", "kommersant", "aa-tr"])
def test_our_own_proved_rules(name, capsysbinary):
    """Rules in sources.toml that call themselves proved match the recorded pages of their sources."""
    recording = shared("corpus/web.warc.gz")
    sources = str(ROOT / "sources.toml")
    assert main.main(["sources", "test", name, "--sources", sources, "--replay", str(recording)]) == 0
    assert b"the rules match" in capsysbinary.readouterr().err


assert len(SENTENCES) == 5  # what "paragraphs 5" above counts
