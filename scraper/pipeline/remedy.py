"""Find what to write into the entry of a source whose addresses give nothing. Pure, but for ``find_remedy``, which asks the site.

In: the source and its state. Out: a Remedy, and the Source as it should be configured.
"""

from __future__ import annotations

from datetime import datetime

from scraper.codec import Struct, replace
from scraper.error_messages import explain_code
from scraper.model import Fallback, FeedRef, Source, SourceState
from scraper.pipeline import healing
from scraper.pipeline.context import FeedContext
from scraper.pipeline.feeds import read_feeds
from scraper.pipeline.pending import key_of
from scraper.pipeline.probe_site import Probe

MAX_SEARCHED = 30  # addresses of one source, when a person asks


class Remedy(Struct, frozen=True, kw_only=True):
    """An address that should be configured, and the addresses that it replaces."""

    source: str
    way: Fallback
    replaces: tuple[str, ...]
    why: str  # code, or "moved"
    since: datetime | None = None

    @property
    def words(self) -> str:
        """Why the old addresses are replaced."""
        return "moved for good" if self.why == "moved" else explain_code(self.why)


def remedies_of(source: Source, state: SourceState) -> list[Remedy]:
    """Return what polls have found: what is read instead, and where feeds have moved."""
    asked = [ref.url for ref in source.feeds if ref.enabled and ref.kind is None]
    found = [
        Remedy(
            source=source.id,
            way=Fallback(url=feed.moved_to, how="feed", origin="redirect"),
            replaces=(feed.url,),
            why="moved",
        )
        for feed in state.feeds
        if feed.url in asked and feed.moved_to and feed.has_moved
    ]
    used = state.healing.in_use
    if used is not None:
        replaced = tuple(asked) or source.sitemaps or source.listings
        why = state.healing.reason or healing.STALE
        return [Remedy(source=source.id, way=used, replaces=replaced, why=why, since=state.healing.since)]
    return found


async def find_remedy(io: FeedContext, source: Source, *, now: datetime) -> Remedy | None:
    """Search a site whose configured addresses give nothing for others, at the usual pace; None if none is found or needed."""
    state = SourceState(
        source=source.id,
        failures=healing.FAILURES_BEFORE_SEARCH,
        failing_since=now - healing.SEARCH_AFTER,
    )
    readings = await read_feeds(io, source, state, most_tries=MAX_SEARCHED)
    entries = [entry for r in readings if r.feed for entry in r.feed.entries]
    fresh = {key for entry in entries if (key := key_of(entry))}
    after = healing.next_healing(source, state, readings, fresh, now=now)
    found = remedies_of(source, replace(state, healing=replace(after, rest_until=None)))
    return found[0] if found else None


def remedied(source: Source, remedy: Remedy) -> Source:
    """Return the source as it should be configured."""
    way = remedy.way
    feeds = [replace(ref, enabled=False) if ref.url in remedy.replaces else ref for ref in source.feeds]
    if way.how != "feed":
        places = "sitemaps" if way.how == "sitemap" else "listings"
        there: tuple[str, ...] = getattr(source, places)
        kept = {places: there if way.url in there else (*there, way.url)}
        # its own page of headlines, read again without the pattern, which does not fit any more
        if way.url in source.listings and not source.feeds:
            kept["article_url"] = None  # type: ignore[assignment]
        return replace(source, feeds=tuple(feeds), **kept)
    known = next((i for i, ref in enumerate(feeds) if ref.url == way.url), None)
    old = next((i for i, ref in enumerate(feeds) if ref.url in remedy.replaces), None)
    if known is not None:
        feeds[known] = replace(feeds[known], enabled=True)
    elif old is not None:
        feeds[old] = FeedRef(url=way.url, language=feeds[old].language)
    else:
        feeds.append(FeedRef(url=way.url))
    return replace(source, feeds=tuple(feeds))


class SourceProbe(Struct, frozen=True, kw_only=True):
    """The test of one source: each address with its result, and a remedy if none of its enabled addresses is live."""

    source: str
    enabled: tuple[bool, ...]  # which addresses are polled
    results: tuple[Probe, ...]
    remedy: Remedy | None = None

    @property
    def rank(self) -> int:
        """How urgent it is: 0 for a source of which nothing can be had."""
        polled = [p.verdict for p, on in zip(self.results, self.enabled, strict=True) if on]
        if not polled:
            return 4
        dead = sum(verdict != "live" for verdict in polled)
        return 3 if not dead else 2 if dead < len(polled) else 1 if self.remedy else 0
