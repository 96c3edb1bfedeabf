"""Examined pages as one HTML page for a person: body, headlines and dropped parts in colours, each with its reason. Pure.

The page stands alone and is inert: everything is escaped, nothing is loaded, addresses are printed and not linked, and
its Content-Security-Policy allows its own style sheet (by hash) and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from itertools import groupby

from scraper.extract.explain import Examined, Verdict
from scraper.model import Article, Headline

FOLDED_RUN = 8  # so many dropped blocks in a row are folded away behind their reasons
SHOWN_PLACE = 60  # of an element's classes: some sites have thirty

_STYLE = files(__package__).joinpath("explain.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
_SAID = {"body": "body", "related": "headlines of other articles", "dropped": "dropped"}


def render(pages: Sequence[Examined]) -> str:
    """Return the whole HTML page, one section for each input."""
    counts = {kind: sum(page.counts.get(kind, 0) for page in pages) for kind in _SAID}
    switches = "".join(f'<input class="switch" type="checkbox" id="show-{kind}" checked>\n' for kind in _SAID)
    labels = "".join(
        f'<label for="show-{kind}">&#9632; {counts[kind]} {said}</label>' for kind, said in _SAID.items()
    )
    title = f"{pages[0].name}: what became of it" if len(pages) == 1 else f"{len(pages)} pages"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{switches}"
        f'<p class="legend">{labels}</p>\n<main>\n{"".join(map(_section, pages))}</main>\n</body>\n</html>\n'
    )


def _section(page: Examined) -> str:
    found = page.article
    lang = f' lang="{escape(found.language)}"' if found.language else ""
    facts = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in _facts(page) if value)
    return (
        f"<section>\n<h1>{escape(page.name)}</h1>\n"
        f'<h2 dir="auto"{lang}>{escape(found.title or "(no title)")}</h2>\n<dl>{facts}</dl>\n'
        f"<div{lang}>\n{''.join(_blocks(page.verdicts))}</div>\n{_headlines(found)}</section>\n"
    )


def _facts(page: Examined) -> Iterable[tuple[str, str]]:
    found = page.article
    when = f"{found.published:%Y-%m-%d %H:%M} UTC" if found.published else ""
    printed = f" (printed: {found.published_raw}; from {found.published_from})" if found.published_raw else ""
    yield "address", page.url or found.canonical or ""
    yield "authors", ", ".join(found.authors)
    yield "published", when + printed
    yield "language", found.language or ""
    yield "method", f"{found.extraction.method}, confidence {found.extraction.confidence:.2f}"
    yield "warnings", ", ".join(found.extraction.warnings)
    chars = sum(map(len, found.body))
    yield "body", f"{len(found.body)} paragraphs, {chars} characters"
    yield "headlines", str(len(found.related))


def _blocks(verdicts: Sequence[Verdict]) -> Iterable[str]:
    for dropped, run in groupby(verdicts, key=lambda v: v.verdict == "dropped"):
        blocks = list(run)
        if dropped and len(blocks) > FOLDED_RUN:
            reasons = ", ".join(dict.fromkeys(v.why for v in blocks))
            yield f"<details><summary>{len(blocks)} blocks dropped: {escape(reasons)}</summary>\n"
            yield from map(_block, blocks)
            yield "</details>\n"
        else:
            yield from map(_block, blocks)


def _block(verdict: Verdict) -> str:
    heading = " heading" if verdict.where[:2] in {"h1", "h2", "h3", "h4", "h5", "h6"} else ""
    return (
        f'<div class="block {verdict.verdict}{heading}"><div class="why">{escape(verdict.why)}'
        f'<span class="where">{escape(verdict.where[:SHOWN_PLACE])}</span></div>'
        f'<div class="text" dir="auto">{escape(verdict.text)}</div></div>\n'
    )


def _headlines(found: Article) -> str:
    """Return the list as the record has it: where a block holds several links, only this shows each of them."""
    if not found.related:
        return ""
    items = "".join(
        f'<li><span dir="auto">{escape(h.title)}</span> <small>{escape(", ".join(_origin(h)))}</small></li>\n'
        for h in found.related
    )
    return f"<h3>{len(found.related)} headlines in the record</h3>\n<ol>\n{items}</ol>\n"


def _origin(headline: Headline) -> Iterable[str]:
    yield headline.where
    yield headline.kind
    if headline.label:
        yield headline.label
    if headline.url:
        yield headline.url
