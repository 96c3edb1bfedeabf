"""Feeds out: /feed.atom and /feed.json for whatever the first page can show, /opml for the outlets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from scraper.codec import replace
from scraper.config import opml
from scraper.web import atom as atomout
from scraper.web import front_page, json_feed_out
from scraper.web.atom import AtomHead, AtomLink
from scraper.web.context import AppContext
from scraper.web.routes import form_query
from storage.model import Story

PAGE_ENTRIES = 50
MAX_ENTRIES = 200
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when a feed without entries changed last


def routes(context: AppContext) -> list[ControllerRouterHandler]:
    @get("/feed.atom", sync_to_thread=True, include_in_schema=False)
    def atom(
        request: Request[Any, Any, Any], limit: FromQuery[int] = PAGE_ENTRIES, whole: FromQuery[bool] = True
    ) -> Response[bytes]:
        """The newest articles that are asked for, as Atom."""
        stories = _stories(context, request, limit)
        head = _head(request, stories, limit, atomout.MEDIA_TYPE)
        body = b"".join(atomout.atom_feed([story.record for story in stories], head, whole=whole))
        return Response(body, media_type=f"{atomout.MEDIA_TYPE}; charset=utf-8")

    @get("/feed.json", sync_to_thread=True, include_in_schema=False)
    def json(
        request: Request[Any, Any, Any], limit: FromQuery[int] = PAGE_ENTRIES, whole: FromQuery[bool] = True
    ) -> Response[bytes]:
        """The same as JSON Feed."""
        stories = _stories(context, request, limit)
        head = _head(request, stories, limit, json_feed_out.MEDIA_TYPE)
        body = json_feed_out.json_feed([story.record for story in stories], head, whole=whole)
        return Response(body, media_type=json_feed_out.MEDIA_TYPE)

    @get("/opml", sync_to_thread=True, include_in_schema=False)
    def outlets() -> Response[bytes]:
        """The feeds that Darial reads, for feed readers."""
        body = opml.write_opml(context.sources().sources).encode()
        headers = {"content-disposition": 'attachment; filename="darial.opml"'}
        return Response(body, media_type="text/x-opml", headers=headers)

    return [atom, json, outlets]


def _stories(context: AppContext, request: Request[Any, Any, Any], limit: int) -> list[Story]:
    """Each article by itself: a reader would take the copies of a story for new entries of it."""
    asked = form_query(request)
    narrowed = front_page.filters(asked, context.sources().sources, context.current_time())
    number = min(max(limit, 1), MAX_ENTRIES)
    return context.store.newest(asked.q or None, narrowed, before=asked.before, limit=number, grouped=False)


def _head(request: Request[Any, Any, Any], stories: Sequence[Story], limit: int, media_type: str) -> AtomHead:
    """What the feed says of itself. Its address without the token is its id, for as long as the host keeps its name."""
    asked = form_query(request)
    base = str(request.base_url).rstrip("/")
    given = [(k, v) for k, v in request.query_params.multi_items() if k not in ("token", "before") and v]
    narrowed = [v for k, v in given if k not in ("limit", "whole")]
    here = f"{base}{request.url.path}"
    links = [
        AtomLink(
            "self",
            _address(here, [*given, *([("before", asked.before)] if asked.before else [])]),
            media_type,
        ),
        AtomLink("alternate", f"{base}{replace(asked, before=None).address()}", "text/html"),
    ]
    if len(stories) >= min(max(limit, 1), MAX_ENTRIES):  # RFC 5005, section 3: the pages of a feed
        links.append(AtomLink("next", _address(here, [*given, ("before", stories[-1].cursor)]), media_type))
    return AtomHead(
        id=_address(here, given),
        title=f"Darial: {', '.join(map(str, narrowed))}" if narrowed else "Darial",
        updated=max((atomout.last_changed(story.record) for story in stories), default=NEVER),
        links=tuple(links),
    )


def _address(here: str, given: Sequence[tuple[str, Any]]) -> str:
    return f"{here}?{urlencode(given)}" if given else here
