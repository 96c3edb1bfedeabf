"""Stories across languages: labelled reports and real titles grouped as the product does it, and what it costs.

``--means FILE`` writes the frozen means of each language anew from the parallel reports, instead of measuring.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.report import Report, Table, Unable, reach, shared
from bench.story_store import linking_cost, memory_mb
from scraper.codec import Struct
from scraper.errors import ConfigError
from scraper.stories import vectors as sketches
from scraper.stories.board import StoryBoard
from scraper.stories.concepts import LEXICON_LANGUAGES
from scraper.stories.encoder import Encoder, load_encoder
from scraper.stories.keys import unpack_keys
from scraper.stories.score import SAME_STORY, pair_score
from scraper.stories.sketch import SketchJob, StorySketch

BENCH = "stories across languages: precision and recall of pairs, articles, groups; cost"
STREAMS = 200  # simulated: each report told in one language, drawn anew
SEED = 18
DAY_MICROS = 86_400_000_000
STORED = 50_000

Pair = frozenset[int]


class Reported(Struct, frozen=True):
    """One text with its truth: ``report`` numbers reports, ``sketch`` is made once."""

    report: int
    language: str
    sketch: StorySketch


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--means", type=Path, help="write the means of languages to this file, and measure nothing"
    )
    parser.add_argument("--streams", type=int, default=STREAMS, help=f"simulated streams ({STREAMS})")
    parser.add_argument("--stored", type=int, default=STORED, help=f"articles of a large store ({STORED})")
    parser.add_argument("--show", action="store_true", help="print the wrong pairs of titles")


def run(chosen: argparse.Namespace) -> Report:
    folder = shared("corpus/stories", environ=dict(os.environ))
    before = memory_mb()
    try:
        encoder = load_encoder()
    except ConfigError as error:
        raise Unable(str(error)) from error
    reports = _lines(folder / "ntrex.jsonl")
    if chosen.means:
        means_of(encoder, reports).astype("<f2").tofile(chosen.means)
        return Report(figures={"means": str(chosen.means)})
    encoder.encode(["a text as long as most titles with the lead of their articles " * 5])
    encoder_mb = memory_mb() - before
    began = time.process_time()
    told = [Reported(row["report"], row["language"], _sketched(encoder, row)) for row in reports]
    each = 1000 * (time.process_time() - began) / len(told)
    truth = json.loads((folder / "ntrex_events.json").read_text(encoding="utf-8"))
    same = _pairs(truth["same_event"], {one.report for one in told})
    neutral = _pairs(truth["neutral"], {one.report for one in told}) - same
    pairs = _pair_figures(told, same, neutral)
    stream = _streams(told, same, neutral, chosen.streams)
    titles = _titles(encoder, _lines(folder / "real_titles.jsonl"), show=chosen.show)
    written = _written(encoder)
    linking = linking_cost([one.sketch for one in told], chosen.stored)
    added_mb = round(linking["mb"] + (os.cpu_count() or 1) * encoder_mb, 1)
    figures = {
        "pairs": pairs,
        "stream": stream,
        "titles": titles,
        "written": written,
        "cpu_ms": round(each, 1),
        "linking": linking,
        "encoder_mb": round(encoder_mb, 1),
    }
    return Report(
        figures=figures,
        reach=(
            reach("pair precision, simulated stream", stream["pair_precision"], ">=", 0.97),
            reach("articles that find a partner, simulated stream", stream["article_recall"], ">=", 0.72),
            reach("groups with a foreign member", stream["foreign_share"], "<=", 0.01),
            reach("precision, real titles", titles["precision"], ">=", 0.95),
            reach("articles that find a partner, real titles", titles["article_recall"], ">=", 0.66),
            reach("recall of pairs with Georgian below the others by", pairs["georgian_gap"], "<=", 0.15),
            reach("CPU ms an article", round(each, 1), "<=", 200),
            reach(
                f"CPU ms to keep one article, 10,000 before it, {chosen.stored:,} stored",
                linking["ms"],
                "<=",
                20,
            ),
            reach("MB added: the window, and an encoder a processor", added_mb, "<=", 250),
        ),
        tables=(
            Table(
                "Pairs in two languages (threshold as shipped)",
                ("kind", "pairs", "found"),
                (
                    ("translations", pairs["translations"], f"{pairs['translations_found']:.3f}"),
                    (
                        "independent reports of one event",
                        pairs["independent"],
                        f"{pairs['independent_found']:.3f}",
                    ),
                    ("… with Georgian", "", f"{pairs['georgian_found']:.3f}"),
                    ("… without Georgian", "", f"{pairs['others_found']:.3f}"),
                    ("of two events (falsely)", pairs["negatives"], str(pairs["false"])),
                ),
            ),
            Table(
                "By language pair, independent reports",
                ("pair", "found"),
                tuple(sorted(pairs["by_pair"].items())),
            ),
            Table("Written pairs of hard kinds", ("kind", "pairs", "right"), tuple(written)),
            Table(
                "Simulated stream, real titles", ("figure", "stream", "titles"), _side_by_side(stream, titles)
            ),
        ),
        notes=(
            f"{chosen.streams} streams of {len({one.report for one in told})} reports, each in one language.",
        ),
    )


def means_of(encoder: Encoder, reports: list[dict[str, Any]]) -> NDArray[np.float16]:
    """Return float16[2, 7, 384], the means of titles and of titles with leads by language, the last of all.

    The reports are the same in all languages, so that means differ by the language and by nothing else.
    """
    means = np.zeros((2, len(LEXICON_LANGUAGES) + 1, 384), np.float16)
    for row, language in enumerate(LEXICON_LANGUAGES):
        mine = [one for one in reports if one["language"] == language]
        for kind, bodies in ((0, [()] * len(mine)), (1, [tuple(one["body"]) for one in mine])):
            texts = [
                sketches.text_to_encode(one["title"], body) for one, body in zip(mine, bodies, strict=True)
            ]
            means[kind, row] = encoder.encode(texts).mean(axis=0)
    means[:, -1] = means[:, :-1].astype(np.float32).mean(axis=1)
    return means


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _sketched(encoder: Encoder, row: dict[str, Any]) -> StorySketch:
    name = f"{row.get('report', row.get('url'))}-{row['language']}"
    job = SketchJob(name, 1, row["title"], tuple(row.get("body", ())), row["language"])
    return sketches.sketch_with(encoder, job, "bench")


def _pairs(groups: Iterable[list[int]], there: set[int]) -> set[Pair]:
    return {
        frozenset(pair)
        for group in groups
        for pair in itertools.combinations(group, 2)
        if there.issuperset(pair)
    }


# ------------------------------------------------------------------------------------------ pairs


def _pair_figures(told: list[Reported], same: set[Pair], neutral: set[Pair]) -> dict[str, Any]:
    keys = [unpack_keys(one.sketch.keys) for one in told]
    window = sketches.VectorWindow([one.sketch.vector for one in told])
    found: dict[str, list[bool]] = {"translations": [], "independent": [], "negatives": []}
    by_pair: dict[str, list[bool]] = {}
    for i, one in enumerate(told):
        near = window.cosines(one.sketch.vector)
        for j in range(i + 1, len(told)):
            other = told[j]
            pair = frozenset((one.report, other.report))
            if one.language == other.language or pair in neutral:
                continue
            kind = "translations" if len(pair) == 1 else "independent" if pair in same else "negatives"
            linked = pair_score(float(near[j]), keys[i], keys[j]).score >= SAME_STORY
            found[kind].append(linked)
            if kind == "independent":
                by_pair.setdefault("-".join(sorted((one.language, other.language))), []).append(linked)
    georgian = [hit for pair, hits in by_pair.items() if "ka" in pair for hit in hits]
    others = [hit for pair, hits in by_pair.items() if "ka" not in pair for hit in hits]
    return {
        "translations": len(found["translations"]),
        "translations_found": _share(found["translations"]),
        "independent": len(found["independent"]),
        "independent_found": _share(found["independent"]),
        "georgian_found": _share(georgian),
        "others_found": _share(others),
        "georgian_gap": round(_share(others) - _share(georgian), 3),
        "negatives": len(found["negatives"]),
        "false": sum(found["negatives"]),
        "by_pair": {pair: f"{_share(hits):.2f}" for pair, hits in by_pair.items()},
    }


def _share(hits: list[bool]) -> float:
    return sum(hits) / len(hits) if hits else 0.0


# ------------------------------------------------------------------------------------------ a stream


def _streams(told: list[Reported], same: set[Pair], neutral: set[Pair], count: int) -> dict[str, float]:
    """Tell each report in one language, drawn anew for each stream, reports of one event in different ones; group them."""
    chance = random.Random(SEED)
    by_report: dict[int, dict[str, Reported]] = {}
    for one in told:
        by_report.setdefault(one.report, {})[one.language] = one
    total = _Counts()
    for _ in range(count):
        languages = {report: chance.choice(sorted(by_report[report])) for report in sorted(by_report)}
        for a, b in sorted(map(sorted, same)):
            languages[b] = chance.choice([each for each in sorted(by_report[b]) if each != languages[a]])
        stream = [by_report[report][language] for report, language in languages.items()]
        chance.shuffle(stream)
        board = StoryBoard()
        for one in stream:
            board.add(one.sketch, f"outlet {one.report}", chance.randrange(2 * DAY_MICROS))
        total.count(board, partial(_label_of, [one.report for one in stream], same, neutral))
    return total.figures()


def _label_of(reports: list[int], same: set[Pair], neutral: set[Pair], a: int, b: int) -> bool | None:
    pair = frozenset((reports[a], reports[b]))
    return True if pair in same else None if pair in neutral else False


class _Counts:
    """Counts pairs, articles and groups over boards."""

    def __init__(self) -> None:
        self.right = self.wrong = self.positive = 0
        self.found = self.findable = 0
        self.groups = self.foreign = 0

    def count(self, board: StoryBoard, label: Callable[[int, int], bool | None]) -> None:
        """Count a board; ``label`` says of two articles whether they tell of one event, None for neither way."""
        numbers = range(len(board.pinned))
        positive = {pair for pair in itertools.combinations(numbers, 2) if label(*pair)}
        together = {
            pair
            for members in board.stories().values()
            for pair in itertools.combinations(sorted(members), 2)
        }
        self.positive += len(positive)
        self.right += len(positive & together)
        self.wrong += sum(label(*pair) is False for pair in together)
        self.findable += len({n for pair in positive for n in pair})
        self.found += len({n for pair in positive & together for n in pair})
        groups = [members for members in board.stories().values() if len(members) > 1]
        self.groups += len(groups)
        self.foreign += sum(
            any(label(*pair) is False for pair in itertools.combinations(sorted(members), 2))
            for members in groups
        )

    def figures(self) -> dict[str, float]:
        return {
            "pair_precision": round(self.right / max(1, self.right + self.wrong), 4),
            "pair_recall": round(self.right / max(1, self.positive), 4),
            "article_recall": round(self.found / max(1, self.findable), 4),
            "groups": self.groups,
            "foreign": self.foreign,
            "foreign_share": round(self.foreign / max(1, self.groups), 4),
        }


# ------------------------------------------------------------------------------------------ real titles


def _titles(encoder: Encoder, rows: list[dict[str, Any]], *, show: bool) -> dict[str, float]:
    """Group real titles, each once an outlet."""
    rows = list({(row["outlet"], row["title"]): row for row in rows}.values())
    board = StoryBoard()
    for row in rows:
        stamp = np.datetime64(row["published"].removesuffix("Z").partition(".")[0], "us").astype(np.int64)
        board.add(_sketched(encoder, row), row["outlet"], int(stamp))

    def label(a: int, b: int) -> bool | None:
        one, other = rows[a], rows[b]
        if one["event"] and one["event"] == other["event"]:
            return True
        if one["same_story"] is not None and one["same_story"] == other["same_story"]:
            return None
        return None if _words(one["title"]) == _words(other["title"]) else False  # one text at two outlets

    counts = _Counts()
    counts.count(board, label)
    figures = counts.figures()
    if show:
        for members in board.stories().values():
            for a, b in itertools.combinations(sorted(members), 2):
                if label(a, b) is False:
                    print("wrong:", rows[a]["title"], "|", rows[b]["title"])
    return {"precision": figures["pair_precision"], **figures}


# ------------------------------------------------------------------------------------------ written pairs


def _written(encoder: Encoder) -> list[tuple[str, int, int]]:
    """Judge pairs of our own, of the kinds that are taken for one event: how many of each kind, and how many are right."""
    right: dict[str, list[bool]] = {}
    for pair in _lines(Path(__file__).with_name("story_pairs.jsonl")):
        a, b = (_sketched(encoder, {"report": side, **pair[side]}) for side in "ab")
        (cosine,) = sketches.VectorWindow([a.vector]).cosines(b.vector).tolist()
        score = pair_score(cosine, unpack_keys(a.keys), unpack_keys(b.keys)).score
        kind = f"{pair['kind']}: {'one' if pair['same'] else 'two'}"
        right.setdefault(kind, []).append((score >= SAME_STORY) == pair["same"])
    return [(kind, len(each), sum(each)) for kind, each in sorted(right.items())]


def _words(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def _side_by_side(stream: dict[str, float], titles: dict[str, float]) -> tuple[tuple[str, Any, Any], ...]:
    return tuple((name, stream[name], titles[name]) for name in stream)
