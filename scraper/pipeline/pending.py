"""Keep the items that wait for their page: merge them, try them again, give them up. Pure."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from scraper import urls
from scraper.codec import Struct, replace
from scraper.errors import DarialError
from scraper.model import Entry, Failure, Pending

MAX_PENDING = 500
MAX_TRIES = 6  # of one article's page; after that it is only remembered while its feed still announces it
GIVEN_UP_FOR = timedelta(days=30)  # and no longer where nobody looks whether it does


def failure_of(error: DarialError, url: str | None) -> Failure:
    return Failure(url=error.url or url, code=error.code, message=str(error))


def article_address(entry: Entry) -> str | None:
    """Return where the article is: its link, else a guid that is an address."""
    for url in (entry.url, entry.guid):
        if url and urls.canonical_or_none(url):
            return url
    return None


def key_of(entry: Entry) -> str | None:
    """Return the strong identity key of an entry."""
    url = article_address(entry)
    return _key_of_address(url) if url else None


@functools.lru_cache(maxsize=50_000)  # a poll asks for the same keys several times, and so does the next one
def _key_of_address(url: str) -> str | None:
    return next(iter(urls.identity_keys("", (url,))), None)


def merge_pending(waiting: Sequence[Pending], seen: Iterable[Pending]) -> dict[str, Pending]:
    """Return what waited and what is announced now, by identity key, in that order; each article once.

    What waits keeps its tries and takes the newer entry, which may carry a corrected date or body.
    """
    merged: dict[str, Pending] = {}
    for item in waiting:
        if key := key_of(item.entry):
            merged.setdefault(key, item)
    for item in seen:
        if key := key_of(item.entry):
            old = merged.get(key, item)
            merged[key] = replace(old, entry=item.entry, feed=item.feed, found_by=item.found_by)
    return merged


_TRANSIENT = frozenset(
    ("timeout", "dns_failed", "connect_failed", "tls_failed", "connection_lost", "proxy_failed", "truncated", "protocol_error",
     "robots_unreachable", "parser_crashed", "parser_timeout", "http_408", "http_425", "http_429")
)  # fmt: skip


def is_transient(code: str) -> bool:
    """Return whether the same request may well succeed in some minutes."""
    return code in _TRANSIENT or code.startswith("http_5")


def tried_again(item: Pending, code: str, *, now: datetime) -> Pending:
    """Return the same article, to be tried again later: soon after a transient failure, rarely after a lasting one."""
    first, times = (timedelta(minutes=10), 3) if is_transient(code) else (timedelta(hours=6), 4)
    pause = first * times**item.tries
    return replace(item, tries=item.tries + 1, not_before=now + min(pause, timedelta(days=7)), code=code)


def is_item_due(item: Pending, now: datetime) -> bool:
    """Return whether an article's page is to be asked for now: not too early, and not given up."""
    return item.tries < MAX_TRIES and (item.not_before is None or item.not_before <= now)


class StillPending(Struct, frozen=True, kw_only=True):
    """What stays pending. ``overflow``: there was more than is kept, so what announced it must be read again."""

    items: tuple[Pending, ...]
    overflow: bool


def still_pending(
    items: Iterable[Pending], *, announced: set[str], read: set[str], now: datetime
) -> StillPending:
    """Return what stays pending: whatever has tries left, and what is given up until its feed, one of those just ``read``, drops it."""
    alive, given_up = [], []
    for item in items:
        if item.tries < MAX_TRIES:
            alive.append(item)
        else:
            # where nobody looked whether it is announced still, it is forgotten after some time
            young = item.not_before is not None and now - item.not_before <= GIVEN_UP_FOR
            if key_of(item.entry) in announced or (item.feed not in read and young):
                given_up.append(replace(item, entry=replace(item.entry, content=None)))
    return StillPending(items=tuple([*alive, *given_up][:MAX_PENDING]), overflow=len(alive) > MAX_PENDING)
