"""Serve the pages, and the stream that tells a page about new records."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from scraper.model import Record
from scraper.schedule.source_health import KINDS
from scraper.web import article_page, front_page, numbers_page, outlet_health, templates
from scraper.web.context import AppContext
from scraper.web.events import server_sent_events
from scraper.web.front_page import FormQuery
from scraper.web.highlight import QueryTerms, query_terms
from storage.model import Ranking, Sighting, Story

HTML = "text/html"
IMMUTABLE = "public, max-age=31536000, immutable"
SHOWN_FAILURES = 40
FAILURES_READ = 1000  # the latest, to show the last failure of each feed


def routes(context: AppContext) -> list[ControllerRouterHandler]:
    @get("/", media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def front(request: Request[Any, Any, Any]) -> bytes:
        """Show the latest stories, or those that match the form."""
        query = form_query(request)
        all_sources, now = context.sources().sources, context.current_time()
        seq = context.store.seq()
        stories, ranking = _stories(context, query)
        wanted = query_terms(query.q) if query.q else QueryTerms()
        return templates.render_template(
            "latest.html",
            query=query,
            options=front_page.choices(all_sources),
            choices=front_page,
            days=front_page.day_groups(stories, context.names(), wanted),
            following=stories[-1].cursor
            if len(stories) == front_page.PAGE_STORIES and query.order == "newest"
            else None,
            ranking=ranking,
            seq=seq,
            now=now,
        )

    @get("/article/{id:str}", media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def article(id: FromPath[str], diff: FromQuery[int | None] = None) -> bytes:  # noqa: A002
        """Show one article with everything about it."""
        record, told, graph = context.store.get(id), context.store.explain(id), context.store.related(id)
        if record is None or told is None or graph is None:
            raise HTTPException(status_code=404, detail="There is no such article.")
        if record.purged:
            raise HTTPException(status_code=410, detail="This article was deleted for its age.")
        source = context.source(record.source)
        page = article_page.article_page(
            record,
            told,
            graph,
            context.store.revisions(id),
            name_of=context.names(),
            country=source.country if source else None,
            wanted_diff=diff,
        )
        return templates.render_template(
            "article.html", page=page, name_of=context.names(), now=context.current_time()
        )

    @get("/sources", media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def sources() -> bytes:
        """Show the health of the sources."""
        now = context.current_time()
        found = source_health_list(context)
        return templates.render_template(
            "sources.html",
            unhealthy=[h for h in found if h.ailments],
            healthy=[h for h in found if not h.ailments],
            kinds=KINDS,
            failures=context.store.failures(limit=SHOWN_FAILURES),
            quarantined=context.store.quarantined(),
            name_of=context.names(),
            now=now,
        )

    @get("/numbers", media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def figures(days: FromQuery[int] = 30) -> bytes:
        """Show counts of articles, in plots and tables."""
        days = days if days in numbers_page.SPANS else 30
        today = context.current_time().date()
        tallies = context.store.tallies(numbers_page.first_day(today, days))
        counted = numbers_page.numbers_page(tallies, today, days, context.names())
        return templates.render_template(
            "numbers.html", numbers=counted, spans=numbers_page.SPANS, now=context.current_time()
        )

    return [front, article, sources, figures, _live_route(context), static_file]


def _live_route(context: AppContext) -> ControllerRouterHandler:
    @get("/live", include_in_schema=False)
    async def live(since: FromQuery[int] = 0) -> Stream:
        """Stream one event for each change after ``since``: its seq."""

        async def seqs() -> AsyncIterator[tuple[int, bytes]]:
            last = since
            while not context.notifier.stopped:
                seq = await context.notifier.after(last)
                if seq is None:
                    yield last, b""
                else:
                    last = seq
                    yield last, str(seq).encode()

        return server_sent_events(context.notifier, seqs())

    return live


def source_health_list(context: AppContext) -> list[outlet_health.SourceStatus]:
    now = context.current_time()
    return outlet_health.source_statuses(
        context.store.source_states(),
        context.sources().sources,
        context.store.failures(limit=FAILURES_READ),
        context.store.tallies(numbers_page.first_day(now.date(), outlet_health.SERIES_DAYS)),
        now,
    )


def form_query(request: Request[Any, Any, Any]) -> FormQuery:
    """Return the fields of the form, without unknown and empty ones."""
    given = {key: value.strip() for key, value in request.query_params.items() if isinstance(value, str)}
    before = given.pop("before", "")
    known = {key: value for key, value in given.items() if key in FormQuery.__struct_fields__ and value}
    return FormQuery(
        **known, before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    )


def _stories(context: AppContext, form: FormQuery) -> tuple[list[Story], Ranking | None]:
    """Return the stories to show; for a search by relevance, also its ranking."""
    narrowed = front_page.filters(form, context.sources().sources, context.current_time())
    query = form.q or None
    if query and form.order == "best":
        ranking = context.store.search(query, narrowed, limit=front_page.PAGE_STORIES)
        return [_alone(place, hit.record) for place, hit in enumerate(ranking.hits)], ranking
    return context.store.newest(query, narrowed, before=form.before, limit=front_page.PAGE_STORIES), None


def _alone(place: int, record: Record) -> Story:
    origin = record.published or record.first_seen
    sighting = Sighting(id=record.id, source=record.source, origin=origin, language=record.language)
    return Story(cursor=place, record=record, sightings=(sighting,))


@get("/static/{hash:str}/{name:str}", sync_to_thread=False, include_in_schema=False)
def static_file(hash: FromPath[str], name: FromPath[str]) -> Response[bytes]:  # noqa: A002
    """Serve a static file under a URL that changes with it."""
    if name not in templates.STATIC or templates.static_url(name) != f"/static/{hash}/{name}":
        raise HTTPException(status_code=404)
    return Response(
        templates.static_asset(name), media_type=templates.STATIC[name], headers={"cache-control": IMMUTABLE}
    )
