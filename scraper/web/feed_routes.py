"""Serve feeds: /feed.atom and /feed.json with the filters of the front page, /opml with the sources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from scraper.config import opml
from scraper.web import atom as atomout
from scraper.web import json_feed_out
from scraper.web.atom import AtomHead, AtomLink
from scraper.web.context import AppContext
from scraper.web.query_form import FormQuery, form_query
from storage.model import Story

PAGE_ENTRIES = 50
MAX_ENTRIES = 200
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # the last change of a feed without entries


def routes(context: AppContext) -> list[ControllerRouterHandler]:
    @get("/feed.atom", sync_to_thread=True, include_in_schema=False)
    def atom(
        request: Request[Any, Any, Any], limit: FromQuery[int] = PAGE_ENTRIES, whole: FromQuery[bool] = True
    ) -> Response[bytes]:
        """Serve the newest articles that match, as Atom."""
        stories = _stories(context, request, limit)
        head = _head(request, stories, limit, atomout.MEDIA_TYPE)
        body = b"".join(atomout.atom_feed([story.record for story in stories], head, whole=whole))
        return Response(body, media_type=f"{atomout.MEDIA_TYPE}; charset=utf-8")

    @get("/feed.json", sync_to_thread=True, include_in_schema=False)
    def json(
        request: Request[Any, Any, Any], limit: FromQuery[int] = PAGE_ENTRIES, whole: FromQuery[bool] = True
    ) -> Response[bytes]:
        """Serve the newest articles that match, as JSON Feed."""
        stories = _stories(context, request, limit)
        head = _head(request, stories, limit, json_feed_out.MEDIA_TYPE)
        body = json_feed_out.json_feed([story.record for story in stories], head, whole=whole)
        return Response(body, media_type=json_feed_out.MEDIA_TYPE)

    @get("/opml", sync_to_thread=True, include_in_schema=False)
    def sources() -> Response[bytes]:
        """Serve the feeds that Darial reads, for feed readers."""
        body = opml.write_opml(context.sources().sources).encode()
        headers = {"content-disposition": 'attachment; filename="darial.opml"'}
        return Response(body, media_type="text/x-opml", headers=headers)

    return [atom, json, sources]


def _stories(context: AppContext, request: Request[Any, Any, Any], limit: int) -> list[Story]:
    """Find the newest articles, copies included: feed readers have no stories."""
    query = _query(request)
    filters = context.filters(query)
    number = min(max(limit, 1), MAX_ENTRIES)
    return context.store.newest(query.q or None, filters, before=query.before, limit=number, grouped=False)


def _query(request: Request[Any, Any, Any]) -> FormQuery:
    return form_query(request.query_params.multi_items())


def _head(request: Request[Any, Any, Any], stories: Sequence[Story], limit: int, media_type: str) -> AtomHead:
    """Describe the feed. Its URL without the token is its id, as long as the host keeps its name."""
    query = _query(request)
    base = str(request.base_url).rstrip("/")
    given = [(k, v) for k, v in request.query_params.multi_items() if k not in ("token", "before") and v]
    values = [v for k, v in given if k not in ("limit", "whole")]
    here = f"{base}{request.url.path}"
    links = [
        AtomLink(
            "self",
            _address(here, [*given, *([("before", query.before)] if query.before else [])]),
            media_type,
        ),
        AtomLink("alternate", f"{base}{query.address()}", "text/html"),
    ]
    if len(stories) >= min(max(limit, 1), MAX_ENTRIES):  # RFC 5005, section 3: the pages of a feed
        links.append(AtomLink("next", _address(here, [*given, ("before", stories[-1].cursor)]), media_type))
    return AtomHead(
        id=_address(here, given),
        title=f"Darial: {', '.join(map(str, values))}" if values else "Darial",
        updated=max((atomout.last_changed(story.record) for story in stories), default=NEVER),
        links=tuple(links),
    )


def _address(here: str, given: Sequence[tuple[str, Any]]) -> str:
    return f"{here}?{urlencode(given)}" if given else here
