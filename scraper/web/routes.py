"""Serve the pages, and the stream that tells a page about new records."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from scraper.codec import Struct
from scraper.errors import StoreError
from scraper.web import (
    article_page,
    counts_panel,
    formatting,
    front_page,
    numbers_page,
    outlet_health,
    query_form,
    source_pages,
    templates,
    today_page,
)
from scraper.web.context import AppContext
from scraper.web.events import ServerEvent, server_sent_events
from scraper.web.front_page import PAGE_STORIES
from scraper.web.highlight import QueryTerms, query_terms
from scraper.web.query_form import FormQuery, form_query
from scraper.web.today_page import TodayQuery
from storage.model import CHANGES_A_SEQ, Filter, Story, StoryFilter

HTML = "text/html"
IMMUTABLE = "public, max-age=31536000, immutable"
SHOWN_FAILURES = 40
FAILURES_READ = 1000  # the latest, to show the last failure of each feed
_BAD_FORM = frozenset({"bad_query", "bad_filter"})


def routes(context: AppContext) -> list[ControllerRouterHandler]:
    @get("/", media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def front(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Show the stories of the last hours and the stream; with fields of the form, the list they mean."""
        pairs = list(request.query_params.multi_items())
        form = form_query(pairs)
        if form.is_narrowed or form.before is not None:
            return _list_page(context, form)
        return Response(_today(context, today_page.today_query(dict(pairs))))

    @get(query_form.PATH, media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def latest(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Show the latest articles, or those that match the form, with their counts."""
        return _list_page(context, form_query(request.query_params.multi_items()))

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
            zone=context.zone,
            wanted_diff=diff,
        )
        return context.render("article.html", page=page, name_of=context.names())

    @get("/sources", media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def sources(request: Request[Any, Any, Any]) -> bytes:
        """Show the sources: what needs attention, and all by country; narrowed and sorted as the form says."""
        query = source_pages.source_query(dict(request.query_params.items()))
        found = source_health_list(context)
        shown = source_pages.narrowed_sources(found, query)
        return context.render(
            "sources.html",
            query=query,
            total=len(found),
            countries=sorted({h.country for h in found if h.country}, key=formatting.country_name),
            sorts=source_pages.SORTS,
            attention=source_pages.need_attention(shown),
            unpolled=sum(source_pages.is_unpolled(h) for h in shown),
            groups=[] if query.attention else source_pages.grouped(shown, query),
            failures=context.store.failures(limit=SHOWN_FAILURES),
            quarantined=context.store.quarantined(),
            name_of=context.names(),
        )

    @get("/source/{id:str}", media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def source(id: FromPath[str]) -> bytes:  # noqa: A002
        """Show one source: its articles, rhythm, health, feeds, and what went wrong and was mended."""
        health = next(iter(source_health_list(context, id)), None)
        if health is None:
            raise HTTPException(status_code=404, detail="There is no such source.")
        today, zone = context.this_day(), context.zone
        span = numbers_page.first_day(today, outlet_health.SERIES_DAYS), today
        only = Filter(sources=(id,), since=datetime.combine(span[0], time(), zone))
        counts = context.store.facets(None, only, zone=zone.key)
        stories = context.store.newest(None, Filter(sources=(id,)), limit=front_page.STREAM_STORIES)
        failures = [f for f in context.store.failures(limit=FAILURES_READ) if f.source == id]
        return context.render(
            "source.html",
            h=health,
            languages=[
                formatting.language_name(code) for code in getattr(context.source(id), "languages", ())
            ],
            figure_=source_pages.source_figure(id, counts, span),
            days=_days(context, stories, QueryTerms()),
            form=FormQuery(source=(id,)),
            failures=failures[:SHOWN_FAILURES],
            quarantined=[page for page in context.store.quarantined() if page.source == id],
        )

    @get("/numbers", media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def figures(days: FromQuery[int] = 30) -> bytes:
        """Show counts of articles, in plots and tables."""
        days = days if days in numbers_page.SPANS else 30
        today, zone = context.this_day(), context.zone
        first = numbers_page.first_day(today, days)
        since = datetime.combine(first, time(), zone)
        counts = context.store.facets(None, Filter(since=since), zone=zone.key)
        tallies = context.store.tallies(first)
        counted = numbers_page.numbers_page(
            counts, tallies, today, days, context.names(), context.countries()
        )
        return context.render("numbers.html", numbers=counted, spans=numbers_page.SPANS)

    return [front, latest, article, sources, source, figures, _live_route(context), static_file]


def _live_route(context: AppContext) -> ControllerRouterHandler:
    @get("/live", include_in_schema=False)
    async def live(since: FromQuery[int] = 0, position: FromQuery[int | None] = None) -> Stream:
        """Stream one event for each change after the seq ``since`` or after a position: the last seq."""

        async def seqs() -> AsyncIterator[ServerEvent]:
            last = position if position is not None else (since + 1) * CHANGES_A_SEQ - 1
            while not context.notifier.stopped:
                now = await context.notifier.after(last)
                last = now or last
                seq = last // CHANGES_A_SEQ
                yield ServerEvent(seq, b"" if now is None else b"%d" % seq)

        return server_sent_events(context.notifier, seqs())

    return live


def source_health_list(context: AppContext, only: str | None = None) -> list[outlet_health.SourceStatus]:
    """Return the status of all sources, or only of one."""
    now = context.current_time()
    return outlet_health.source_statuses(
        context.store.source_states(None if only is None else [only]),
        [source for source in context.sources().sources if only in (None, source.id)],
        context.store.failures(limit=FAILURES_READ),
        context.store.tallies(numbers_page.first_day(now.date(), outlet_health.SERIES_DAYS), only),
        now,
    )


def _today(context: AppContext, query: TodayQuery) -> bytes:
    now, sources = context.current_time(), context.sources().sources
    seq = context.store.seq()
    since = now - timedelta(hours=today_page.SPANS[query.span])
    carried = context.store.most_carried(since, limit=today_page.READ_STORIES)
    told = context.store.told_stories(StoryFilter(since=since, min_outlets=2), limit=today_page.READ_STORIES)
    stream = context.store.newest(limit=front_page.STREAM_STORIES)
    return context.render(
        "today.html",
        query=query,
        spans=tuple(today_page.SPANS),
        countries=today_page.strip_countries(sources),
        rows=today_page.today_rows(carried, told, query, sources, now),
        days=_days(context, stream, QueryTerms()),
        seq=seq,
        newest=stream[0].cursor if stream else 0,
        form=FormQuery(),
        options=query_form.choices(sources),
        choices=query_form,
        open=False,
    )


def _list_page(context: AppContext, form: FormQuery) -> Response[bytes]:
    """Show a list. What is wrong with the form is said above it, with the form as it was filled."""
    seq, problem, page, counts = context.store.seq(), None, ListedStories(), []
    sources = context.sources().sources
    try:
        narrowed = context.filters(form)
        page = _listed(context, form)
        counts = context.store.facets(form.q or None, narrowed, zone=context.zone.key)
    except StoreError as error:
        if error.code not in _BAD_FORM:
            raise
        problem = str(error)
    body = context.render(
        "latest.html",
        form=form,
        options=query_form.choices(sources),
        choices=query_form,
        open=form.since or form.until or form.within != "text" or form.order != "newest" or form.by != "seen",
        problem=problem,
        days=_days(context, page.stories, query_terms(form.q) if form.q else QueryTerms(), form.by),
        older=page.older,
        newer=form.address() if form.before is not None or form.page > 1 else None,
        cut=page.cut,
        watch=query_form.watch_table(form),
        best=form.order == "best" and bool(form.q),
        counts=counts_panel.counts_panel(
            counts, form, context.countries(), context.names(), context.this_day()
        ),
        seq=seq,
        newest=page.stories[0].cursor if page.stories and form.before is None else 0,
    )
    return Response(body, status_code=400 if problem else 200)


class ListedStories(Struct, frozen=True, kw_only=True):
    """The stories of one page, and the address of the page behind it. ``cut``: only so many of the newest hits are ranked."""

    stories: Sequence[Story] = ()
    older: str | None = None
    cut: int | None = None


def _listed(context: AppContext, form: FormQuery) -> ListedStories:
    narrowed, query = context.filters(form), form.q or None
    if query and form.order == "best":
        best = context.store.best(query, narrowed, skip=(form.page - 1) * PAGE_STORIES, limit=PAGE_STORIES)
        return ListedStories(
            stories=best.stories,
            older=form.address(page=form.page + 1) if best.more else None,
            cut=None if best.complete else best.ranked,
        )
    stories = context.store.newest(query, narrowed, before=form.before, limit=PAGE_STORIES)
    full = len(stories) == PAGE_STORIES
    return ListedStories(stories=stories, older=form.address(before=stories[-1].cursor) if full else None)


def _days(
    context: AppContext, stories: Sequence[Story], wanted: QueryTerms, by: str = "seen"
) -> Sequence[front_page.DayGroup]:
    names = context.names()
    lines = [front_page.story_row(story, names, wanted, by) for story in stories]
    return front_page.day_groups(lines, context.zone)


@get("/static/{hash:str}/{name:str}", sync_to_thread=False, include_in_schema=False)
def static_file(hash: FromPath[str], name: FromPath[str]) -> Response[bytes]:  # noqa: A002
    """Serve a static file under a URL that changes with it."""
    if name not in templates.STATIC or templates.static_url(name) != f"/static/{hash}/{name}":
        raise HTTPException(status_code=404)
    return Response(
        templates.static_asset(name), media_type=templates.STATIC[name], headers={"cache-control": IMMUTABLE}
    )
