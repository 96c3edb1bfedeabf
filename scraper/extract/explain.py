"""One page or text with a verdict for every part of it: what a person looks at who wants to know why. Pure.

In: bytes, as ``inputs.extract`` takes them. Out: the Article and the Verdicts behind it. It costs a second parse, so
only ``darial extract --explain`` and ``--html`` ask for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from scraper.codec import Struct
from scraper.extract import article, extractor
from scraper.extract.article import Verdict
from scraper.model import Article, Rules
from scraper.text import charset
from scraper.text.normalize import clean


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
    found = extractor.extract(data, url=url, content_type=content_type, rules=rules)
    text, _ = charset.decode_text(extractor.gunzip(data, url=url), content_type)
    verdicts = (
        article.explain(text, url=url, rules=rules) if extractor.is_html(text) else of_text(text, found)
    )
    return Examined(name=name, url=url, article=found, verdicts=tuple(v for v in verdicts if v.text))


def of_text(text: str, found: Article) -> tuple[Verdict, ...]:
    """The verdicts on the lines of a plain text, read off its Article: body and headlines keep the order of the lines."""
    body, related = Counter(found.body), list(found.related)
    verdicts: list[Verdict] = []
    for number, raw in enumerate(text.splitlines()):
        line = clean(raw)
        if not line:
            continue
        where = f"line {number + 1}"
        headline = next((h for h in related if h.title in line), None)
        if body[line]:
            body[line] -= 1
            verdict = Verdict(block=number, verdict="body", why="text", text=line, where=where)
        elif headline is not None:
            related.remove(headline)
            why = f"{headline.where}, {headline.kind}" + (f": {headline.label}" if headline.label else "")
            verdict = Verdict(block=number, verdict="related", why=why, text=line, where=where)
        else:
            verdict = Verdict(
                block=number, verdict="dropped", why=_left_out(line, found), text=line, where=where
            )
        verdicts.append(verdict)
    return tuple(verdicts)


def _left_out(line: str, found: Article) -> str:
    if line == found.title:
        return "headline"
    if line == found.published_raw:
        return "date"
    if any(h.label and h.label in line for h in found.related):
        return "heading of a list"
    return "neither text nor headline (date, section, credit)"
