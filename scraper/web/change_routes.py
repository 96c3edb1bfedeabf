"""Serve the change feed: revisions and stories as they come, listed page by page or as one stream of events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import islice
from typing import Annotated, Any

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from scraper.codec import Struct, decode_any, encode
from scraper.errors import StoreError
from scraper.model import Record
from scraper.web.api import JSON, MAX_DIGITS, Cursor, Fields, Limit, Many, api_get, line_of_fields, operation
from scraper.web.context import AppContext
from scraper.web.events import ServerEvent, server_sent_events
from storage.model import CHANGES_A_SEQ, Filter, ToldStory

STREAM_ITEMS = 100  # records or stories read at a time for a stream


class ChangeList(Struct, frozen=True):
    """``seq``: what to pass as ``since`` next time."""

    items: list[Record]
    seq: int


class StoryChange(Struct, frozen=True):
    """A story that became another one; ``change`` numbers that."""

    change: int
    story: ToldStory


class StoryChangeList(Struct, frozen=True):
    """``change``: what to pass as ``since`` next time."""

    items: list[StoryChange]
    change: int


def routes(context: AppContext) -> list[ControllerRouterHandler]:
    @operation("/api/v1/changes", operation_id="list_changes")
    async def changes(
        request: Request[Any, Any, Any],
        since: Annotated[
            int, QueryParameter(ge=0, le=2**53, description="A seq: list what came after it.")
        ] = 0,
        source: Many = None,
        language: Many = None,
        limit: Limit = 100,
        fields: Fields = None,
    ) -> ChangeList:
        """List revisions in the order of their commits, as they were committed. `text/event-stream` streams them, one an event.

        The stream also has an event of the type `story` for each story that became another one (as in /api/v1/stories/changes).
        To resume a broken stream, browsers send Last-Event-ID; others pass the last `id` as `since`. A story may come again then.
        """
        filters = Filter(sources=tuple(source or ()), languages=tuple(language or ()))
        if "text/event-stream" in request.headers.get("accept", ""):
            events = _events(context, filters, _last_event(request) or since, fields)
            return server_sent_events(context.notifier, events)  # type: ignore[return-value]
        lines = await sync_to_thread(_lines, context, filters, since, limit)
        seq = _seq(lines[-1]) if len(lines) == limit else max(since, await sync_to_thread(context.store.seq))
        items = b",".join(
            line_of_fields(line, fields) for line in lines
        )  # the very lines that were published
        body = b'{"items":[%s],"seq":%d}' % (items, seq)
        return Response(body, media_type=JSON)  # type: ignore[return-value]

    @api_get("/api/v1/stories/changes", operation_id="list_story_changes")
    def story_changes(since: Cursor = None, limit: Limit = 100) -> StoryChangeList:
        """List the stories that became other ones, in the order of their last change; one that is gone is left out."""
        after = int(since or 0)
        items = _story_changes(context, after, limit)
        return StoryChangeList(items, items[-1].change if items else after)

    return [changes, story_changes]


async def _events(
    context: AppContext, filters: Filter, since: int, fields: str | None
) -> AsyncIterator[ServerEvent]:
    """Yield revisions behind a seq, and stories that changed after it; the id of each event is the seq to resume from."""
    seq, change = since, since * CHANGES_A_SEQ - 1
    while not context.notifier.stopped:
        position = await sync_to_thread(context.store.position)
        top = await sync_to_thread(context.store.seq)
        lines = await sync_to_thread(_lines, context, filters, seq, STREAM_ITEMS)
        for line in lines:
            seq = _seq(line)
            yield ServerEvent(seq, line_of_fields(line, fields))
        if len(lines) == STREAM_ITEMS:
            continue
        seq = max(seq, top)  # what the filters leave out is not read again
        stories = await sync_to_thread(_story_changes, context, change, STREAM_ITEMS)
        for item in stories:
            change = item.change
            if _fits(filters, item.story):
                yield ServerEvent(seq, encode(item), b"story")
        if len(stories) < STREAM_ITEMS:
            change = max(change, position)
            if await context.notifier.after(position) is None:
                yield ServerEvent(seq)


def _fits(filters: Filter, story: ToldStory) -> bool:
    """Return True if one of the members passes."""
    return any(
        (not filters.sources or member.source in filters.sources)
        and (not filters.languages or member.language in filters.languages)
        for member in story.members
    )


def _story_changes(context: AppContext, after: int, limit: int) -> list[StoryChange]:
    found = context.store.story_changes(after, limit=limit, country_of=context.countries())
    return [StoryChange(number, story) for number, story in found]


def _last_event(request: Request[Any, Any, Any]) -> int:
    """Return the seq in Last-Event-ID; 0 without one. Raises StoreError (bad_filter) for what is no seq."""
    last = request.headers.get("last-event-id", "").strip()
    if last and not (last.isascii() and last.isdigit() and len(last) <= MAX_DIGITS):
        raise StoreError("Last-Event-ID is the id of an event, a number", code="bad_filter")
    return int(last or 0)


def _lines(context: AppContext, filters: Filter, after: int, limit: int) -> list[bytes]:
    return list(islice(context.store.change_lines(filters, after=after, damaged=lambda _: None), limit))


def _seq(line: bytes) -> int:
    return int(decode_any(line)["seq"])
