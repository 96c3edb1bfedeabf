"""Define what came of one address: FeedReading for a feed, sitemap or listing, PageReading for an article's page. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from scraper.codec import Struct
from scraper.model import ExtractedArticle, Failure, Fallback, Feed, FeedState, Pending, Revisit
from scraper.schedule.drift import PageSample
from scraper.schedule.revisits import RevisitOutcome

How = Literal["feed", "sitemap", "listing"]


class Address(NamedTuple):
    """An address to be asked in a poll; ``way`` for one that is not configured."""

    url: str
    how: How
    way: Fallback | None = None


class FeedReading(Struct, frozen=True, kw_only=True):
    """One address of a source, asked once. ``feed`` is None where nothing changed or nothing could be read."""

    how: How
    state: FeedState
    feed: Feed | None = None
    failure: Failure | None = None
    gap: bool = False  # does not reach back to the reading before: something may have been missed
    answered: bool = True  # some server answered, be it with an error
    headers: Mapping[str, str] | None = None
    retry_after: float | None = None
    way: Fallback | None = None  # None: a configured address
    offers: tuple[Fallback, ...] = ()  # further addresses that a page or a robots.txt names
    final_url: str | None = None  # of a page of headlines


class PageReading(Struct, frozen=True, kw_only=True):
    """One article's page, asked once: that of an announced article, or at a revisit that of a stored one."""

    found: ExtractedArticle | None = None
    failure: Failure | None = None
    answered: bool = True  # some server answered, be it with an error
    retry_after: float | None = None
    again: Pending | None = None  # the announcement, to be tried again
    sample: PageSample | None = None  # for the source's history; None if no page was parsed
    visit: Revisit | None = None  # how to ask for the page again; when is not decided yet
    # At a revisit only
    before: Revisit | None = None  # the revisit as it was due
    outcome: RevisitOutcome = RevisitOutcome()
    willing: bool = True  # the server answered, and would answer more
