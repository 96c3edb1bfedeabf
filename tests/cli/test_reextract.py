"""`darial store reextract`: today's code and rules on archived pages; our revisions never look like a source's edits."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from scraper.cli import main, reextract
from scraper.codec import replace
from scraper.config.load import load_sources
from scraper.dedupe import decide
from scraper.model import Entry, ExtractedArticle, Page, PollDraft, SourceState
from scraper.parse_pool import ParsePool, parse_page
from scraper.pipeline.reextract import is_current, reextracted, reextraction_job
from scraper.warc.page_archive import FOLDER, PageArchive, archive_files
from storage import open_store
from tests.pipeline.test_pipeline import SENTENCES
from tests.support.stories import NOW, found, poll, story

OUTLET = """
[[source]]
id = "{id}"
name = "{id}"
homepage = "https://{id}.example/"
country = "ge"
languages = ["en"]
feeds = [{{ url = "https://{id}.example/feed.xml" }}]
"""
RULES = '[[source.rules]]\nbody = ["article"]\ndrop = [".note"]\n'
PAGES = {"courier": 3, "herald": 2}


def page(source: str, n: int) -> Page:
    body = "".join(f"<p>{s} Report {n} of {source}.</p>" for s in SENTENCES)
    note = f"<p class=note>The paper thanks its readers of series {n} for many letters on the road and the pass.</p>"
    url = f"https://{source}.example/news/{n}-road"
    data = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Road {n} is repaired at last</title>"
        f"<article><h1>Road {n} is repaired at last</h1>{body}{note}</article></html>"
    ).encode()
    at = NOW + timedelta(hours=n, microseconds=7)
    return Page(url=url, final_url=url, status=200, headers={}, body=data, fetched=at)


def extracted(given: Page, source: str) -> ExtractedArticle:
    job = reextraction_job(given, draft(given, source), None)
    return ExtractedArticle(
        source=source,
        url=given.url,
        urls=(),
        keys=("u:" + given.url.removeprefix("https://"),),
        article=parse_page(job),
        fetched=given.fetched,
        found_by="feed",
    )


def draft(given: Page, source: str):
    from storage.records import compose

    return compose(replace(found(given.url, [], source=source), fetched=given.fetched))


@pytest.fixture
def world(tmp_path):
    """A store with the articles of two sources, their pages in its archive, and a sources file without rules."""
    path = tmp_path / "data"
    archive = PageArchive(path / FOLDER, max_bytes=10**7)
    with open_store(path) as opened:
        for source, count in PAGES.items():
            pages = [page(source, n) for n in range(1, count + 1)]
            for one in pages:
                archive.keep(one, source)
            articles = tuple(extracted(one, source) for one in pages)
            state = SourceState(source=source, due=NOW, failures=3)
            opened.commit(PollDraft(source=source, state=state, articles=articles, polled=NOW), now=NOW)
    (tmp_path / "sources.toml").write_text("".join(OUTLET.format(id=source) for source in PAGES))
    return path


@pytest.fixture
def darial(capsysbinary, world, tmp_path):
    """The command itself: exit code, stdout as JSON, stderr."""

    def _darial(*args):
        rest = ("--store", world, "--sources", tmp_path / "sources.toml", "--json")
        code = main.main(["store", "reextract", *map(str, (*args, *rest))])
        out, err = capsysbinary.readouterr()
        return code, json.loads(out) if out else None, err.decode()

    return _darial


@pytest.fixture
def run(world, tmp_path):
    """What the command does, without processes: the counts of each source."""

    def _run(**choice):
        with open_store(world) as opened, ParsePool(processes=0) as workers:
            known = load_sources((tmp_path / "sources.toml").read_text())
            return reextract.reextract_files(archive_files(world / FOLDER), known, opened, workers, **choice)

    return _run


def use_rules(tmp_path, *sources):
    text = "".join(OUTLET.format(id=s) + (RULES if s in sources else "") for s in PAGES)
    (tmp_path / "sources.toml").write_text(text)


def test_the_same_code_changes_nothing(darial, world):
    """Every page is extracted again, none is revised."""
    code, out, _ = darial()
    assert (code, out["pages"], out["unchanged"], out.get("revised", 0)) == (0, 5, 5, 0)
    with open_store(world, read_only=True) as opened:
        assert opened.stats().revisions == 5


def test_new_rules_make_marked_revisions(run, world, tmp_path):
    """What today's rules leave out is gone; origin, times and state stay; `explain` says whose doing it is."""
    use_rules(tmp_path, "courier")
    assert run() == {"courier": {"revised": 3}, "herald": {"unchanged": 2}}
    with open_store(world, read_only=True) as opened:
        first, second = opened.revisions(page("courier", 1).url)
        assert any("thanks its readers" in p for p in first.body)
        assert not any("thanks its readers" in p for p in second.body)
        assert "reextracted" in second.extraction.warnings
        assert (second.found_by, second.fetched, second.first_seen, second.id) == (
            first.found_by, first.fetched, first.first_seen, first.id,
        )  # fmt: skip
        explained = opened.explain(first.id)
        assert explained is not None
        assert "reextracted from the archived page; text changed by our code" in explained.versions[
            1
        ].why.replace(": ", "; ")
        assert opened.source_states()["courier"].failures == 3
        assert list(opened.verify()) == []


def test_again_and_back(run, world, tmp_path):
    """A second run adds nothing; when the rules go away again, the old text comes back as one more revision."""
    use_rules(tmp_path, "courier", "herald")
    assert run() == {"courier": {"revised": 3}, "herald": {"revised": 2}}
    assert run() == {"courier": {"unchanged": 3}, "herald": {"unchanged": 2}}
    use_rules(tmp_path)
    assert run() == {"courier": {"revised": 3}, "herald": {"revised": 2}}
    with open_store(world, read_only=True) as opened:
        texts = [r.body for r in opened.revisions(page("herald", 1).url)]
    assert len(texts) == 3
    assert texts[0] == texts[2] != texts[1]


def at(hour: int):
    return NOW.replace(hour=hour)


CHOICES = {
    "one outlet": ({"only": "herald"}, {"herald": {"revised": 2}}),
    "from a time on": ({"since": at(8)}, {"courier": {"revised": 2}, "herald": {"revised": 1}}),
    "from tomorrow on": ({"since": NOW + timedelta(days=1)}, {}),
    "both": ({"only": "courier", "since": at(9)}, {"courier": {"revised": 1}}),
}


@pytest.mark.parametrize("choice, counts", CHOICES.values(), ids=CHOICES.keys())
def test_choices(run, tmp_path, choice, counts):
    """A source and a time narrow what is looked at; a dry run says the same and writes nothing."""
    use_rules(tmp_path, "courier", "herald")
    assert run(**choice, dry_run=True) == counts
    assert run(**choice) == counts


def test_the_command(darial, tmp_path):
    """--source, --since and --dry-run on the command line, parsed in processes."""
    use_rules(tmp_path, "courier", "herald")
    code, out, _ = darial("--source", "courier", "--since", "2026-11-23T09:00Z", "--dry-run")
    assert (code, out) == (
        0, {"dry_run": True, "pages": 1, "revised": 1, "sources": {"courier": {"revised": 1}}},
    )  # fmt: skip


def test_a_later_text_is_not_overwritten(run, world, tmp_path):
    """An archived page that the source has corrected since says nothing any more."""
    later = found(page("herald", 1).url, story(1), source="herald", fetched=NOW + timedelta(days=2))
    with open_store(world) as opened:
        opened.commit(poll(later), now=NOW + timedelta(days=2))
    use_rules(tmp_path, "herald")
    assert run()["herald"] == {"revised": 1}
    with open_store(world, read_only=True) as opened:
        record = opened.get(page("herald", 1).url)
        assert record is not None
        assert record.body == later.article.body


def test_after_a_revision_of_ours_the_outlet_may_speak_again(run, world, tmp_path):
    """The source's next edit is an ordinary revision, without our mark."""
    use_rules(tmp_path, "herald")
    run()
    edit = found(page("herald", 1).url, story(5), source="herald", fetched=NOW + timedelta(days=2))
    with open_store(world) as opened:
        (record,) = opened.commit(poll(edit), now=NOW + timedelta(days=2)).records
    assert record.revision == 3
    assert decide.REEXTRACTED not in record.extraction.warnings


def test_nothing_archived(capsysbinary, tmp_path):
    """Without pages the command says how they come to be kept."""
    with open_store(tmp_path / "data") as opened:
        opened.commit(poll(found("https://herald.example/1", story(1))), now=NOW)
    assert main.main(["store", "reextract", "--store", str(tmp_path / "data")]) == 2
    assert b"archive = true" in capsysbinary.readouterr().err


def test_a_bad_time(darial):
    """--since takes a time; a seq means nothing to a page."""
    assert darial("--since", "17")[0] == 2


def test_what_only_the_feed_knew_is_kept():
    """A publication time that came from the feed is handed to the new extraction as the feed's."""
    given = page("herald", 1)
    record = replace(draft(given, "herald"), published=NOW, published_from="feed", published_raw="then")
    assert reextraction_job(given, record, None).entry == Entry(
        url=record.url, title=record.title, published=NOW, published_raw="then"
    )
    assert reextraction_job(given, replace(record, published_from="meta"), None).entry.published is None


def test_an_embedded_body_gives_way_to_the_page():
    """Where the feed's text was stored because the page could not be read, today's reading of the page replaces it."""
    given = page("herald", 1)
    record = draft(given, "herald")
    later = replace(record, fetched=given.fetched + timedelta(hours=1))
    assert is_current(given, record)
    assert not is_current(given, later)
    stored = replace(later, extraction=replace(later.extraction, method="feed"))
    assert is_current(given, stored)
    again = reextracted(given, stored, parse_page(reextraction_job(given, stored, None)))
    assert again is not None
    assert again.fetched == stored.fetched
