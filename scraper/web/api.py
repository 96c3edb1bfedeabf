"""Serve the HTTP API, version 1. OpenAPI describes the types that the handlers return."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from litestar import Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.openapi import ResponseSpec
from litestar.params import PathParameter, QueryParameter
from litestar.types import ControllerRouterHandler

from scraper.codec import Struct, decode_any, encode, to_builtins
from scraper.errors import StoreError
from scraper.model import Record
from scraper.web import openapi
from scraper.web.context import AppContext
from scraper.web.outlet_health import SourceStatus
from scraper.web.routes import source_health_list
from storage.model import SYNTAX, Cluster, Filter, Hit, Related
from storage.narrowing import narrowed_ids

JSON = "application/json"
MAX_ITEMS = 200
MAX_RANKED = 1000  # hits by score; to read more, use /articles?q=, which is by time
STREAM_ITEMS = 100  # records read at a time for a stream
MAX_DIGITS = 18  # of a cursor or a seq
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
T = TypeVar("T")


class ApiFault(Struct, frozen=True):
    """What went wrong: a code that stays, and words that may change."""

    code: str
    message: str


class ApiProblem(Struct, frozen=True):
    error: ApiFault


class ArticleList(Struct, frozen=True):
    items: list[Record]
    next: str | None


class ClusterList(Struct, frozen=True):
    items: list[Cluster]
    next: str | None


class HitList(Struct, frozen=True):
    """``ranked``: among how many the best were found; those are all there are, or the newest of more if not ``complete``."""

    items: tuple[Hit, ...]
    next: str | None
    ranked: int
    complete: bool


class SourceList(Struct, frozen=True):
    items: list[SourceStatus]
    next: str | None


_PROBLEMS: dict[int, ResponseSpec] = {
    304: ResponseSpec(None, description="The answer is the one whose ETag If-None-Match has"),
    400: ResponseSpec(ApiProblem, description="The request is wrong: the code and the message say how", media_type=JSON),
    401: ResponseSpec(ApiProblem, description="A token is needed", media_type=JSON),
    404: ResponseSpec(ApiProblem, description="There is no such thing", media_type=JSON),
    429: ResponseSpec(ApiProblem, description="Too many wrong tokens: Retry-After says how many seconds to wait", media_type=JSON),
    503: ResponseSpec(ApiProblem, description="The store cannot be read now", media_type=JSON),
}  # fmt: skip

operation = partial(
    get,
    responses=_PROBLEMS,
    tags=["v1"],
    before_request=openapi.refuse_unknown_parameters,
    response_description="What was asked for",
)
api_get = partial(operation, sync_to_thread=True)

Words = Annotated[
    str | None,
    QueryParameter(description=SYNTAX),
]
Many = Annotated[list[str] | None, QueryParameter(description="May be given several times: any of them.")]
When = Annotated[
    str | None,
    QueryParameter(
        description="A time like 2026-11-23T06:00Z, or a day.", schema_extra={"format": "date-time"}
    ),
]
By = Annotated[
    Literal["seen", "published"],
    QueryParameter(
        description="The clock of the list and of `since` and `until`: when the first revision was seen, or when it was published."
    ),
]
Within = Annotated[Literal["text", "related"], QueryParameter(description="Where `q` is looked for.")]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_ITEMS, description="At most so many items.")]
Cursor = Annotated[
    str | None, QueryParameter(description="The `next` of the page before.", pattern=r"^[0-9]{1,18}$")
]
Place = Annotated[
    str | None,
    QueryParameter(description="The `next` of the page before.", pattern=r"^[0-9]{1,16}~[!-~]{1,100}$"),
]
SourceId = Annotated[str | None, QueryParameter(description="The `next` of the page before.")]
Fields = Annotated[
    str | None,
    QueryParameter(
        description="Only these fields of each record, with commas between: id,title,url. Default: all."
    ),
]
Id = Annotated[str, PathParameter(description="The id of an article.")]


def routes(context: AppContext) -> list[ControllerRouterHandler]:
    return [*_search_routes(context), *_article_routes(context), *_other_routes(context)]


def _search_routes(context: AppContext) -> list[ControllerRouterHandler]:
    def query_filters(
        *,
        within: Within = "text",
        source: Many = None,
        language: Many = None,
        country: Many = None,
        by: By = "seen",
        since: When = None,
        until: When = None,
        cluster: Annotated[str | None, QueryParameter(description="Only of this cluster.")] = None,
    ) -> Filter:
        return Filter(
            within=within,
            sources=narrowed_ids(context.sources().sources, country or (), source or ()),
            languages=tuple(language or ()),
            by=by,
            since=when(since),
            until=when(until),
            cluster=cluster,
        )

    filters_by = {"filters": Provide(query_filters, sync_to_thread=False)}

    @api_get("/api/v1/articles", operation_id="list_articles", dependencies=filters_by)
    def articles(
        *,
        filters: NamedDependency[Filter],
        q: Words = None,
        url: Annotated[
            str | None, QueryParameter(description="Only the article at this address, however spelt.")
        ] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
        fields: Fields = None,
    ) -> ArticleList:
        """List articles, the last seen or published first, each in its latest revision."""
        if url is not None:
            record = context.store.get(url)
            return _of_fields(ArticleList([record] if record else [], None), fields)
        found = context.store.newest(q, filters, before=_number(cursor), limit=limit, grouped=False)
        following = str(found[-1].cursor) if len(found) == limit else None
        return _of_fields(ArticleList([story.record for story in found], following), fields)

    @api_get("/api/v1/search", operation_id="search", dependencies=filters_by)
    def search(
        *,
        q: Annotated[
            str,
            QueryParameter(description=SYNTAX),
        ],
        filters: NamedDependency[Filter],
        cursor: Cursor = None,
        limit: Limit = 20,
        fields: Fields = None,
    ) -> HitList:
        """Search, the best hits first. To read all hits, the newest first, list articles with `q`."""
        start = _number(cursor) or 0
        end = min(start + limit, MAX_RANKED)
        found = context.store.search(q, filters, limit=max(1, end))
        hits = found.hits[start:end]
        following = str(end) if len(hits) == limit and end < min(MAX_RANKED, found.ranked) else None
        return _of_fields(HitList(hits, following, found.ranked, found.complete), fields)

    return [articles, search]


def _article_routes(context: AppContext) -> list[ControllerRouterHandler]:
    @api_get("/api/v1/articles/{id:str}", operation_id="get_article")
    def article(id: Id, fields: Fields = None) -> Record:  # noqa: A002
        """Return the latest revision of an article, with its current cluster."""
        return _of_fields(_found_or_404(context.store.get(id)), fields)

    @api_get("/api/v1/articles/{id:str}/revisions", operation_id="list_revisions")
    def revisions(id: Id, cursor: Cursor = None, limit: Limit = 50, fields: Fields = None) -> ArticleList:  # noqa: A002
        """List all revisions of an article, the oldest first, as they were committed."""
        after = _number(cursor) or 0
        behind = [
            record for record in _found_or_404(context.store.revisions(id) or None) if record.revision > after
        ]
        following = str(behind[limit - 1].revision) if len(behind) > limit else None
        return _of_fields(ArticleList(behind[:limit], following), fields)

    @api_get("/api/v1/articles/{id:str}/related", operation_id="get_related")
    def related(id: Id, limit: Limit = 100) -> Related:  # noqa: A002
        """Return the articles that the related headlines of an article name, and the articles that name it in theirs."""
        return _found_or_404(context.store.related(id, limit=limit))

    @api_get("/api/v1/clusters", operation_id="list_clusters")
    def clusters(
        since: When = None,
        min_outlets: Annotated[
            int, QueryParameter(ge=1, le=1000, description="Carried by so many or more.")
        ] = 2,
        cursor: Place = None,
        limit: Limit = 20,
    ) -> ClusterList:
        """List texts that were printed more than once, the one that grew last first."""
        found = context.store.clusters(
            since=when(since), min_outlets=min_outlets, limit=limit, after=cluster_cursor(cursor)
        )
        last = found[-1] if len(found) == limit else None
        grown = f"{micros(max(m.origin for m in last.members))}~{last.id}" if last else None
        return ClusterList(found, grown)

    return [article, revisions, related, clusters]


def _other_routes(context: AppContext) -> list[ControllerRouterHandler]:
    @api_get("/api/v1/sources", operation_id="list_sources")
    def sources(cursor: SourceId = None, limit: Limit = MAX_ITEMS) -> SourceList:
        """List the sources by id: what is wrong with each, when it was polled, its articles a day."""
        behind = sorted(
            (h for h in source_health_list(context) if h.source > (cursor or "")), key=lambda h: h.source
        )
        return SourceList(behind[:limit], behind[limit - 1].source if len(behind) > limit else None)

    @get("/api/v1/openapi.json", include_in_schema=False, sync_to_thread=False)
    def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Describe this API, in OpenAPI 3.1."""
        return Response(encode(openapi.document(request)), media_type="application/vnd.oai.openapi+json")

    return [sources, openapi_json]


def _of_fields(answer: T, fields: str | None) -> T:
    """Return an answer; if ``fields`` names some, a response in which its records have no others."""
    if fields is None:
        return answer
    names = _field_names(fields)
    plain = to_builtins(answer)
    if isinstance(answer, Record):
        plain = _some(plain, names)
    elif isinstance(answer, HitList):
        plain["items"] = [{**hit, "record": _some(hit["record"], names)} for hit in plain["items"]]
    else:
        plain["items"] = [_some(record, names) for record in plain["items"]]
    return Response(encode(plain), media_type=JSON)  # type: ignore[return-value]


def line_of_fields(line: bytes, fields: str | None) -> bytes:
    """Return a line of the change log with these fields of its record only."""
    return line if fields is None else encode(_some(decode_any(line), _field_names(fields)))


def _some(record: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key in names}


def _field_names(fields: str) -> frozenset[str]:
    """Return the names of fields. Raises StoreError (bad_filter) for one that no record has."""
    names = frozenset(name.strip() for name in fields.split(","))
    if unknown := sorted(names - set(Record.__struct_fields__)):
        known = ", ".join(Record.__struct_fields__)
        raise StoreError(f"a record has no field {unknown[0][:40]!r}; it has {known}", code="bad_filter")
    return names


def _found_or_404(found: T | None) -> T:
    if found is None:
        raise HTTPException(status_code=404, detail="There is no such article.")
    return found


def when(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.max.replace(tzinfo=UTC)
    if not 1900 <= moment.year < 2200:
        raise StoreError(f"not a time like 2026-11-23T06:00Z, nor a day: {text[:40]}", code="bad_filter")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _number(cursor: str | None) -> int | None:
    return None if cursor is None else int(cursor)


def micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def cluster_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    stamp, _, id_ = cursor.partition("~")
    return _EPOCH + timedelta(microseconds=int(stamp)), id_
