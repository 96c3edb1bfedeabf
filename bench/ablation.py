"""Every rule of extraction switched off alone: what it costs on the annotated, the public and the unfamiliar pages and the cases.

A rule that moves nothing, or that helps the known pages and hurts the unfamiliar ones, has to bring the page that defends
it or go. Rows of tables are left out; a stage is replaced by one that does nothing.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import scraper
from bench.report import Report, Table, Unable, reach, shared
from scraper.errors import DarialError
from scraper.extract import (
    block_reader,
    block_scores,
    body,
    boilerplate,
    breaks,
    class_names,
    confidence,
    page_type,
    prose_run,
    text_blocks,
)
from scraper.extract.blocks import Layout

NOW = datetime(2026, 11, 24, tzinfo=UTC)
_WORKERS = 2
_NAMES = {
    "comments": class_names.COMMENT,
    "related": class_names.RELATED,
    "side column": class_names.SIDE,
    "sharing": class_names.SOCIAL,
    "advertising": class_names.ADVERT,
    "byline or tags": class_names.META,
    "caption": class_names.CAPTION,
    "form": class_names.FORM,
    "navigation": class_names.NAV,
    "hidden": class_names.HIDDEN,
    "aside": class_names.ASIDE,
    "footer": class_names.FOOTER,
    "widget": class_names.WIDGET,
    "the text": class_names.BODY,
    "lead": class_names.LEAD,
}


class Rule(NamedTuple):
    """A rule by its name, and what stands in its place while it is off."""

    name: str
    owner: Any
    attribute: str
    off: Any


class Set(NamedTuple):
    """Pages and the judge of their records."""

    name: str
    pages: tuple[Path, ...]
    judge: Path
    truth: Path


def rules() -> list[Rule]:
    """Return every rule that can be switched off alone."""
    found = [
        *_rows(text_blocks, "REFUSE", "refused as"),
        *_rows(page_type, "REFUSALS", "page is"),
        *_rows(confidence, "DOUBTS", "doubt"),
    ]
    never: Callable[..., bool] = lambda *_: False  # noqa: E731
    first: Callable[..., Any] = lambda _layout, found, *_: found  # noqa: E731
    stages: tuple[tuple[str, Any, str, Any], ...] = (
        ("second estimate and thorough reading: the first choice stands", body, "better", first),
        ("thorough reading: overlooked parts", Layout, "overlooks", never),
        ("teasers", block_scores, "_teasers", lambda *_: set()),
        ("widen the container", block_scores, "_widen", lambda _layout, _weights, index: index),
        ("home under the headline", block_scores, "_first_home", lambda *_: -1),
        ("boxes in the text", breaks, "boxes", lambda *_: {}),
        ("what follows the text", breaks, "what_follows", lambda *_: {}),
        ("lines above the text", text_blocks, "_opening", lambda _c, _kept, first, _parents: first),
        ("lists below the text", text_blocks, "_closing", lambda _c, _kept, last, _parents: last),
        ("lead", text_blocks, "_lead", lambda *_: []),
        ("repeats", text_blocks, "_without_repeats", lambda _layout, chosen, _reasons: chosen),
        ("text in one link", block_reader, "free_linked_text", lambda _: None),
        (
            "what lies apart of the run",
            prose_run,
            "_apart",
            lambda layout, *_: [False] * len(layout.elements),
        ),
        ("calls to the reader", boilerplate, "is_call", never),
    )
    found += [Rule(*stage) for stage in stages]
    of_names = class_names.of_names
    for name, flag in _NAMES.items():
        found.append(Rule(f"name: {name}", class_names, "of_names", _without(of_names, flag)))
    return found


def _rows(owner: Any, attribute: str, said: str) -> Iterator[Rule]:
    table = getattr(owner, attribute)
    for row in table:
        yield Rule(f"{said} {row[0]}", owner, attribute, tuple(other for other in table if other is not row))


def _without(of_names: Callable[[str], int], flag: int) -> Callable[[str], int]:
    return lambda names: of_names(names) & ~flag


@contextlib.contextmanager
def switched_off(rule: Rule | None) -> Iterator[None]:
    """Extract without a rule for a while."""
    if rule is None:
        yield
        return
    kept = getattr(rule.owner, rule.attribute)
    setattr(rule.owner, rule.attribute, rule.off)
    try:
        yield
    finally:
        setattr(rule.owner, rule.attribute, kept)


def run(only: str, limit: int) -> Report:
    """Measure all rules, or those whose name holds a part of ``only``, on ``limit`` unfamiliar pages spread over all (0: all)."""
    sets = _sets(limit)
    whole = _figures(sets, None)
    rows = []
    for rule in rules():
        if not any(part in rule.name for part in only.split(",")):
            continue
        sys.stderr.write(f"\r\x1b[K{rule.name}" if sys.stderr.isatty() else "")
        rows.append((rule.name, _figures(sets, rule)))
    keys = tuple(whole)
    lines = [
        (
            name,
            *(_change(whole[key], figures[key]) for key in keys),
            "" if figures != whole else "moves nothing",
        )
        for name, figures in rows
    ]
    title = "Every rule switched off alone: what changes"
    return Report(
        reach=(
            reach("annotated body F1", whole["annotated body F1"], ">=", 0.997),
            reach("public F1", whole["public F1"], ">=", 0.977),
            reach("unfamiliar F1", whole["unfamiliar F1"], ">=", 0.93),
            reach("lost at confidence .8", whole["lost at .8"], "<=", 0.005),
        ),
        figures={"all rules": whole, "without": dict(rows)},
        tables=(
            Table("All rules", keys, (tuple(str(whole[key]) for key in keys),)),
            Table(title, ("rule", *keys, ""), tuple(lines)),
        ),
    )


def _change(before: float, after: float) -> str:
    change = round(after - before, 4)
    return f"{change:+g}" if change else ""


def _sets(limit: int) -> tuple[Set, ...]:
    root = shared("corpus/pages", environ=dict(os.environ)).parent.parent
    eval_, corpus = root / "eval", root / "corpus"
    unfamiliar = _glob(corpus / "unfamiliar/html", "*.gz")
    unfamiliar = unfamiliar[:: max(1, len(unfamiliar) // limit)] if limit else unfamiliar
    return (
        Set("annotated", _glob(corpus / "pages", "*.html"), eval_ / "score_extraction.py", corpus / "truth.jsonl"),
        Set("public", _glob(corpus / "aeb/html", "*.gz"), eval_ / "score_benchmark.py", corpus / "aeb/ground-truth.json"),
        Set("unfamiliar", unfamiliar, eval_ / "score_lost.py", corpus / "unfamiliar/truth.jsonl.gz"),
        Set("cases", _glob(root / "cases/pages", "*.html"), eval_ / "score_cases.py", root / "cases/pages"),
        Set("refuse", _glob(root / "cases/refuse", "*.html"), eval_ / "score_cases.py", root / "cases/refuse"),
    )  # fmt: skip


def _glob(folder: Path, pattern: str) -> tuple[Path, ...]:
    return tuple(sorted(folder.glob(pattern)))


def _figures(sets: tuple[Set, ...], rule: Rule | None) -> dict[str, float]:
    with switched_off(rule), multiprocessing.get_context("fork").Pool(_WORKERS) as pool:
        records = {one.name: pool.map(_record, one.pages, chunksize=10) for one in sets}
    said = {one.name: _judge(one, records[one.name]) for one in sets}
    lost = said["unfamiliar"]["suites"]["all"]
    return {
        "annotated body F1": said["annotated"]["body_f1"],
        "related F1": said["annotated"]["related_f1"],
        "leaks": said["annotated"]["leak_pages"],
        "public F1": said["public"]["f1"],
        "lost": lost["lost"],
        "silent": lost["silent"],
        "unfamiliar F1": lost["f1"],
        "lost at .8": said["unfamiliar"]["curve"]["0.8"]["lost"],
        "cases": said["cases"]["passed"] + said["refuse"]["passed"],
    }


def _record(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    try:
        found = scraper.extract_page(data, now=NOW)
    except DarialError:
        return {"input": path.name, "body": [], "related": []}
    return {
        "input": path.name,
        "title": found.title,
        "body": list(found.body),
        "related": [
            {"title": h.title, "url": h.url, "where": h.where, "label": h.label} for h in found.related
        ],
        "authors": list(found.authors),
        "published": found.published.isoformat() if found.published else None,
        "language": found.language,
        "extraction": {
            "confidence": found.extraction.confidence,
            "warnings": list(found.extraction.warnings),
        },
    }


def _judge(one: Set, records: list[dict[str, Any]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "records.jsonl"
        said.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        truth = one.truth
        if truth.suffix == ".gz":  # of these pages alone
            names = {path.name for path in one.pages}
            lines = gzip.decompress(truth.read_bytes()).decode().split("\n")
            truth = Path(folder) / "truth.jsonl"
            asked_for = [line for line in lines if line and json.loads(line)["file"] in names]
            truth.write_text("\n".join(asked_for) + "\n", encoding="utf-8")
        asked = [sys.executable, str(one.judge), str(said), str(truth), "--json"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise Unable(f"{one.judge.name} failed: {done.stderr.strip()[-200:]}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer
