"""Fetch the pages of stored articles again: the network's part of a revisit. revisit_decision.py judges the answers.

Asks the store for the article as it is and counts parses; writes nothing. A failure is a value.
"""

from __future__ import annotations

from collections.abc import Iterable

from scraper.codec import replace
from scraper.errors import DarialError, FetchError, HttpStatusError
from scraper.fetch.caching import validators_of
from scraper.guard import as_failure
from scraper.model import NotModified, Page, Record, Revisit, Source, Validators
from scraper.pipeline import pending, revisit_decision
from scraper.pipeline.context import PollContext
from scraper.pipeline.convert import body_hash, page_job
from scraper.pipeline.outage import server_answered
from scraper.pipeline.pages import MAX_PARSE_ATTEMPTS
from scraper.pipeline.readings import PageReading
from scraper.schedule.revisits import RevisitOutcome

# Revisits in a row that a server did not answer, or put off: the others wait for another time
MAX_UNWILLING = 2
_BUSY = frozenset((429, 503))


async def recheck_pages(io: PollContext, source: Source, due: Iterable[Revisit]) -> list[PageReading]:
    """Fetch these pages again, one after the other. Ends early where the host does not answer."""
    readings: list[PageReading] = []
    for visit in due:
        try:
            reading = await _recheck(io, source, visit)
        except Exception as error:
            reading = _failed(visit, as_failure(error, visit.url))
        readings.append(replace(reading, before=visit))
        if len(readings) >= MAX_UNWILLING and not any(r.willing for r in readings[-MAX_UNWILLING:]):
            break
    return readings


async def _recheck(io: PollContext, source: Source, visit: Revisit) -> PageReading:
    record = await io.record(visit.url)
    if record is None:  # purged since
        return PageReading(visit=replace(visit, due=None))
    try:
        page = await io.get(visit.url, kind="page", validators=visit.validators, source=source)
    except FetchError as error:
        if error.code in revisit_decision.GONE:
            return _remembered(visit, revisit_decision.judge_gone(visit, record, io.now()))
        busy = isinstance(error, HttpStatusError) and error.status in _BUSY
        return replace(_failed(visit, error), willing=server_answered(error) and not busy)
    if isinstance(page, NotModified):
        return PageReading(visit=replace(visit, validators=validators_of(page.headers, visit.validators)))
    if body_hash(page) == visit.body_hash and page.final_url == visit.url:
        return PageReading(visit=replace(visit, validators=validators_of(page.headers)))
    return await _read(io, source, visit, record, page)


async def _read(io: PollContext, source: Source, visit: Revisit, record: Record, page: Page) -> PageReading:
    if await io.attempt(page.url) > MAX_PARSE_ATTEMPTS:
        return PageReading(visit=replace(visit, due=None), outcome=RevisitOutcome(failed=True))
    # Use the same extraction method as before, so that a changed method is not taken for an edit
    rules = record.extraction.method in ("rules", "feed")
    try:
        article = await io.extract(page, page_job(source, visit.item, page, rules=rules))
    except DarialError as error:
        return _failed(visit, error)
    await io.settled(page.url)
    return _remembered(visit, revisit_decision.judge_page(visit, record, page, article), page)


def _remembered(visit: Revisit, judged: PageReading, page: Page | None = None) -> PageReading:
    """Return the reading with what the next answer is compared with: nothing if the page is not what it was, so that its return is seen."""
    if judged.found is not None and judged.found.status != "published":
        visit = replace(visit, validators=Validators(), body_hash=None)
    elif judged.found is not None and page is not None:
        visit = replace(visit, validators=validators_of(page.headers), body_hash=body_hash(page))
    return replace(judged, visit=visit)


def _failed(visit: Revisit, error: DarialError) -> PageReading:
    failure = pending.failure_of(error, visit.url)
    return PageReading(visit=visit, outcome=RevisitOutcome(failed=True), failure=failure)
