"""Serve what goes along with lists: tables to take away, counts of what is unread, words over time, marks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import HTTPException
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from scraper.codec import encode, replace
from scraper.errors import StoreError
from scraper.model import Record
from scraper.text.spreadsheet import workbook
from scraper.web import downloads, query_form, trend_page
from scraper.web.context import AppContext
from scraper.web.query_form import FormQuery, form_query
from scraper.web.stories_page import unread_stories
from scraper.web.trend import BY, STEPS, TREND_COLUMNS, Trend, fitting_step, trend, trend_rows

HTML = "text/html"
MAX_ROWS = 10_000  # of a download; `darial store export` has no limit
PAGE_ROWS = 500
USUAL_DAYS = 30  # of a trend without a time


def routes(context: AppContext) -> list[ControllerRouterHandler]:
    return [*_list_routes(context), *_trend_routes(context)]


def _query(request: Request[Any, Any, Any]) -> FormQuery:
    return form_query(request.query_params.multi_items())


def _list_routes(context: AppContext) -> list[ControllerRouterHandler]:
    @get("/articles.csv", sync_to_thread=True, include_in_schema=False)
    def csv(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Serve the articles that match, the newest first, as CSV."""
        rows = [
            downloads.article_row(record, _words(context)) for record in _records(context, _query(request))
        ]
        return _file(downloads.csv_table(downloads.COLUMNS, rows), "articles.csv", downloads.CSV_TYPE)

    @get("/articles.xlsx", sync_to_thread=True, include_in_schema=False)
    def excel(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Serve the articles that match, the newest first, for Excel."""
        words = _words(context)
        rows = (downloads.article_row(record, words) for record in _records(context, _query(request)))
        try:
            body = workbook(downloads.COLUMNS, rows, downloads.WIDTHS)
        except ModuleNotFoundError:
            raise HTTPException(
                status_code=501,
                detail="Excel files need the extra: pip install 'darial[xlsx]'. CSV works without.",
            ) from None
        return _file(body, "articles.xlsx", downloads.XLSX_TYPE)

    @get("/unread", sync_to_thread=True, include_in_schema=False)
    def unread(request: Request[Any, Any, Any], after: FromQuery[int] = 0) -> Response[bytes]:
        """Count the articles that match and came after the cursor ``after``; of a watch on stories, the stories."""
        after = min(max(after, 0), 2**62)
        if watch := request.query_params.get("watch"):
            return _counted(stories=unread_stories(context, context.story_watch(watch), after))
        query = _query(request)
        counts = context.store.facets(
            query.q or None, context.filters(query), zone=context.zone.key, after=after
        )
        return _counted(articles=sum(count.articles for count in counts))

    @get("/marks", media_type=HTML, sync_to_thread=False, include_in_schema=False)
    def marks() -> bytes:
        """Show the articles that were starred or noted in this browser, which alone knows them."""
        return context.render("marks.html")

    return [csv, excel, unread, marks]


def _counted(**unread: int) -> Response[bytes]:
    return Response(encode(unread), media_type="application/json")


def _words(context: AppContext) -> downloads.TableWords:
    countries = context.countries()
    return downloads.TableWords(context.names(), lambda id_: countries.get(id_, ""), context.zone)


def _records(context: AppContext, query: FormQuery) -> Iterator[Record]:
    filters, before, left = context.filters(query), query.before, MAX_ROWS
    while left:
        page = context.store.newest(
            query.q or None, filters, before=before, limit=min(PAGE_ROWS, left), grouped=False
        )
        yield from (story.record for story in page)
        left = left - len(page) if len(page) == PAGE_ROWS else 0
        before = page[-1].cursor if page else None


def _file(body: bytes, name: str, media_type: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="darial-{name}"'}
    return Response(body, media_type=media_type, headers=headers)


def _trend_routes(context: AppContext) -> list[ControllerRouterHandler]:
    @get("/trend", media_type=HTML, sync_to_thread=True, include_in_schema=False)
    def trends(
        request: Request[Any, Any, Any], by: FromQuery[str] = "country", step: FromQuery[str] = ""
    ) -> Response[bytes]:
        """Show words over time, by country, side by side."""
        form, problem, found = _query(request), None, []
        queries = _queries(request)
        first = last = context.this_day()
        try:
            first, last = _span(context, form)
            found = trend_page.in_one_order(_trends(context, request, by, step))
        except StoreError as error:
            if error.code not in ("bad_query", "bad_filter"):
                raise
            problem = str(error)
        names, top = context.names(), trend_page.highest(found)
        body = context.render(
            "trend.html",
            queries=queries,
            problem=problem,
            figures=[trend_page.trend_figure(one, form, names, title=one.query, top=top) for one in found],
            by=by if by in BY else "country",
            step=step,
            kinds=BY,
            steps=STEPS,
            first=first,
            last=last,
            form=form,
            csv=f"/trend.csv?{request.url.query}",
            choices=query_form,
        )
        return Response(body, status_code=400 if problem else 200)

    @get("/trend.csv", sync_to_thread=True, include_in_schema=False)
    def trends_csv(
        request: Request[Any, Any, Any], by: FromQuery[str] = "country", step: FromQuery[str] = ""
    ) -> Response[bytes]:
        """Serve the counts as CSV, one row a query, value and step."""
        rows = trend_rows(_trends(context, request, by, step))
        return _file(downloads.csv_table(TREND_COLUMNS, rows), "trend.csv", downloads.CSV_TYPE)

    return [trends, trends_csv]


def _queries(request: Request[Any, Any, Any]) -> list[str]:
    given = [value.strip() for key, value in request.query_params.multi_items() if key == "q"]
    return list(dict.fromkeys(filter(None, given)))[: trend_page.MAX_QUERIES]


def _span(context: AppContext, form: FormQuery) -> tuple[date, date]:
    """Return the first and the last day that are counted."""
    today, filters = context.this_day(), context.filters(form)
    last = (filters.until - timedelta(seconds=1)).astimezone(context.zone).date() if filters.until else today
    last = min(last, today)
    first = (
        filters.since.astimezone(context.zone).date()
        if filters.since
        else last - timedelta(days=USUAL_DAYS - 1)
    )
    return min(first, last), last


def _trends(context: AppContext, request: Request[Any, Any, Any], by: str, step: str) -> list[Trend]:
    form = _query(request)
    first, last = _span(context, form)
    days = replace(form, since=first.isoformat(), until=last.isoformat(), time="", by="published")
    narrowed = context.filters(days)
    return [
        trend(
            query,
            context.store.facets(query, narrowed, zone=context.zone.key),
            by=by if by in BY else "country",
            step=step if step in STEPS else fitting_step(first, last),
            span=(first, last),
            country_of=context.countries(),
        )
        for query in _queries(request)
    ]
