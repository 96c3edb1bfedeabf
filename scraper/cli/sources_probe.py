"""Test every address of the sources file, and search other ways to what is dead: ``darial sources probe``."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scraper import clock
from scraper.cli import terminal
from scraper.cli.options import Json, Replay, recording
from scraper.cli.sources_add import COLUMNS, probe_address, probe_row, site_fetcher
from scraper.cli.sources_file import DEFAULT_FILE, SourcesFile, read_sources
from scraper.cli.terminal import argument, option
from scraper.codec import decode, encode
from scraper.errors import DarialError
from scraper.model import FeedRef, Source
from scraper.text.human import counted

if TYPE_CHECKING:
    from scraper.config.load import Sources
    from scraper.pipeline.context import FeedContext
    from scraper.pipeline.remedy import SourceProbe

RESUMED_FOR = timedelta(hours=24)  # an interrupted probe goes on where it was


def probe_sources(
    ids: Annotated[list[str] | None, argument("[ID]...", "Ids of sources; default: all.")] = None,
    sources: SourcesFile = DEFAULT_FILE,
    *,
    repair: Annotated[bool, option("--repair", "Write the found remedies into the sources file.")] = False,
    fresh: Annotated[bool, option("--fresh", "Begin anew; do not go on with an interrupted probe.")] = False,
    json: Json = False,
    replay: Replay = None,
) -> None:
    r"""Test every feed, sitemap and listing once.

    Includes disabled ones. Says which are live, moved, empty, frozen or blocked, the worst sources first. For an enabled source of
    which no address is live it searches another one: configured sitemaps and listings, what the homepage announces, usual places. The
    file is not changed without --repair. After an interruption the same command continues. The exit code is 1 if an
    enabled address is not live, with --repair only if a source has no address that is.

    \b
    Examples:
      darial sources probe
      darial sources probe valley-post gorge-times
      darial sources probe --repair
    """
    from scraper.cli.sources_repair import write_remedies

    recording(replay)
    known = read_sources(sources)
    asked = known.select(ids) if ids else known.sources
    notes = None if replay else sources.resolve().with_name(f".{sources.name}.probe")
    if fresh and notes is not None:
        notes.unlink(missing_ok=True)
    found = sorted(asyncio.run(_probe_all(known, asked, replay, notes)), key=lambda probe: probe.rank)
    if json:
        for line in _lines(found):
            terminal.print_json(line)
    else:
        _show(found)
    remedies = [probe.remedy for probe in found if probe.remedy]
    if repair and remedies:
        write_remedies(sources, remedies)
    if notes is not None:
        notes.unlink(missing_ok=True)
    if any(probe.rank == 0 or (probe.rank < 3 and not repair) for probe in found):
        raise terminal.Exit(1)


async def _probe_all(
    known: Sources, asked: Sequence[Source], replay: Path | None, notes: Path | None
) -> list[SourceProbe]:
    from scraper.parse_pool import ParsePool
    from scraper.pipeline.context import FeedContext
    from scraper.pipeline.source_lookup import SourceLookup

    done = {probe.source: probe for probe in _noted(notes, asked)}
    if done:
        terminal.log_line(
            f"{counted(len(done), 'source')} were tested before: going on (--fresh begins anew)"
        )
    with terminal.progress("probing", len(asked)) as bar, _appended(notes) as note:
        async with site_fetcher(known, replay) as fetcher:
            io = FeedContext(network=fetcher, parser=ParsePool(processes=0))
            io.sources = SourceLookup(known.enabled)

            async def one(source: Source) -> SourceProbe:
                found = done.get(source.id)
                if found is None:
                    found = await _probe_source(io, source)
                    note(found)
                bar.step()
                return found

            return list(await asyncio.gather(*map(one, asked)))


async def _probe_source(io: FeedContext, source: Source) -> SourceProbe:
    """Test the addresses of a source one after the other, and search another if none that is polled is live."""
    from scraper.pipeline.remedy import SourceProbe, find_remedy

    addresses = _addresses(source)
    results = [
        await probe_address(io.network, ref.url, source, listed=ref.json, listing=listing)
        for ref, _, listing in addresses
    ]
    polled = [probe for probe, (_, on, _) in zip(results, addresses, strict=True) if on]
    remedy = None
    if source.enabled and not any(probe.verdict == "live" for probe in polled):
        with contextlib.suppress(DarialError):  # what one page brings out costs this search
            remedy = await find_remedy(io, source, now=clock.now())
    return SourceProbe(
        source=source.id, enabled=tuple(on for _, on, _ in addresses), results=tuple(results), remedy=remedy
    )


def _addresses(source: Source) -> list[tuple[FeedRef, bool, bool]]:
    """Return each address, whether it is polled, and whether it is a page of headlines."""
    others = source.enabled and not any(ref.enabled and ref.kind is None for ref in source.feeds)
    return [
        *((ref, ref.enabled and source.enabled, False) for ref in source.feeds),
        *((FeedRef(url=url), others, False) for url in source.sitemaps),
        *((FeedRef(url=url), others, True) for url in source.listings),
    ]


# ------------------------------------------------------------------------------------------ an interrupted probe


def _noted(notes: Path | None, asked: Iterable[Source]) -> Iterator[SourceProbe]:
    """Yield what an interrupted probe has found lately, of sources whose addresses are as they were."""
    from scraper.pipeline.remedy import SourceProbe

    if notes is None or not notes.exists():
        return
    if clock.now().timestamp() - notes.stat().st_mtime > RESUMED_FOR.total_seconds():
        notes.unlink()
        return
    addresses = {source.id: [ref.url for ref, _, _ in _addresses(source)] for source in asked}
    for line in notes.read_bytes().splitlines():
        with contextlib.suppress(DarialError, ValueError):  # the last line may be cut
            probe = decode(line, SourceProbe)
            if addresses.get(probe.source) == [result.url for result in probe.results]:
                yield probe


@contextlib.contextmanager
def _appended(notes: Path | None) -> Iterator[Callable[[SourceProbe], None]]:
    """Append each result to the notes as soon as it is there."""
    if notes is None:
        yield lambda _: None
        return
    with notes.open("ab") as file:

        def note(probe: SourceProbe) -> None:
            file.write(encode(probe) + b"\n")
            file.flush()

        yield note


# ------------------------------------------------------------------------------------------ what is shown


def _lines(found: Iterable[SourceProbe]) -> Iterator[dict[str, object]]:
    for probe in found:
        for result, on in zip(probe.results, probe.enabled, strict=True):
            fields = {key: getattr(result, key) for key in result.__struct_fields__ if key != "links"}
            yield {
                "source": probe.source,
                "enabled": on,
                **fields,
                "remedy": probe.remedy and probe.remedy.way,
            }


def _show(found: Sequence[SourceProbe]) -> None:
    from scraper.pipeline.probe_site import VERDICTS

    rows = []
    for probe in found:
        polled_first = sorted(
            zip(probe.enabled, probe.results, strict=True),
            key=lambda pair: (not pair[0], VERDICTS.index(pair[1].verdict)),
        )
        for i, (on, result) in enumerate(polled_first):
            remedy = probe.remedy.way if probe.remedy and i == 0 else None
            way = f"{remedy.how} {remedy.url}" if remedy else ""
            rows.append((probe.source, "" if on else "off", *probe_row(result), way))
    terminal.print_table(None, ("source", "", *COLUMNS, "remedy"), rows)
    addresses = [result for probe in found for result in probe.results]
    live = sum(result.verdict == "live" for result in addresses)
    remedies = sum(probe.remedy is not None for probe in found)
    lost = sum(probe.rank == 0 for probe in found)
    terminal.log_line(
        f"{live} of {len(addresses)} addresses are live"
        + (
            f"; {counted(remedies, 'source')} can be read in another way (--repair writes it)"
            if remedies
            else ""
        )
        + (f"; of {counted(lost, 'source')} nothing can be had" if lost else "")
    )
