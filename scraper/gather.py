"""Everything that the network has to give for one source, parsed: the middle of the pipeline. Touches the store only to
ask what is known and to count parses; writes no article.

A failure is a value: what a page or a feed does wrong costs that page or feed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

from scraper import urls
from scraper.codec import Struct, replace
from scraper.errors import (
    DarialError,
    FetchError,
    HttpStatusError,
    NetworkError,
    NoArticle,
    TimeoutExceeded,
    WorkerLost,
)
from scraper.feeds import discovery
from scraper.feeds.discovery import How, Reading
from scraper.feeds.leads import leads as find_leads
from scraper.finding import found_of, job_of, visit_of, without_content
from scraper.model import (
    Article,
    Extraction,
    Failure,
    FeedState,
    Found,
    NotModified,
    Page,
    Pending,
    Source,
    SourceState,
    Validators,
    Visit,
)
from scraper.net.fetch import validators_of
from scraper.sources.owners import Owners
from scraper.sources.settings import Settings
from scraper.timing import drift, gaps, schedule
from scraper.workers import Workers
from storage.protocol import Store

MAX_LOST_WORKERS = 3  # parses of one page that took their worker down; then it is quarantined with its bytes
MAX_PARSE_ATTEMPTS = 9  # parses that our own process did not survive: mostly it was killed for other reasons
_WORKER_LOST = frozenset(("parser_crashed", "parser_timeout"))
PARSES_AHEAD = 4  # pages of one source that may be parsing while the next one is fetched
MAX_RELATED = 5  # links of a poll's articles that are followed; while a gap is open more
MAX_RELATED_IN_GAP = 20
MAX_CHILD_SITEMAPS = 3  # of an index, in one poll
FEED_BODY_MIN_CHARS = 200  # markup included; a feed's content shorter than this is a teaser, not a body
OUTAGE_WINDOW = timedelta(minutes=10)


class Network(Protocol):
    """What the pipeline needs of ``scraper.net.fetch.Fetcher``."""

    async def get(
        self,
        url: str,
        *,
        kind: Literal["feed", "page", "robots"] = "page",
        validators: Validators | None = None,
        source: Source | None = None,
        force: bool = False,
    ) -> Page | NotModified: ...


class Asked(Reading, frozen=True, kw_only=True):
    """A Reading with what the schedule wants to know of its answer."""

    unchanged: bool = False
    headers: Mapping[str, str] | None = None
    retry_after: float | None = None

    @classmethod
    def of(cls, reading: Reading, *, headers: Mapping[str, str]) -> Asked:
        return cls(
            how=reading.how,
            state=reading.state,
            feed=reading.feed,
            failure=reading.failure,
            gap=reading.gap,
            headers=headers,
        )


class Result(Struct, frozen=True, kw_only=True):
    """What became of one announced article."""

    found: Found | None = None
    visit: Visit | None = None  # how to ask for it again; when is not decided yet
    sample: drift.Sample | None = (
        None  # what the page gave, for the outlet's history; None if no page was parsed
    )
    failure: Failure | None = None
    again: Pending | None = None
    answered: bool = True
    retry_after: float | None = None


class Gathered(Struct, frozen=True, kw_only=True):
    """All of one poll before it is committed."""

    readings: tuple[Asked, ...]
    entries: int
    known: int
    tried: int
    followed: int  # related headlines
    gap: gaps.Shown
    fresh: tuple[Pending, ...]  # announced for the first time
    found: tuple[tuple[Found, Visit | None], ...]
    samples: tuple[drift.Sample, ...]
    failures: tuple[Failure, ...]
    pending: tuple[Pending, ...]
    answered: bool
    retry_after: float | None

    @property
    def ok(self) -> bool:
        """Some address of the source could be read."""
        return any(reading.failure is None for reading in self.readings)


class Gatherer:
    """Network and parsers, wired once. ``known`` of the store is asked, ``attempt`` told; nothing else is written."""

    def __init__(
        self,
        *,
        network: Network,
        store: Store,
        workers: Workers,
        settings: Settings,
        now: Callable[[], datetime],
    ) -> None:
        self._network, self._store, self._workers = network, store, workers
        self._settings, self._now = settings, now
        self.owners: Owners | None = (
            None  # whose a related headline is; without them only the source's own count
        )
        self._answered: dict[str, datetime] = {}  # when some server of a source last answered

    async def gather(self, source: Source, state: SourceState) -> Gathered:
        """All that the network has to give for one source, parsed."""
        readings = await self._read_all(source, state)
        announced: dict[str, Pending] = discovery.merge(
            (), (s for r in readings for s in discovery.sightings(r))
        )
        items = discovery.merge(state.pending, announced.values())
        known = await asyncio.to_thread(self._store.known, list(items)) if items else {}
        unseen = {key: item for key, item in items.items() if key not in known}
        waited = {discovery.key_of(item.entry) for item in state.pending}
        now = self._now()
        due = [item for item in unseen.values() if item.not_before is None or item.not_before <= now]
        chosen = due[: self._settings.max_pages_per_poll]
        results = await self._articles(source, chosen, on_trial=bool(state.yields.drift))
        followed = await self._follow(source, state, results, seen=items, gap=any(r.gap for r in readings))
        results += followed
        tried = {discovery.key_of(item.entry) for item in chosen}
        waiting = [item for key, item in unseen.items() if key not in tried]
        return Gathered(
            readings=tuple(readings),
            entries=len(announced),
            known=sum(key in known for key in announced),
            tried=len(chosen),
            followed=len(followed),
            gap=_gap(source, state, readings, known),
            fresh=tuple(i for key, i in announced.items() if key not in known and key not in waited),
            found=tuple((r.found, r.visit) for r in results if r.found),
            samples=tuple(r.sample for r in results if r.sample),
            failures=tuple(f for f in (*(r.failure for r in readings), *(r.failure for r in results)) if f),
            pending=discovery.keep((*(r.again for r in results if r.again), *waiting), set(announced)),
            answered=any(r.answered for r in readings) or any(r.answered for r in results),
            retry_after=max(
                (*(r.retry_after or 0.0 for r in readings), *(r.retry_after or 0.0 for r in results)),
                default=0.0,
            )
            or None,
        )

    async def _follow(
        self,
        source: Source,
        state: SourceState,
        results: Sequence[Result],
        *,
        seen: Collection[str],
        gap: bool,
    ) -> list[Result]:
        """Articles that the new ones link to and nobody announced: some of a poll, so many a day."""
        day = self._now().date()
        left = self._settings.max_related_per_day - (state.related_count if state.related_day == day else 0)
        most = MAX_RELATED_IN_GAP if gap or state.gap_since else MAX_RELATED
        leads = find_leads((r.found for r in results if r.found), source, self.owners or Owners((source,)))
        new = {key: item for key, item in leads.items() if key not in seen}
        if left <= 0 or not new:
            return []
        keys = {key: urls.identity_keys("", (item.entry.url,)) for key, item in new.items()}
        known = await asyncio.to_thread(self._store.known, [k for some in keys.values() for k in some])
        chosen = [item for key, item in new.items() if known.keys().isdisjoint(keys[key])][: min(most, left)]
        followed = await self._articles(source, chosen, on_trial=bool(state.yields.drift))
        # a recording holds what was fetched when it was made, and no more: that is no failure
        return [r for r in followed if r.failure is None or r.failure.code != "not_recorded"]

    async def _read_all(self, source: Source, state: SourceState) -> list[Asked]:
        """Every address of the source, one after the other; the other ways too when a feed shows a gap."""
        old = {feed.url: feed for feed in state.feeds}
        readings: list[Asked] = []
        asked: set[str] = set()
        queue = discovery.addresses(source, all_ways=state.gap_since is not None)
        while queue:
            url, how = queue.pop(0)
            if url in asked:
                continue
            asked.add(url)
            before = old.get(url) or FeedState(url=url)
            force = schedule.must_force(
                state.rhythm, last_new=state.last_new, forced=before.forced, now=self._now()
            )
            reading = await self._read(source, before, how, force=force)
            readings.append(reading)
            if reading.feed is not None and reading.feed.sitemaps:
                queue += [(child, "sitemap") for child in reading.feed.sitemaps[:MAX_CHILD_SITEMAPS]]
            if reading.gap:
                queue += discovery.addresses(source, all_ways=True)
        return readings

    async def _read(self, source: Source, old: FeedState, how: How, *, force: bool) -> Asked:
        """Ask one address. A failure is a value."""
        validators = discovery.validators_for(old, self._now(), force=force)
        try:
            answer = await self._network.get(
                discovery.address_of(old), kind="feed", validators=validators, source=source
            )
        except FetchError as error:
            self.note(source, error)
            return Asked(
                how=how,
                state=old,
                failure=discovery.failure(error, old.url),
                answered=reached(error),
                retry_after=error.retry_after if isinstance(error, HttpStatusError) else None,
            )
        self.note(source)
        if isinstance(answer, NotModified):
            kept = replace(
                old, validators=validators_of(answer.headers, old.validators), asked=answer.fetched
            )
            return Asked(how=how, state=kept, unchanged=True)
        fresh = validators_of(answer.headers)
        reading = await asyncio.to_thread(
            discovery.read, answer, how, source, old, fresh, forced=validators is None
        )
        return Asked.of(reading, headers=answer.headers)

    async def _articles(self, source: Source, items: Sequence[Pending], *, on_trial: bool) -> list[Result]:
        """Fetch one after the other (the host allows no more), parse what came while the next is under way."""
        ahead = asyncio.Semaphore(PARSES_AHEAD)
        tasks: list[asyncio.Task[Result]] = []

        async def parse(owner: Source, item: Pending, page: Page) -> Result:
            try:
                if owner is source:
                    return await self._parse(source, item, page, on_trial=on_trial)
                # the other outlet's history and visits are its own polls' concern
                return replace(await self._parse(owner, item, page), sample=None, visit=None)
            finally:
                ahead.release()

        try:
            for item in items:
                owner = self._owner(item, source)
                if owner is None:  # it was another outlet's, which is there no more
                    continue
                fetched = await self._fetch(owner, item)
                await ahead.acquire()
                if isinstance(fetched, Page):
                    tasks.append(asyncio.create_task(parse(owner, item, fetched)))
                else:
                    ahead.release()
                    tasks.append(asyncio.create_task(_value(fetched)))
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    def _owner(self, item: Pending, source: Source) -> Source | None:
        if item.source is None:
            return source
        owner = self.owners.owner(discovery.address(item.entry) or "") if self.owners else None
        return owner if owner is not None and owner.id == item.source else None

    async def article(self, source: Source, item: Pending) -> Result:
        fetched = await self._fetch(source, item)
        return await self._parse(source, item, fetched) if isinstance(fetched, Page) else fetched

    async def _fetch(self, source: Source, item: Pending) -> Page | Result:
        url = discovery.address(item.entry)
        if url is None:
            failure = Failure(url=item.entry.url, code="bad_url", message="the entry has no address")
            return Result(failure=failure)
        try:
            page = await self._network.get(url, kind="page", source=source)
        except FetchError as error:
            self.note(source, error)
            return await self._without_page(source, item, error)
        if isinstance(page, NotModified):
            raise TypeError("nothing was asked conditionally")
        self.note(source)
        return page

    async def _parse(self, source: Source, item: Pending, page: Page, *, on_trial: bool = False) -> Result:
        """A page as an article. Its parse is counted first, so that a page that kills everything is found out.

        While an outlet drifts its rules are on trial: what they give is measured on every page and used on none.
        """
        if await asyncio.to_thread(self._store.attempt, page.url, now=self._now()) > MAX_PARSE_ATTEMPTS:
            return await self._give_up(source, item, page, "our process ended each time it was parsed")
        try:
            article = measured = await self._extract(source, item, page, rules=not on_trial)
            if on_trial and source.rules:
                measured = await self._extract(source, item, page, rules=True)
        except WorkerLost as error:
            if item.code in _WORKER_LOST and item.tries + 1 >= MAX_LOST_WORKERS:
                return await self._give_up(source, item, page, str(error))
            return await self._without_page(source, item, error)
        except DarialError as error:
            await asyncio.to_thread(self._store.settled, page.url)
            return await self._without_page(source, item, error)
        sample = drift.sample(measured, source.rules)
        if article.extraction.method == "none":
            await asyncio.to_thread(self._store.settled, page.url)
            why = ", ".join(article.extraction.warnings) or "nothing that reads like an article"
            code = "challenge" if "captcha" in article.extraction.warnings else None
            nothing = NoArticle(f"no article: {why}", code=code, url=page.url)
            return replace(await self._without_page(source, item, nothing), sample=sample)
        found = found_of(source, item, page.final_url, article, page.fetched, asked=page.url)
        return Result(found=found, sample=sample, visit=visit_of(item, page, validators_of(page.headers)))

    async def _give_up(self, source: Source, item: Pending, page: Page, message: str) -> Result:
        """Quarantine a page: its bytes are kept, and it is not asked for again."""
        await asyncio.to_thread(
            self._store.quarantine,
            page.url,
            source=source.id,
            code="quarantined",
            message=message,
            body=page.body,
            now=self._now(),
        )
        failure = Failure(url=page.url, code="quarantined", message=message)
        return Result(failure=failure, again=replace(item, tries=discovery.MAX_TRIES))

    async def _extract(self, source: Source, item: Pending, page: Page, *, rules: bool) -> Article:
        return await self._workers.extract(
            job_of(
                source,
                item,
                page.body,
                url=page.final_url,
                content_type=page.content_type,
                rules=rules,
                now=page.fetched,
            )
        )

    async def _without_page(self, source: Source, item: Pending, error: DarialError) -> Result:
        """The page cannot be had: try again later, or take the body that the feed carries, and say so."""
        failure = discovery.failure(error, item.entry.url)
        answered = reached(error)
        retry_after = error.retry_after if isinstance(error, HttpStatusError) else None
        lasting = not discovery.is_transient(error.code) or item.tries >= 2
        if lasting and item.entry.content and len(item.entry.content) >= FEED_BODY_MIN_CHARS:
            article = await self._from_feed(source, item, error)
            if article is not None:
                url = discovery.address(item.entry) or ""
                now = self._now()
                found = found_of(source, item, url, article, now)
                visit = Visit(url=url, due=None, born=now, item=without_content(item))
                return Result(
                    found=found, failure=failure, answered=answered, retry_after=retry_after, visit=visit
                )
        again = discovery.retry(item, error.code, now=self._now())
        return Result(failure=failure, again=again, answered=answered, retry_after=retry_after)

    async def _from_feed(self, source: Source, item: Pending, error: DarialError) -> Article | None:
        """The body as the feed carries it, marked as such."""
        entry = item.entry
        markup = f"<!doctype html><meta charset=utf-8><article>{entry.content}</article>"
        try:
            article = await self._workers.extract(
                job_of(
                    source,
                    item,
                    markup.encode("utf-8", "replace"),
                    content_type="text/html; charset=utf-8",
                    rules=False,
                    now=self._now(),
                )
            )
        except DarialError:
            return None
        if not article.body:
            return None
        warnings = (*article.extraction.warnings, f"page_{error.code}")
        return replace(
            article,
            title=entry.title or article.title,
            authors=entry.authors or article.authors,
            published=entry.published or article.published,
            published_raw=entry.published_raw or article.published_raw,
            published_from="feed" if entry.published else article.published_from,
            summary=entry.summary or article.summary,
            tags=entry.tags or article.tags,
            extraction=Extraction(
                method="feed", confidence=min(article.extraction.confidence, 0.7), warnings=warnings
            ),
        )

    # ------------------------------------------------------------------------------------------ whose outage

    def note(self, source: Source, error: DarialError | None = None) -> None:
        """A request of a source was answered, or failed: whether a server is there is remembered."""
        if error is None or reached(error):
            self._answered[source.id] = self._now()

    def others_answered(self, source_id: str) -> bool:
        """Whether some other source's server answered lately: then a silence is not ours."""
        now = self._now()
        return any(at >= now - OUTAGE_WINDOW for other, at in self._answered.items() if other != source_id)

    @property
    def anyone_answered(self) -> bool:
        """Whether any server answered at all since the start."""
        return bool(self._answered)


def reached(error: DarialError) -> bool:
    """Whether a failure came from a server, and not from the lack of one."""
    return not isinstance(error, NetworkError | TimeoutExceeded)


def _gap(source: Source, state: SourceState, readings: Sequence[Asked], known: Collection[str]) -> gaps.Shown:
    """Whether the feeds have a hole, and whether something else reaches back behind it."""
    asked = {feed.url: feed.asked for feed in state.feeds}
    begins = [at for r in readings if r.gap and (at := asked.get(r.state.url)) is not None]
    begin = min((*begins, *([state.gap_begin] if state.gap_begin else [])), default=None)
    seen = any(r.gap for r in readings)
    # later on, what came after the hole is known too, and proves nothing
    filled = seen and any(discovery.reaches_back(r, known, begin) for r in readings if r.how != "feed")
    return gaps.Shown(
        seen=seen,
        begin=begin,
        filled=filled,
        ways=len(discovery.addresses(source, all_ways=True))
        > len(discovery.addresses(source, all_ways=False)),
    )


async def _value(result: Result) -> Result:
    return result
