"""A WARC file of any crawler to the pages that are in it, one at a time, from any position on. (I/O: reads the file.)

Responses with status 200 and markup are pages. Requests, metadata and the like are nothing; the other responses, and
revisits, which carry no body of their own, are skipped under a code. Nothing large is read that is not a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scraper.errors import BadResponse
from scraper.extraction import inputs
from scraper.ingest.saved import Refused, Saved, Step
from scraper.net import warc
from scraper.net.inflate import Body

MAX_RECORD_BYTES = 16 * 1024 * 1024  # a larger response is a film or a dump, and never read into memory
SNIFFED_BYTES = 65_536
FETCHED = "X-Darial-Fetched"  # finer than WARC-Date, in our own recordings


def read(path: Path, start: str = "") -> Iterator[Step]:
    """The responses of a recording, each with the place after it."""
    waiting: Step | None = None
    place = int(start or 0)
    if place >= path.stat().st_size:
        return
    for offset, record in warc.scan_on(path, place):
        if waiting is not None:
            yield _until(waiting, offset)
        waiting = _step(f"{path.name}:{offset}", record)
    if waiting is not None:
        yield _until(waiting, path.stat().st_size)


def _until(step: Step, offset: int) -> Step:
    return Step(after=str(offset), page=step.page, skipped=step.skipped, done=offset)


def _step(place: str, record: Any) -> Step:
    if record is None:
        return Step(
            after="",
            page=Refused(place=place, url=None, code="damaged", message="the recording is damaged here"),
        )
    told = record.rec_headers.get_header
    if record.rec_type == "revisit":
        return Step(after="", skipped="revisit")
    if record.rec_type != "response" or record.http_headers is None:
        return Step(after="")
    url = (told("WARC-Target-URI") or "").strip().strip("<>")
    status = record.http_headers.get_statuscode()
    if not status.isdigit() or not url.lower().startswith(("http://", "https://")):
        return Step(after="")  # dns: and other schemes
    if status != "200":
        return Step(after="", skipped=f"http_{status}")
    header = record.http_headers.get_header
    kind = (header("Content-Type") or "").lower()
    if kind and "html" not in kind and not kind.startswith(("application/octet-stream", "text/plain")):
        return Step(after="", skipped="not_html")
    if int(told("Content-Length") or 0) > MAX_RECORD_BYTES:
        return Step(
            after="", page=Refused(place=place, url=url, code="too_large", message="larger than any page")
        )
    try:
        body = _body(record, header("Content-Encoding"), url)
    except BadResponse as error:
        return Step(after="", page=Refused(place=place, url=url, code=error.code, message=str(error)))
    if not inputs.is_html(body[:SNIFFED_BYTES]):
        return Step(after="", skipped="not_html" if body else "empty")
    when = _time(told(FETCHED)) or _time(told("WARC-Date"))
    return Step(
        after="",
        page=Saved(url=url, place=place, body=body, content_type=header("Content-Type"), fetched=when),
    )


def _body(record: Any, coding: str | None, url: str) -> bytes:
    """The body without its codings. A length that HTTP claims wrongly is nobody's loss; one that WARC does is a torn file."""
    body = Body(coding=coding, limit=inputs.MAX_PAGE_BYTES, url=url)
    body.add(warc.message(record).body)
    if record.raw_stream.limit:
        raise BadResponse("the recording ends in the middle of it", code="truncated", url=url)
    return body.finish()


def _time(text: str | None) -> datetime | None:
    try:
        when = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
