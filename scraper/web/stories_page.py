"""Serve stories across languages: a page of them, a page of one with its evidence, and both as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from litestar import Request, get
from litestar.exceptions import HTTPException
from litestar.params import FromPath, PathParameter, QueryParameter
from litestar.types import ControllerRouterHandler

from scraper.codec import Struct
from scraper.notify.matching import MAX_STORIES, watched_stories
from scraper.settings import Watch
from scraper.stories.grouping import WINDOW
from scraper.stories.sketch import encoder_name
from scraper.web import formatting
from scraper.web.api import Limit, Many, Place, When, api_get, cluster_cursor, micros, when
from scraper.web.context import AppContext
from scraper.web.story_view import silences, story_evidence, story_panel, telling_lines
from storage.model import StoryDetail, StoryFilter, ToldStory

HTML = "text/html"
PAGE_STORIES = 30
DAYS = 3  # that the page goes back
Outlets = Annotated[int, QueryParameter(ge=1, le=1000, description="Told by so many sources or more.")]


class StoryList(Struct, frozen=True):
    items: list[ToldStory]
    next: str | None


def routes(context: AppContext) -> list[ControllerRouterHandler]:
    return [*_page_routes(context), *_api_routes(context)]


def _page_routes(context: AppContext) -> list[ControllerRouterHandler]:
    @get("/stories", media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def stories_page(request: Request[Any, Any, Any]) -> bytes:
        """Show the stories of the last days, or those that a watch waits for."""
        if watch_id := request.query_params.get("watch"):
            return _watch_page(context, context.story_watch(watch_id))
        countries = tuple(dict.fromkeys(code for code in request.query_params.getall("country", []) if code))
        before = request.query_params.get("before")
        wanted = StoryFilter(
            since=context.current_time() - timedelta(days=DAYS),
            min_outlets=2,
            countries=countries,
            country_of=context.countries(),
        )
        found = context.store.told_stories(wanted, limit=PAGE_STORIES, after=cluster_cursor(_place(before)))
        known = sorted({source.country for source in context.sources().sources if source.enabled})
        return context.render(
            "stories.html",
            panels=[story_panel(story, context.names()) for story in found],
            watch=None,
            countries=[(code, formatting.country_name(code), code in countries) for code in known],
            narrowed=bool(countries),
            paged=before is not None,
            following=_cursor(found, PAGE_STORIES),
            address="".join(f"&country={code}" for code in countries if code.isalnum()),
            behind=context.store.story_backlog((context.current_time() - timedelta(days=DAYS)).date()),
            installed=encoder_name() is not None,
            days=DAYS,
        )

    @get("/stories/{id:str}", media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def story_page(id: FromPath[str]) -> bytes:  # noqa: A002
        """Show one story with what makes it one."""
        detail = _detail(context, id)
        names = context.names()
        members = (*detail.story.members, *detail.possibly)
        outlet_of = {member.id: names(member.source) for member in members}
        behind = context.store.story_backlog((context.current_time() - timedelta(days=DAYS)).date())
        return context.render(
            "story.html",
            panel=story_panel(detail.story, names),
            possibly=telling_lines(detail.possibly, detail.story.first, names),
            evidence=[story_evidence(link, outlet_of) for link in detail.links],
            silences=silences(
                detail,
                context.sources().sources,
                context.store.source_states(),
                context.current_time(),
                behind,
            ),
        )

    return [stories_page, story_page]


def _watch_page(context: AppContext, watch: Watch) -> bytes:
    position, now = context.store.position(), context.current_time()
    found = watched_stories(watch, context.store, context.sources().sources, now, limit=PAGE_STORIES)
    return context.render(
        "stories.html",
        panels=[story_panel(story, context.names()) for story in found],
        watch=watch,
        paged=False,
        following=None,
        behind=context.store.story_backlog((now - WINDOW).date()),
        seq=context.store.seq(),
        position=position,
        installed=encoder_name() is not None,
        days=WINDOW.days,
    )


def unread_stories(context: AppContext, watch: Watch, after: int) -> int:
    """Count the stories of a watch that are new or grew behind a position of the store."""
    changes = context.store.story_changes(after, limit=MAX_STORIES, country_of=context.countries())
    changed = {story.id for _, story in changes}
    if not changed:
        return 0
    now, sources = context.current_time(), context.sources().sources
    return len(watched_stories(watch, context.store, sources, now, only=changed))


def _api_routes(context: AppContext) -> list[ControllerRouterHandler]:
    @api_get("/api/v1/stories", operation_id="list_stories")
    def stories(
        since: When = None,
        until: When = None,
        min_outlets: Outlets = 2,
        country: Annotated[
            list[str] | None, QueryParameter(description="May be given several times: told in each of them.")
        ] = None,
        source: Many = None,
        cursor: Place = None,
        limit: Limit = 20,
    ) -> StoryList:
        """List stories: one event as sources in several languages tell it, the one that grew last first."""
        wanted = StoryFilter(
            since=when(since),
            until=when(until),
            min_outlets=min_outlets,
            countries=tuple(country or ()),
            sources=tuple(source or ()),
            country_of=context.countries(),
        )
        found = context.store.told_stories(wanted, limit=limit, after=cluster_cursor(cursor))
        return StoryList(found, _cursor(found, limit))

    @api_get("/api/v1/stories/{id:str}", operation_id="get_story")
    def story(id: Annotated[str, PathParameter(description="The id of an article.")]) -> StoryDetail:  # noqa: A002
        """Return the story that an article is in, with its evidence and what possibly belongs to it too."""
        return _detail(context, id)

    return [stories, story]


def _detail(context: AppContext, id_: str) -> StoryDetail:
    found = context.store.told_story(id_, context.countries())
    if found is None:
        raise HTTPException(status_code=404, detail="There is no such story.")
    return found


def _cursor(found: list[ToldStory], limit: int) -> str | None:
    return f"{micros(found[-1].grown)}~{found[-1].id}" if len(found) == limit else None


def _place(before: str | None) -> str | None:
    """Return a cursor of a page's address, None for what is none."""
    stamp, _, id_ = (before or "").partition("~")
    return before if stamp.isascii() and stamp.isdigit() and len(stamp) < 17 and id_ else None
