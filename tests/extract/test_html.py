"""Parsing: pages that would cost quadratic time are refused before the parser sees them, all others are parsed."""

from __future__ import annotations

import time

import pytest

from scraper.errors import PageTooComplex
from scraper.extract import html

BOMBS = {
    "one name nested": "<div>" * 20_000,
    "one name nested, closed at the end": "<div>" * 9_000 + "x" + "</div>" * 9_000,
    "pairs inside a deep nest": "<div>" * 2_500 + "<div></div>" * 150_000,
    "formatting left open": "".join(f"<font a{i}>" for i in range(20_000)),
    "formatting opened anew in every paragraph": "<p>"
    + "".join(f"<font a{i}>" for i in range(1_500))
    + "</p>"
    + "<p>x" * 1_500,
    "attributes": "<p " + " ".join(f"a{i}" for i in range(50_000)) + ">",
    "attributes with quoted ends": "<p " + " ".join(f'a{i}=">"' for i in range(50_000)) + ">",
    "attributes with quoted beginnings": "<p " + " ".join(f'a{i}="<"' for i in range(50_000)) + ">",
    "attributes that look like tags": "<p " + " ".join(f"<a{i}" for i in range(50_000)) + ">",
    "attributes of a script": "<script " + " ".join(f"a{i}" for i in range(50_000)) + ">",
    "stray brackets": "<" * 500_000,
    "tables in tables": "<table><tr><td>" * 20_000,
    "first headings": "<h1>x</h1>" * 40_000,
    "definitions": "<dl>" + "<dt>a<dd>b" * 300_000,
    "paragraphs": "<p>x" * 500_000,
    "headlines": "<ul>" + "<li><a href=/a>A headline</a></li>" * 55_000,
    "rows": "<table>" + "<tr><td>a<td>b" * 120_000,
}
HARMLESS = {
    "empty": "",
    "NUL and lone surrogates": "<p>a\x00b\ud800c</p>",
    "unclosed paragraphs": "<p>x" * 30_000,
    "unclosed list items": "<ul>" + "<li><a href=/a>x</a>" * 15_000,
    "options": "<select>" + "<option>x" * 45_000,
    "long text": "<p>" + "word, " * 300_000,
    "long script": "<script>var a = '" + "x y " * 300_000 + "'</script><p>x</p>",
    "long attribute": '<p title="' + "word " * 4_000 + '">x</p>',
    "line breaks": "x<br>" * 45_000,
    "comments": "<!-- x -->" * 20_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(name: str) -> None:
    """What costs the parser quadratic time is refused with a code, in linear time."""
    start = time.process_time()
    with pytest.raises(PageTooComplex) as refused:
        html.parse(BOMBS[name])
    assert refused.value.code == "html_too_complex"
    assert time.process_time() - start < 1


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_pages_pass(name: str) -> None:
    """Large is not complex: long texts, scripts and flat lists are parsed."""
    html.guard(HARMLESS[name])
    start = time.process_time()
    assert html.parse(HARMLESS[name]).body is not None
    assert time.process_time() - start < 1


def test_noscript_does_not_end_the_head() -> None:
    """A tracking image in the head's noscript leaves what follows in the head."""
    tree = html.parse(
        '<head><noscript><img src="x"></noscript><meta name="a" content="b"></head><body>x</body>'
    )
    assert tree.head is not None
    assert tree.head.css_first("meta") is not None


@pytest.mark.parametrize(
    ("selector", "wrong"),
    [
        ("div.text > p", False),
        ("a:not(.b)", False),
        ("", True),
        (" ", True),
        ("div[", True),
        ("p:contains()", True),
    ],
)
def test_bad_selectors_are_named(selector: str, wrong: bool) -> None:
    """A selector that cannot be used is an error text for the configuration and an empty result for the page."""
    assert (html.selector_error(selector) is not None) == wrong
    if wrong and selector.strip():
        assert html.select(html.parse("<p>x</p>"), selector) == []
