"""Every block with its verdict: `darial extract --explain` and the coloured page of `--html`."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from scraper.cli import main
from scraper.extract import explain_html
from scraper.extract.explain import Examined, Verdict, examine
from scraper.model import Article, Extraction, Headline
from tests.support.demo_recording import DEMO
from tests.support.shared import shared

PAGES = sorted((DEMO / "site").rglob("*.html"))
TEXT = """The pass above the village will stay closed until the snow has been cleared, the road service said on Monday.
Two ploughs have been working since dawn, and a third one is on its way from the district centre.
Drivers are asked to wait at the lower station, where tea and blankets are handed out by volunteers.

Baker of the year comes from a mountain village
New timetable for the valley railway
Museum finds a lost map in its own cellar
"""
NASTY = "<script>alert(1)</script><img src=http://remote.example/x onerror=a()>\"'&</div>"


def nasty() -> Examined:
    """A page whose every text tries to break out."""
    headline = Headline(title=NASTY, url="javascript:alert(1)", label=NASTY)
    found = Article(
        title=NASTY,
        body=(NASTY,),
        related=(headline,),
        authors=(NASTY,),
        language='"><b>',
        extraction=Extraction(method="generic", confidence=0.5, warnings=(NASTY,)),
    )
    kinds = ("body", "related", "dropped")
    verdicts = tuple(
        Verdict(block=i, verdict=k, why=NASTY, text=NASTY, where=NASTY) for i, k in enumerate(kinds)
    )
    return Examined(name=NASTY, url="https://x.example/" + NASTY, article=found, verdicts=verdicts)


class Tags(HTMLParser):
    """The tags and attributes of a page, and whether they nest."""

    VOID = frozenset({"meta", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_every_paragraph_and_headline_has_its_block(path):
    """What the record has stands under body or related, in its order; everything else says why it was dropped."""
    page = examine(path.read_bytes(), name=path.name)
    body = [v.text for v in page.verdicts if v.verdict == "body"]
    assert list(page.article.body) == body
    related = " ".join(v.text for v in page.verdicts if v.verdict == "related")
    assert all(h.title in related for h in page.article.related)
    assert all(v.why for v in page.verdicts)


def test_lines_of_a_text():
    """A plain text is explained line by line."""
    page = examine(TEXT.encode(), name="-")
    assert [v.verdict for v in page.verdicts] == ["body"] * 3 + ["related"] * 3
    assert [v.where for v in page.verdicts] == ["line 1", "line 2", "line 3", "line 5", "line 6", "line 7"]


def test_the_page_is_inert():
    """Nothing that was on an examined page becomes markup, a link or a request."""
    parsed = Tags(explain_html.render([nasty(), nasty()]))
    assert parsed.open == []
    assert {tag for tag, _ in parsed.tags} <= {
        "html", "head", "meta", "title", "style", "body", "input", "p", "label", "main", "section", "h1", "h2", "h3",
        "dl", "dt", "dd", "div", "span", "ol", "li", "small", "details", "summary",
    }  # fmt: skip
    names = {name for _, attributes in parsed.tags for name in attributes}
    assert names <= {
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "type",
        "id",
        "checked",
        "for",
        "dir",
    }
    policy = next(a["content"] for tag, a in parsed.tags if tag == "meta" and a.get("http-equiv"))
    assert policy == explain_html.POLICY
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_long_runs_of_dropped_blocks_are_folded():
    """Menus do not bury the article, and their reasons stay readable."""
    verdicts = tuple(
        Verdict(block=i, verdict="dropped", why=f"reason {i % 2}", text=f"entry {i}") for i in range(20)
    )
    text = explain_html.render([Examined(name="x", article=Article(title=None, body=()), verdicts=verdicts)])
    assert "20 blocks dropped: reason 0, reason 1" in text
    assert text.count("entry ") == 20


def run(capsysbinary, *args):
    code = main.main(["extract", *map(str, args)])
    out, err = capsysbinary.readouterr()
    return code, out.decode(), err.decode()


def test_explain_as_json(capsysbinary):
    """One JSON object an input: its blocks in order."""
    code, out, _ = run(capsysbinary, *PAGES[:2], "--explain", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [line["input"] for line in lines] == [str(p) for p in PAGES[:2]]
    assert {"block", "verdict", "why", "text", "where"} == set(lines[0]["blocks"][0])


def test_explain_as_a_table(capsysbinary):
    """A row for every block, the decision first."""
    code, out, _ = run(capsysbinary, PAGES[0], "--explain")
    assert code == 0
    assert re.search(r"^decision +why +where +text", out, re.MULTILINE)
    assert len(re.findall(r"^body ", out, re.MULTILINE)) >= 3


def test_a_page_for_the_browser(capsysbinary, tmp_path):
    """--html writes one page for all inputs that can be read; the others are named, exit 1."""
    target = tmp_path / "verdicts.html"
    code, out, err = run(capsysbinary, PAGES[0], tmp_path / "none.html", PAGES[1], "--html", target)
    assert (code, out) == (1, "")
    assert "none.html: unreadable" in err
    assert target.read_text(encoding="utf-8").count("<section>") == 2


def test_a_page_into_nowhere(capsysbinary, tmp_path):
    """A directory that is not there is a mistake of the command line."""
    code, _, err = run(capsysbinary, PAGES[0], "--html", tmp_path / "no" / "x.html")
    assert code == 2
    assert "is not a directory" in err


def test_real_pages():
    """On real pages, too, each paragraph of the record is a body block and each block has a reason."""
    folder = shared("corpus/pages")
    for path in sorted(folder.glob("*.html"))[::6]:
        page = examine(path.read_bytes(), name=path.name)
        body = {v.text for v in page.verdicts if v.verdict == "body"}
        if "body_from_json_ld" not in page.article.extraction.warnings:
            assert set(page.article.body) <= body, path.name
        assert all(v.why for v in page.verdicts)
