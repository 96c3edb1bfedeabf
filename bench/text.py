"""Plain text: headlines told from body on the annotated texts and the seed, and the cost of long texts."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import scraper
from bench import rounds
from bench.report import Report, Table, reach, shared

BENCH = "plain text: headlines told from body, and the cost of long texts"
SIZES_LINES = (200, 2_000, 20_000, 200_000)
MAX_GROWTH = 2.0  # cost a line at 200,000 lines over cost a line at 200
_PARAGRAPH = "The harbour council of Tamar voted on Monday to reopen the old bridge after {n} days of repair works, it said."
_HEADLINE = "Storm closes the upper pass for day {n}"


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=3, help="how often each length is done (3)")


def run(chosen: argparse.Namespace) -> Report:
    corpus = shared("corpus/text", environ=dict(os.environ))
    seed = shared("seed", environ=dict(os.environ))
    judge = shared("eval/score_text.py", environ=dict(os.environ))
    texts, first = _judged(corpus, judge), _judged(seed, judge)
    cost = _cost(chosen.rounds)
    right, of = (int(n) for n in texts["clean"].split("/"))
    small, large = cost[str(SIZES_LINES[0])], cost[str(SIZES_LINES[-1])]
    growth = round(large / small, 4) if small and large else None
    return Report(
        figures={"texts": texts, "seed": first, "us_per_line": cost, "growth": growth},
        reach=(
            reach("headlines F1, annotated texts", texts["f1"], ">=", 0.97),
            reach("texts without a list on which none is invented", right / of if of else None, ">=", 0.95),
            reach("body lines kept", texts["body"], ">=", 0.99),
            reach("headlines F1, the seed", first["f1"], "==", 1),
            reach("body lines kept, the seed", first["body"], "==", 1),
            reach("cost a line, 200,000 lines over 200", growth, "<=", MAX_GROWTH),
        ),
        tables=(
            Table(
                "Quality",
                ("texts", "F1 of headlines", "clean", "body lines kept"),
                tuple(
                    (name, f["f1"], f["clean"], f["body"]) for name, f in (("corpus", texts), ("seed", first))
                ),
            ),
            Table(
                "CPU µs a line",
                tuple(f"{size} lines" for size in SIZES_LINES),
                (tuple("–" if value is None else f"{value:.2f}" for value in cost.values()),),
            ),
        ),
    )


def _judged(folder: Path, judge: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        said = Path(scratch) / "records.jsonl"
        with said.open("w", encoding="utf-8") as out:
            for path in sorted(folder.glob("*.txt")):
                found = scraper.split_text(path.read_text(encoding="utf-8"))
                related = [{"title": headline.title} for headline in found.related]
                record = {"input": path.name, "body": list(found.body), "related": related}
                out.write(json.dumps(record) + "\n")
        asked = [sys.executable, str(judge), str(said), str(folder / "truth.jsonl"), "--json"]
        done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=600)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _cost(times: int) -> dict[str, float | None]:
    """CPU microseconds a line of generated texts: a body, then a list, each half of the lines."""
    texts = {
        size: "\n".join((_PARAGRAPH if n < size // 2 else _HEADLINE).format(n=n) for n in range(size))
        for size in SIZES_LINES
    }
    repeats = {size: SIZES_LINES[-1] // size for size in SIZES_LINES}
    seconds = rounds.run(
        {str(size): partial(_many, text, repeats[size]) for size, text in texts.items()}, [None], rounds=times
    )
    spent = {size: rounds.median(seconds[str(size)]) for size in SIZES_LINES}
    return {
        str(size): None if value is None else round(1e6 * value / repeats[size] / size, 3)
        for size, value in spent.items()
    }


def _many(text: str, times: int, _: None) -> None:
    for _n in range(times):
        scraper.split_text(text)
