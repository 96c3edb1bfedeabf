"""Read what a feed, sitemap or listing announces, and what to remember of it until the next poll. Pure.

In: a Page and what was known. Out: a FeedReading. Never decides whether an article is new: that is the store's knowledge.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from scraper import urls
from scraper.codec import replace
from scraper.errors import DarialError, NotAFeed, ParseError
from scraper.extract import page_type
from scraper.feeds import listing
from scraper.feeds import parse as feed
from scraper.model import Feed, FeedState, JsonList, Page, Pending, Source, Validators
from scraper.pipeline import fallbacks
from scraper.pipeline.pending import failure_of, key_of
from scraper.pipeline.readings import Address, FeedReading, How
from scraper.schedule import gaps
from scraper.text import charset

FORCE_EVERY = timedelta(hours=24)  # an unconditional request now and then finds servers whose validators lie
MAX_REMEMBERED_KEYS = 500
MAX_CHILD_SITEMAPS = 3  # of an index, in one poll
MAX_SITEMAPS_IN_TURN = 200  # of an index that does not say which is the newest
_NEVER = datetime.min.replace(tzinfo=UTC)


def addresses(source: Source, *, all_ways: bool) -> list[Address]:
    """Return the addresses to ask: the feeds; the sitemaps and listings too where no feed is the site's, or ``all_ways`` to fill a gap."""
    asked = [Address(ref.url, "feed") for ref in source.feeds if ref.enabled]
    if all_ways or not any(ref.enabled and ref.kind is None for ref in source.feeds):
        asked += [Address(url, "sitemap") for url in source.sitemaps]
        asked += [Address(url, "listing") for url in source.listings]
        if source.article_url and not (source.sitemaps or source.listings):
            # every source has a front page; with the pattern of its articles it is as good as a listing
            asked.append(Address(source.homepage, "listing"))
    return asked


def next_sitemaps(found: Feed, known: Mapping[str, FeedState]) -> list[str]:
    """Return the children of a sitemap index to read now: the newest. Where that is a guess, all the others come in turn."""
    if "newest_unknown" not in found.notes:
        return list(found.sitemaps[:MAX_CHILD_SITEMAPS])
    first, *others = found.sitemaps[:MAX_SITEMAPS_IN_TURN]
    turn = sorted(others, key=lambda url: known[url].asked or _NEVER if url in known else _NEVER)
    return [first, *turn[: MAX_CHILD_SITEMAPS - 1]]


def address_of(state: FeedState) -> str:
    """Return where to ask for a feed: its new address once a permanent redirect was seen often enough."""
    return state.moved_to if state.moved_to and state.has_moved else state.url


def validators_for(state: FeedState, now: datetime, *, force: bool = False) -> Validators | None:
    """Return the validators to send along, or None when an unconditional request is due."""
    if force or state.distrusted or state.forced is None or now - state.forced >= FORCE_EVERY:
        return None
    return state.validators


def parse_announcements(page: Page, how: How, source: Source, listed: JsonList | None = None) -> Feed:
    """Return the entries of a page; ``listed`` where a feed's address gives a list in JSON. Raises ParseError."""
    url, zone, now = page.final_url, source.timezone, page.fetched
    if how == "listing":
        text, _ = charset.decode_text(page.body, page.content_type)
        return listing.parse_listing(text, url=url, article_url=source.article_url, timezone=zone, now=now)
    return feed.parse_feed(page.body, headers=page.headers, url=url, timezone=zone, now=now, listed=listed)


def read_answer(
    page: Page,
    how: How,
    source: Source,
    old: FeedState,
    validators: Validators,
    *,
    forced: bool,
    loose: bool = False,
) -> FeedReading:
    """Read a page that a feed's address gave: its entries, and the state to keep. Never raises.

    ``loose``: of a page of headlines also the feeds that it announces, and where the source's pattern fits none of them, all.
    """
    digest = hashlib.sha256(page.body).hexdigest()[:32]
    state = replace(old, validators=validators, body_hash=digest, asked=page.fetched)
    if forced:
        state = replace(state, forced=page.fetched)
    if digest == old.body_hash:
        return FeedReading(how=how, state=_moved(state, page), headers=page.headers)
    try:
        listed = next((ref.json for ref in source.feeds if ref.url == old.url), None)
        found = parse_announcements(page, how, source, listed)
        if how == "listing" and not found.entries and _is_challenge(page):
            raise NotAFeed(
                "the server sent a robot check instead of the page", code="challenge", url=page.url
            )
        if loose and how == "listing" and not _fits_pattern(found, source, old):
            found = parse_announcements(page, how, replace(source, article_url=None))
    except DarialError as error:
        if error.code in ("html_not_feed", "no_json_list") and _is_challenge(page):
            error = NotAFeed(
                "the server sent a robot check instead of the feed", code="challenge", url=page.url
            )
        return FeedReading(how=how, state=old, failure=failure_of(error, page.url))
    except Exception as error:  # what one document says ends no poll
        broke = ParseError(f"could not be parsed: {type(error).__name__}: {error}", code="parser_error")
        return FeedReading(how=how, state=old, failure=failure_of(broke, page.url))
    # An index may never change while what it leads to does; an empty feed that does not change has still no entries
    if found.sitemaps or not found.entries:
        state = replace(state, validators=Validators(), body_hash=None)
    keys = tuple(key for entry in found.entries if (key := key_of(entry)))[:MAX_REMEMBERED_KEYS]
    dated = [(key, entry.published) for entry in found.entries if (key := key_of(entry))]
    liar = validators == old.validators != Validators() and bool(old.keys) and set(keys) != set(old.keys)
    # where "not modified" was a lie, the entries were last seen when the feed was asked for without validators
    gap = gaps.is_gap(old.keys, dated, old.forced if liar else old.asked)
    state = replace(
        state, keys=keys or old.keys, distrusted=old.distrusted or liar, refresh_seconds=found.refresh_seconds
    )
    if set(keys) & set(old.keys) or _is_of_source(page.final_url, found, source):
        state = _moved(state, page)
    offers = fallbacks.named_by_page(page) if loose and how == "listing" else ()
    return FeedReading(
        how=how,
        state=state,
        feed=found,
        gap=gap,
        headers=page.headers,
        offers=offers,
        final_url=page.final_url,
    )


def _is_challenge(page: Page) -> bool:
    return page_type.is_challenge(charset.decode_text(page.body, page.content_type)[0])


def _fits_pattern(found: Feed, source: Source, old: FeedState) -> bool:
    """Return whether the source's pattern finds articles; where nothing but a listing is polled, whether it finds new ones."""
    keys = {key for entry in found.entries if (key := key_of(entry))}
    return bool(keys - set(old.keys)) if not source.feeds and old.url in source.listings else bool(keys)


def _moved(state: FeedState, page: Page) -> FeedState:
    """Return the state with one more permanent redirect counted, if there was one."""
    moved = page.permanent_url
    if moved is None or moved == state.url:
        return state
    return replace(state, moved_to=moved, moved_count=state.moved_count + 1 if moved == state.moved_to else 1)


def _is_of_source(url: str, found: Feed, source: Source) -> bool:
    """Return whether a feed is the source's: it is on its site, or what it announces is. A parked domain's is not."""
    own = {urls.site_of(u) for u in (source.homepage, *source.hosts)}
    places = [url, *(entry.url for entry in found.entries if entry.url)]
    return any(urls.site_of(place) in own for place in places)


def reaches_back(reading: FeedReading, known: Collection[str], begin: datetime | None) -> bool:
    """Return whether a reading leaves no hole between itself and what is known: that of another way fills a feed's."""
    entries = reading.feed.entries if reading.feed else ()
    dated = [(key, entry.published) for entry in entries if (key := key_of(entry))]
    old = {key for key, _ in dated if key in known}
    return bool(old) and not gaps.is_gap(old, dated, begin)


def announced_by(reading: FeedReading) -> list[Pending]:
    """Return what a reading announces. A guid that several entries share identifies nothing, so it is dropped."""
    if reading.feed is None:
        return []
    shared = Counter(entry.guid for entry in reading.feed.entries)
    entries = (replace(e, guid=None) if shared[e.guid] > 1 else e for e in reading.feed.entries)
    return [Pending(entry=entry, feed=reading.state.url, found_by=reading.how) for entry in entries]
