"""Extraction against the cost of parsing alone and against the other extractors, on the annotated and public pages.

Speed is CPU time in one process, in turns (``rounds``); quality is what the judges in the shared folder say of the same
calls. Pages grown from 20 KB to 1 MB show whether the cost grows faster than the page.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import scraper
from bench import ablation, pages, peers, rounds
from bench.report import Reach, Report, Table, Unable, reach, shared
from scraper import clock
from scraper.errors import DarialError
from scraper.extract import article, extractor, html
from scraper.model import Article
from scraper.text import charset

BENCH = "pages per CPU-second and quality, against lexbor alone and the peers"
OURS, OURS_BYTES, PARSE, GUARDED = "darial", "darial from bytes", "lexbor parse", "lexbor parse, guarded"
# Reached when (issues 2 and 3): the full record against parsing alone and against the fastest good peer.
MAX_MULTIPLE_OF_PARSE = 4.5
MIN_TIMES_WITH_METADATA = 9.0
MIN_TIMES_FAST = 4.0
MAX_GROWTH = 1.5  # cost per KB at 1 MB over cost per KB at 20 KB
SIZES_KB = (20, 60, 200, 600, 1000)  # a page of links has more tags beyond that than are read
NOW = clock.now()


# Which figures of the judges rest on which field of the records.
_FIGURES_OF = {
    "title": ("title",),
    "published": ("date",),
    "language": ("language",),
    "related": (
        "related_f1",
        "related_precision_micro",
        "related_recall_micro",
        "trailing_recall_micro",
        "empty_right",
    ),
}


class Sample(NamedTuple):
    """``lent`` is the text as the peers get it: resiliparse leaves its UTF-8 in it, and every later parse would be cheaper."""

    file: str
    data: bytes
    text: str
    lent: str


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=3, help="how often each contender does all pages (3)")
    parser.add_argument("--pages", type=int, default=0, help="only the first N pages of each set; 0 is all")
    parser.add_argument("--no-quality", action="store_true", help="speed alone")
    parser.add_argument("--ablate", nargs="?", const="", metavar="RULE", help="every rule switched off alone")
    parser.add_argument("--no-peers", action="store_true", help="ours and the parser alone")


def run(chosen: argparse.Namespace) -> Report:
    if chosen.ablate is not None:
        return ablation.run(chosen.ablate, chosen.pages)
    annotated = shared("corpus/pages", environ=dict(os.environ))
    public = shared("corpus/aeb", environ=dict(os.environ))
    limit = chosen.pages or None
    ours = [_sample(path) for path in sorted(annotated.glob("*.html"))[:limit]]
    theirs = [_sample(path) for path in sorted((public / "html").glob("*.html.gz"))[:limit]]
    others, missing = ({}, tuple(peers.PEERS)) if chosen.no_peers else peers.load()
    extractor.warm_up()

    contenders: dict[str, Callable[[Sample], Any]] = {
        PARSE: lambda page: html.Tree(page.text),
        GUARDED: lambda page: html.parse(page.text),
        OURS: lambda page: _quiet(partial(article.extract_article, page.text, now=NOW), DarialError),
        OURS_BYTES: lambda page: _quiet(partial(scraper.extract_page, page.data, now=NOW), DarialError),
    }
    contenders |= {name: _on_text(peer) for name, peer in others.items()}
    everything = ours + theirs
    for (
        name,
        peer,
    ) in others.items():  # loads what is loaded lazily, and tells a peer whose interface has changed
        if all(_quiet(partial(peer, page.lent)) is None for page in everything[:5]):
            raise Unable(f"{name} fails on every page: is its version the one in requirements-bench.lock?")
    seconds = rounds.run(contenders, everything, rounds=chosen.rounds, once=peers.SLOW, tell=_tell)

    names = [PARSE, GUARDED, OURS, OURS_BYTES, *peers.PEERS]
    multiples = {name: _rounded(rounds.ratio(seconds, name, PARSE)) for name in names}
    rates = {name: _per_second(len(everything), rounds.median(seconds.get(name, ()))) for name in names}
    quality = {} if chosen.no_quality else _quality(ours, theirs, others, annotated.parent)
    growth = _growth(chosen.rounds)
    figures = {
        "pages": len(everything),
        "rounds": chosen.rounds,
        "pages_per_cpu_second": rates,
        "multiple_of_parse": multiples,
        "quality": quality,
        "growth": growth,
        "peers_missing": list(missing),
    }
    return Report(
        figures=figures,
        reach=tuple(_reaches(seconds, quality, growth)),
        tables=tuple(_tables(names, rates, multiples, quality, growth)),
        notes=("Peers not installed: " + ", ".join(missing) + ". Run make bench to install them.",)
        if missing
        else (),
    )


def _reaches(seconds: rounds.Seconds, quality: Mapping[str, Any], growth: Mapping[str, Any]) -> list[Reach]:
    rows = [
        reach(
            "full record, times the cost of lexbor parse",
            rounds.ratio(seconds, OURS, PARSE),
            "<=",
            MAX_MULTIPLE_OF_PARSE,
        ),
        reach(
            "speed, times trafilatura with metadata",
            rounds.ratio(seconds, "trafilatura with metadata", OURS),
            ">=",
            MIN_TIMES_WITH_METADATA,
        ),
        reach(
            "speed, times trafilatura fast without metadata",
            rounds.ratio(seconds, "trafilatura fast", OURS),
            ">=",
            MIN_TIMES_FAST,
        ),
        *(
            reach(f"cost per KB at 1 MB over 20 KB, {kind}", figures["ratio"], "<=", MAX_GROWTH)
            for kind, figures in growth.items()
        ),
    ]
    if quality:
        said, public = quality["annotated"].get(OURS) or {}, quality["aeb"].get(OURS) or {}
        right, of = (int(n) for n in (said.get("empty_right") or "0/1").split("/"))
        rows += [
            reach("body F1, annotated pages", said.get("body_f1"), ">=", 0.97),
            reach("related F1", said.get("related_f1"), ">=", 0.90),
            reach("pages with a foreign headline in the body", said.get("leak_pages"), "<=", 0),
            reach("pages without a list on which none is invented", right / of if of else None, ">=", 0.95),
            reach("title", said.get("title"), ">=", 0.98),
            reach("date by day", said.get("date"), ">=", 0.98),
            reach("language", said.get("language"), ">=", 0.95),
            reach("body F1, public pages", public.get("f1"), ">=", 0.968),
        ]
    return rows


def _tables(
    names: Sequence[str],
    rates: Mapping[str, float | None],
    multiples: Mapping[str, float | None],
    quality: Mapping[str, Any],
    growth: Mapping[str, Any],
) -> list[Table]:
    found = [
        Table(
            "Speed: all pages, CPU time, median of the rounds",
            ("contender", "pages / CPU s", "× lexbor parse"),
            tuple((name, _text(rates[name], 1), _text(multiples[name], 2)) for name in names),
        )
    ]
    if quality:
        annotated, public = quality["annotated"], quality["aeb"]
        keys = ("body_f1", "leak_pages", "related_f1", "title", "date")
        found.append(
            Table(
                "Quality: annotated pages; public pages (article-extraction-benchmark)",
                ("contender", "body F1", "leaks", "related F1", "title", "date", "public F1"),
                tuple(
                    (
                        name,
                        *(_text((annotated.get(name) or {}).get(key), 3) for key in keys),
                        _text((public.get(name) or {}).get("f1"), 3),
                    )
                    for name in names
                    if name not in (PARSE, GUARDED, OURS_BYTES)
                ),
            )
        )
    found.append(
        Table(
            "Growth: CPU ms per KB of generated pages",
            ("page", *(f"{size} KB" for size in SIZES_KB), "1 MB / 20 KB"),
            tuple(
                (
                    kind,
                    *(_text(cost, 4) for cost in figures["ms_per_kb"].values()),
                    _text(figures["ratio"], 2),
                )
                for kind, figures in growth.items()
            ),
        )
    )
    return found


def _on_text(peer: peers.Peer) -> Callable[[Sample], Any]:
    return lambda page: _quiet(partial(peer, page.lent))


def _sample(path: Path) -> Sample:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    text, _ = charset.decode_text(data, None)
    return Sample(path.name, data, text, text[:1] + text[1:])


def _quality(
    ours: Sequence[Sample], theirs: Sequence[Sample], others: Mapping[str, peers.Peer], corpus: Path
) -> dict[str, Any]:
    """What the judges say of ours and of every peer, on both sets of pages; they run as programs of their own."""

    def darial(page: Sample) -> dict[str, Any]:
        found = _quiet(partial(scraper.extract_page, page.data, now=NOW), DarialError)
        return _record(found) if isinstance(found, Article) else {}

    def peer(extract: peers.Peer) -> Callable[[Sample], dict[str, Any]]:
        def record(page: Sample) -> dict[str, Any]:
            found = _quiet(lambda: extract(page.lent)) or peers.Found("")
            body = [line for line in found.body.splitlines() if line.strip()]
            return {"body": body, "title": found.title, "published": found.published}

        return record

    records = {OURS: darial} | {name: peer(extract) for name, extract in others.items()}
    judges = corpus.parent / "eval"
    result: dict[str, Any] = {"annotated": {}, "aeb": {}}
    for name, record in records.items():
        _tell(f"quality: {name}")
        result["annotated"][name] = _judge(
            judges / "score_extraction.py", corpus / "truth.jsonl", ours, record
        )
        result["aeb"][name] = _judge(
            judges / "score_benchmark.py", corpus / "aeb" / "ground-truth.json", theirs, record
        )
    return result


def _record(found: Article) -> dict[str, Any]:
    return {
        "title": found.title,
        "body": list(found.body),
        "related": [
            {"title": h.title, "url": h.url, "where": h.where, "label": h.label} for h in found.related
        ],
        "published": found.published.isoformat() if found.published else None,
        "language": found.language,
    }


def _judge(
    judge: Path, truth: Path, samples: Sequence[Sample], record: Callable[[Sample], dict[str, Any]]
) -> dict[str, Any]:
    records = [record(page) | {"input": page.file} for page in samples]
    with tempfile.TemporaryDirectory() as folder:
        said, right = Path(folder) / "records.jsonl", Path(folder) / truth.name
        with said.open("w", encoding="utf-8") as out:
            for one in records:
                out.write(json.dumps(one) + "\n")
        right.write_text(_truth_of(truth, samples), encoding="utf-8")
        asked = [sys.executable, str(judge), str(said), str(right), "--json"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise Unable(f"{judge.name} failed: {done.stderr.strip()[-200:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    for field, figures in _FIGURES_OF.items():
        if not any(one.get(field) for one in records):  # a contender that never says it is not judged by it
            answer |= {figure: None for figure in figures if figure in answer}
    return answer


def _truth_of(truth: Path, samples: Sequence[Sample]) -> str:
    """The truth of these pages alone, so that the first ten of them can be judged too."""
    text = truth.read_text(encoding="utf-8")
    if truth.suffix == ".json":
        ids = {page.file.partition(".")[0] for page in samples}
        return json.dumps({key: page for key, page in json.loads(text).items() if key in ids})
    files = {page.file for page in samples}
    return "\n".join(line for line in text.splitlines() if json.loads(line)["file"] in files) + "\n"


def _growth(times: int) -> dict[str, Any]:
    """Cost per KB of pages that differ in length alone: a long article, and a page of link blocks."""
    result: dict[str, Any] = {}
    for kind, build in pages.KINDS.items():
        texts = {size: build(size * 1024) for size in SIZES_KB}
        seconds = rounds.run(
            {str(size): partial(_many, text) for size, text in texts.items()}, [1], rounds=max(3, times)
        )
        per_kb = {}
        for size, text in texts.items():
            spent = rounds.median(seconds[str(size)])
            per_kb[str(size)] = _rounded(spent and 1000 * spent / _repeats(text) / (len(text) / 1024))
        first, last = per_kb[str(SIZES_KB[0])], per_kb[str(SIZES_KB[-1])]
        result[kind] = {"ms_per_kb": per_kb, "ratio": _rounded(last / first if first and last else None)}
    return result


def _repeats(text: str) -> int:
    """Small pages are done often, so that every size takes about as long on the clock."""
    return max(1, SIZES_KB[-1] * 1024 // (2 * len(text)))


def _many(text: str, times: int) -> None:
    for _ in range(times * _repeats(text)):
        article.extract_article(text, now=NOW)


def _quiet(work: Callable[[], Any], errors: type[Exception] = Exception) -> Any:
    """A page that a contender gives up on counts as done, and empty; of ours, only what we say that we refuse."""
    with contextlib.suppress(errors):
        return work()
    return None


def _per_second(count: int, seconds: float | None) -> float | None:
    return round(count / seconds, 1) if seconds else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _text(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _tell(message: str) -> None:
    sys.stderr.write(f"\r\x1b[K{message}" if sys.stderr.isatty() else "")
