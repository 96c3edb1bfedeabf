"""Examined pages as one HTML page for a person: body, headlines and dropped parts in colours, each with its reason. Pure.

The page stands alone and is inert: everything is escaped, nothing is loaded, addresses are printed and not linked, and
its Content-Security-Policy allows its own style sheet (by hash) and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from scraper.extract.explain import Examined, Verdict
from scraper.model import Article, Headline

FOLDED_RUN = 8  # so many dropped blocks in a row are folded away behind their reasons
SHOWN_PLACE = 60  # of an element's classes: some sites have thirty

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #6a737d; --line: #d8dee4;
  --body: #1a7f37; --body-paper: #eaf7ee; --related: #0a58ca; --related-paper: #e9f1fd; --dropped: #9a3412; --dropped-paper: #faf3ee }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --faint: #9198a1; --line: #30363d;
  --body: #57c878; --body-paper: #10251a; --related: #79b0ff; --related-paper: #10203a; --dropped: #e09a6b; --dropped-paper: #231a14 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 76rem; padding: 1rem 1.25rem 4rem; font: 15px/1.5 system-ui, "Noto Sans", sans-serif; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.05rem; margin: 0 0 .25rem } h2 { font-size: 1.5rem; line-height: 1.25; margin: .25rem 0 .75rem }
section { border-top: 3px solid var(--line); margin-top: 2rem; padding-top: 1rem } section:first-of-type { border: 0; margin-top: 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0 0 1rem; font-size: .9rem }
dt { color: var(--faint) } dd { margin: 0; overflow-wrap: anywhere }
.legend { position: sticky; top: 0; background: var(--paper); padding: .5rem 0; margin-bottom: .5rem; border-bottom: 1px solid var(--line) }
label { margin-right: 1.25rem; white-space: nowrap; font-weight: 600 }
.block { display: grid; grid-template-columns: 13rem 1fr; border-left: 4px solid; margin: 3px 0; overflow-wrap: anywhere }
.why { padding: .2rem .6rem; font-size: .78rem; line-height: 1.35 } .where { display: block; color: var(--faint); font-size: .72rem }
.text { padding: .2rem .6rem; white-space: pre-line }
.body { border-color: var(--body); background: var(--body-paper) } .body .why, label[for=show-body] { color: var(--body) }
.related { border-color: var(--related); background: var(--related-paper) } .related .why, label[for=show-related] { color: var(--related) }
.dropped { border-color: var(--dropped); background: var(--dropped-paper) } .dropped .why, label[for=show-dropped] { color: var(--dropped) }
.dropped .text { color: var(--faint); font-size: .9em } .heading .text { font-weight: 600 }
details { margin: 3px 0 } summary { border-left: 4px solid var(--dropped); padding: .2rem .6rem; color: var(--dropped); font-size: .85rem; cursor: pointer }
ol { padding-left: 1.6rem; margin: .25rem 0 1rem } ol small { color: var(--faint); overflow-wrap: anywhere }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem }
#show-body:not(:checked) ~ main .body, #show-related:not(:checked) ~ main .related,
#show-dropped:not(:checked) ~ main :is(.dropped, details) { display: none }
.switch { position: absolute; opacity: 0 }
#show-body:not(:checked) ~ .legend label[for=show-body], #show-related:not(:checked) ~ .legend label[for=show-related],
#show-dropped:not(:checked) ~ .legend label[for=show-dropped] { text-decoration: line-through; opacity: .6 }
@media (max-width: 40rem) { .block { grid-template-columns: 1fr } .why { padding-bottom: 0 } }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
_SAID = {"body": "body", "related": "headlines of other articles", "dropped": "dropped"}


def render(pages: Sequence[Examined]) -> str:
    """The whole HTML page, one section for each input."""
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
    """The list as the record has it: where a block holds several links, only this shows each of them."""
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
