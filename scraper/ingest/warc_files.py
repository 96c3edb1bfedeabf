"""A WARC file of any crawler to the pages that are in it, one at a time, from any position on. (I/O: reads the file.)

Responses with status 200 and markup are pages. Requests, metadata and the like are nothing; the other responses, and
revisits, which carry no body of their own, are skipped under a code. Nothing large is read that is not a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from scraper.codec import replace
from scraper.decompress import Decompressor
from scraper.errors import BadResponse, DarialError
from scraper.extract import extractor
from scraper.guard import as_failure
from scraper.ingest.model import IngestStep, RefusedPage, SavedPage
from scraper.urls import canonicalise
from scraper.warc import warc_file
from scraper.warc.reader import Place

SNIFFED_BYTES = 65_536
MAX_URL_CHARS = 2048
FETCHED = "X-Darial-Fetched"  # finer than WARC-Date, in our own recordings


def read_warc(path: Path, start: str = "") -> Iterator[IngestStep]:
    """Yield the responses of a recording, each with the position after it."""
    waiting: IngestStep | None = None
    place, size = Place.of(start), path.stat().st_size
    if place.member >= size:
        return
    for record in warc_file.scan(path, place):
        if waiting is not None:
            yield replace(waiting, after=str(record.place), done=record.place.member)
        waiting = _step(f"{path.name}:{record.place}", record)
    if waiting is not None:
        yield replace(waiting, after=str(Place(size)), done=size)


def _step(place: str, record: warc_file.WarcRecord) -> IngestStep:
    """Read one WARC record. Any error costs this record only."""
    if record.damage is not None:
        return _refused(place, None, "damaged", record.damage)
    if record.kind == "revisit":
        return IngestStep(after="", skipped="revisit")
    if record.kind != "response":
        return IngestStep(after="")
    if not record.url:
        return _refused(place, None, "damaged", "it has no address")
    if not record.url.lower().startswith(("http:", "https:")):
        return IngestStep(after="")  # dns: and other schemes
    try:
        return _response(place, record)
    except Exception as error:
        failure: DarialError = as_failure(error, record.url)
        return _refused(place, record.url, failure.code, str(failure))


def _refused(place: str, url: str | None, code: str, message: str) -> IngestStep:
    page = RefusedPage(place=place, url=url and url[:MAX_URL_CHARS], code=code, message=message)
    return IngestStep(after="", page=page)


def _response(place: str, record: warc_file.WarcRecord) -> IngestStep:
    """Read an HTTP response. Raises BadUrl and BadResponse."""
    url = record.url
    canonicalise(url)
    if record.too_large:
        raise BadResponse("larger than any page", code="too_large", url=url)
    answer = warc_file.answer_of(record.block)
    if answer is None:
        raise BadResponse("it holds no HTTP response", code="damaged", url=url)
    if answer.status != 200:
        return IngestStep(after="", skipped=f"http_{answer.status}")
    kind = (answer.header("Content-Type") or "").lower()
    if kind and "html" not in kind and not kind.startswith(("application/octet-stream", "text/plain")):
        return IngestStep(after="", skipped="not_html")
    packed = Decompressor(coding=answer.header("Content-Encoding"), limit=extractor.MAX_PAGE_BYTES, url=url)
    packed.add(warc_file.message_of(record, answer).body)
    body, said = packed.finish(), answer.header("Content-Type")
    if not extractor.is_html(body[:SNIFFED_BYTES]):
        return IngestStep(after="", skipped="not_html" if body else "empty")
    when = _time(record.told(FETCHED)) or _time(record.told("WARC-Date"))
    page = SavedPage(url=url, place=place, body=body, content_type=said, fetched=when)
    return IngestStep(after="", page=page)


def _time(text: str | None) -> datetime | None:
    try:
        when = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
