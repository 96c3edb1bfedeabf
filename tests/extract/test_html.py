"""Parsing: pages that would cost quadratic time are refused before the parser sees them, all others are parsed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scraper.errors import PageTooComplex
from scraper.extract import html
from tests.support.growth import assert_linear, growth

BOMBS = {  # each so many times as large as what is refused
    "one name nested": lambda n: "<div>" * 20_000 * n,
    "one name nested, closed at the end": lambda n: "<div>" * 9_000 * n + "x" + "</div>" * 9_000 * n,
    "pairs inside a deep nest": lambda n: "<div>" * 2_500 + "<div></div>" * 150_000 * n,
    "formatting left open": lambda n: "".join(f"<font a{i}>" for i in range(20_000 * n)),
    "formatting opened anew in every paragraph": lambda n: "<p>"
    + "".join(f"<font a{i}>" for i in range(1_500))
    + "</p>"
    + "<p>x" * 1_500 * n,
    "attributes": lambda n: "<p " + " ".join(f"a{i}" for i in range(50_000 * n)) + ">",
    "attributes with quoted ends": lambda n: "<p " + " ".join(f'a{i}=">"' for i in range(50_000 * n)) + ">",
    "attributes with quoted beginnings": lambda n: "<p " + " ".join(f'a{i}="<"' for i in range(50_000 * n)) + ">",
    "attributes that look like tags": lambda n: "<p " + " ".join(f"<a{i}" for i in range(50_000 * n)) + ">",
    "attributes of a script": lambda n: "<script " + " ".join(f"a{i}" for i in range(50_000 * n)) + ">",
    "stray brackets": lambda n: "<" * 500_000 * n,
    "tables in tables": lambda n: "<table><tr><td>" * 20_000 * n,
    "first headings": lambda n: "<h1>x</h1>" * 40_000 * n,
    "definitions": lambda n: "<dl>" + "<dt>a<dd>b" * 300_000 * n,
    "paragraphs": lambda n: "<p>x" * 500_000 * n,
    "headlines": lambda n: "<ul>" + "<li><a href=/a>A headline</a></li>" * 55_000 * n,
    "rows": lambda n: "<table>" + "<tr><td>a<td>b" * 120_000 * n,
}  # fmt: skip
HARMLESS = {
    "empty": lambda _: "",
    "NUL and lone surrogates": lambda n: "<p>a\x00b\ud800c</p>" * n,
    "unclosed paragraphs": lambda n: "<p>x" * 30 * n,
    "unclosed list items": lambda n: "<ul>" + "<li><a href=/a>x</a>" * 15 * n,
    "options": lambda n: "<select>" + "<option>x" * 45 * n,
    "long text": lambda n: "<p>" + "word, " * 300 * n,
    "long script": lambda n: "<script>var a = '" + "x y " * 300 * n + "'</script><p>x</p>",
    "long attribute": lambda n: '<p title="' + "word " * 4 * n + '">x</p>',
    "line breaks": lambda n: "x<br>" * 45 * n,
    "comments": lambda n: "<!-- x -->" * 20 * n,
}


def refused(page: str) -> str:
    """Return the code with which a page is refused before a parser sees it."""
    with pytest.raises(PageTooComplex) as error:
        html.guard(page)
    return error.value.code


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused(bomb: Callable[[int], str]) -> None:
    """What costs the parser quadratic time is refused with a code, in linear time."""
    assert refused(bomb(1)) == "html_too_complex"
    with pytest.raises(PageTooComplex):
        html.parse(bomb(1))
    assert growth(refused, bomb(1), bomb(8)) < 32  # quadratic: 64


@pytest.mark.parametrize("page", HARMLESS.values(), ids=HARMLESS)
def test_harmless_pages_pass(page: Callable[[int], str]) -> None:
    """Large is not complex: long texts, scripts and flat lists are parsed, in linear time."""
    html.guard(page(1000))
    assert html.parse(page(1000)).body is not None
    assert_linear(html.parse, page, 1000)


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
