"""What a body that is not all of its article says of itself."""

from __future__ import annotations

import pytest

from scraper.extract import article

TITLE = "Mountain road stays closed until spring"
PROSE = "".join(
    f"<p>The council met on day {i} to discuss the road, which has been closed since the first snow fell.</p>"
    for i in range(5)
)
SOLD = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","isAccessibleForFree":%s}</script>'


def warnings(head: str = "", below: str = "", prose: str = PROSE) -> tuple[str, ...]:
    page = f"<head><title>{TITLE}</title>{head}</head><div><h1>{TITLE}</h1>{prose}{below}</div>"
    return article.extract_article(page).extraction.warnings


@pytest.mark.parametrize(
    "below",
    [
        "<div><b>1</b> <a href='?p=2'>2</a> <a href='?p=3'>3</a> <a href='?p=2'>Next</a></div>",
        "<ul><li>1</li><li><a href='?p=2'>2</a></li><li><a href='?p=3'>3</a></li></ul>",
        "<p><a href='?p=2'>Next page »</a></p>",
        "<p><a href='?p=2'>Следующая страница</a></p>",
        "<p><a href='?p=2'>Sonraki sayfa</a></p>",
        "<p>Page 1 of 4</p>",
    ],
    ids=["line", "items", "next-en", "next-ru", "next-tr", "words"],
)
def test_one_page_of_several(below: str) -> None:
    """A pager below the text makes it partial."""
    assert "body_partial" in warnings(below=below)


@pytest.mark.parametrize(
    "below",
    [
        "",
        "<p>1</p><p>The first of two notes.</p>",
        "<ol><li>1</li><li>2</li></ol>",
        "<div><i>1 of 9</i></div><div><i>2 of 9</i></div>",
    ],
    ids=["none", "note", "no-links", "slides"],
)
def test_no_pager(below: str) -> None:
    """Numbers alone are none."""
    assert "body_partial" not in warnings(below=below)


@pytest.mark.parametrize(
    "head,partial",
    [
        (SOLD % "false", True),
        (SOLD % '"False"', True),
        (SOLD % "true", False),
        ("<meta property='article:content_tier' content='metered'>", True),
        ("<meta property='article:content_tier' content='free'>", False),
    ],
)
def test_a_short_part_of_what_is_sold(head: str, partial: bool) -> None:
    """A few sentences of a sold article are its beginning; many are the article."""
    assert ("body_partial" in warnings(head)) is partial
    assert "body_partial" not in warnings(head, prose=PROSE * 4)
