"""One page or text with a verdict for every part of it: what a person looks at who wants to know why. Pure.

In: bytes, as ``inputs.extract`` takes them. Out: the Article and the Verdicts behind it. It costs a second parse, so
only ``darial extract --explain`` and ``--html`` ask for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from scraper.codec import Struct
from scraper.extract import article, blocks, class_names, extractor
from scraper.extract.headlines import clean_title
from scraper.model import Article, Headline, Rules
from scraper.text import charset
from scraper.text.normalize import clean_line


class Verdict(Struct, frozen=True, kw_only=True):
    """What became of one block of a page, and why. ``where`` is the element it stands in, as tag.class."""

    block: int
    verdict: Literal["body", "related", "dropped"]
    why: str
    text: str
    where: str = ""


class Examined(Struct, frozen=True, kw_only=True):
    """What came of one input, part by part, in the order of the page. ``name`` is what the person called it."""

    name: str
    url: str | None = None
    article: Article
    verdicts: tuple[Verdict, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many parts have which verdict."""
        return dict(Counter(verdict.verdict for verdict in self.verdicts))


def examine(
    data: bytes,
    *,
    name: str,
    url: str | None = None,
    content_type: str | None = None,
    rules: Sequence[Rules] = (),
) -> Examined:
    """Parse one document and say of every block what became of it. Raises what ``inputs.extract`` raises."""
    found = extractor.extract_document(data, url=url, content_type=content_type, rules=rules)
    text, _ = charset.decode_text(extractor.gunzip(data, url=url), content_type)
    verdicts = of_page(text, url=url, rules=rules) if extractor.is_html(text) else of_text(text, found)
    return Examined(name=name, url=url, article=found, verdicts=tuple(v for v in verdicts if v.text))


def of_page(text: str, *, url: str | None = None, rules: Sequence[Rules] = ()) -> tuple[Verdict, ...]:
    """Return every block of a page with its verdict: nothing is dropped without a reason."""
    found = article.read_page(article.PageInput(page=text, url=url, rules=rules))
    layout = found.layout
    chosen = set(found.body.blocks)
    titles = {headline.title: headline for headline in found.headlines}
    skipped = sorted(layout.skipped_parts(), key=lambda part: part.before)
    verdicts: list[Verdict] = []
    for block in layout.blocks:
        while skipped and skipped[0].before <= block.index:
            part = skipped.pop(0)
            verdicts.append(_unread(part))
        element = layout.elements[block.element]
        where = _place(element.tag, element.names)
        headline = next((titles[t] for link in block.links if (t := clean_title(link.title)) in titles), None)
        verdict: Literal["body", "related", "dropped"] = "dropped"
        if block.index in chosen:
            verdict, why = "body", "lead" if block.index < found.body.flow else "text"
        elif headline is not None:
            verdict, why = "related", _listed(headline)
        else:
            why = found.body.reasons.get(block.index) or (
                "headline" if block.index == found.body.title_at else _outside(found, block.index)
            )
        verdicts.append(Verdict(block=block.index, verdict=verdict, why=why, text=block.text, where=where))
    verdicts += [_unread(part) for part in skipped]
    return tuple(verdicts)


def _unread(part: blocks.Skipped) -> Verdict:
    return Verdict(
        block=-1,
        verdict="dropped",
        why=f"not read ({class_names.describe(class_names.flags(part.tag, part.names))})",
        text=part.text,
        where=_place(part.tag, part.names),
    )


def _place(tag: str, names: str) -> str:
    return ".".join([tag, *names.split()])


def _listed(headline: Headline) -> str:
    return f"{headline.where}, {headline.kind}" + (f": {headline.label}" if headline.label else "")


def _outside(found: article.PageDraft, index: int) -> str:
    if not found.body.blocks:
        return ", ".join(found.warnings) or "no body"
    names = class_names.describe(found.layout.flags_around(index))
    place = "before the text" if index < found.body.blocks[0] else "after the text"
    said = f"{place} ({names})" if names else place
    refused = found.refused_links.get(index)
    return f"{said}; no headline: {refused}" if refused else said


def of_text(text: str, found: Article) -> tuple[Verdict, ...]:
    """Return the verdicts on the lines of a plain text, read off its Article: body and headlines keep the order of the lines."""
    body, related = Counter(found.body), list(found.related)
    verdicts: list[Verdict] = []
    for number, raw in enumerate(text.splitlines()):
        line = clean_line(raw)
        if not line:
            continue
        where = f"line {number + 1}"
        headline = next((h for h in related if h.title in line), None)
        verdict: Literal["body", "related", "dropped"] = "dropped"
        if body[line]:
            body[line] -= 1
            verdict, why = "body", "text"
        elif headline is not None:
            related.remove(headline)
            verdict, why = "related", _listed(headline)
        else:
            why = _left_out(line, found)
        verdicts.append(Verdict(block=number, verdict=verdict, why=why, text=line, where=where))
    return tuple(verdicts)


def _left_out(line: str, found: Article) -> str:
    if line == found.title:
        return "headline"
    if line == found.published_raw:
        return "date"
    if any(h.label and h.label in line for h in found.related):
        return "heading of a list"
    return "neither text nor headline (date, section, credit)"
