"""What is read from PostgreSQL: plain queries to values, each for all that is asked at once. Nothing here writes."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from scraper import urls
from scraper.codec import decode, encode
from scraper.model import Record, SourceState, Visit
from storage import ties
from storage.checking import wrong_lines
from storage.database import moment, stamp
from storage.explaining import versions
from storage.jsonl import Line
from storage.pg.database import Connection, Database, one
from storage.protocol import Cluster, Explanation, FailureRecord, Filter, Member, Quarantined, Stats
from storage.ties import Edge, Standing

PAGE_LINES = 500
_NEVER = 1 << 62


class Page(Protocol):
    """A query that gives (seq, line) pairs after a seq, at most a page of them."""

    def __call__(self, db: Connection, after: int, filters: Filter, /) -> list[tuple[int, bytes]]: ...


def ids_of(db: Connection, keys: Sequence[str]) -> dict[str, str]:
    """The ids of the articles that these keys name."""
    return dict(
        db.execute(
            "SELECT key, id FROM identity JOIN article ON n = article WHERE key = ANY(%s)", (list(keys),)
        ).fetchall()
    )


def find(db: Connection, id_or_url: str) -> int | None:
    """The number of the article with this id or address."""
    row = db.execute("SELECT n FROM article WHERE id = %s", (id_or_url.replace("\0", ""),)).fetchone()
    if row is None and (canonical := urls.as_written(id_or_url)):
        row = db.execute(
            "SELECT article FROM identity WHERE key = %s", ("u:" + canonical.removeprefix("https://"),)
        ).fetchone()
    return row[0] if row else None


# ------------------------------------------------------------------------------------------ records


def standings(db: Connection, articles: Sequence[int]) -> dict[int, Standing]:
    """The places of articles in their clusters."""
    rows = db.execute(
        "SELECT article.n, article.cluster, head.id, there.similarity, there.contained, back.contained,"
        " CASE WHEN there.a IS NULL AND article.cluster != article.n"
        " THEN (SELECT max(similarity) FROM edge WHERE a = article.n) END"
        " FROM article LEFT JOIN article AS head ON head.n = article.cluster"
        " LEFT JOIN edge AS there ON there.a = article.n AND there.b = article.cluster"
        " LEFT JOIN edge AS back ON back.a = article.cluster AND back.b = article.n"
        " WHERE article.n = ANY(%s)",
        (list(articles),),
    )
    found = {}
    for n, head, cluster, similarity, contained, contains, best in rows:
        direct = None if similarity is None else Edge(head, similarity, contained, contains)
        found[n] = ties.ALONE if head is None else ties.place_of(cluster, direct, best)
    return found


def latest_records(db: Connection, articles: Sequence[int]) -> dict[int, Record]:
    """The latest revisions of articles as they were committed."""
    rows = db.execute(
        "SELECT n, json FROM article JOIN line ON seq = latest WHERE n = ANY(%s)", (list(articles),)
    )
    return {n: decode(line, Record) for n, line in rows}


def placed_records(db: Connection, articles: Sequence[int]) -> list[Record]:
    """The latest revisions of articles, in their clusters as they are now, in the order asked."""
    records, places = latest_records(db, articles), standings(db, articles)
    return [ties.placed(records[n], places[n]) for n in articles if n in records]


def get(db: Connection, id_or_url: str) -> Record | None:
    n = find(db, id_or_url)
    return placed_records(db, [n])[0] if n is not None else None


def revisions(db: Connection, id_or_url: str) -> list[Record]:
    rows = db.execute("SELECT json FROM line WHERE article = %s ORDER BY revision", (find(db, id_or_url),))
    return [decode(line, Record) for (line,) in rows]


# How our lines say that there are no headlines. Inside a string the quotes would be escaped.
_NO_RELATED = '"related":[]'


def appeared(filters: Filter) -> list[tuple[str, object]]:
    """The filters that go by the article's row, as conditions with a value each."""
    return [
        (condition, value)
        for condition, value in (
            ("article.origin >= %s", stamp(filters.since) if filters.since else None),
            ("article.origin < %s", stamp(filters.until) if filters.until else None),
            ("article.cluster = (SELECT n FROM article WHERE id = %s)", filters.cluster),
        )
        if value is not None
    ]


def _passing(filters: Filter) -> tuple[str, list[object]]:
    """All filters as a condition on lines and their articles, and its values."""
    conditions = appeared(filters)
    if filters.sources:
        conditions.append(("line.source = ANY(%s)", list(filters.sources)))
    if filters.languages:
        conditions.append(("line.language = ANY(%s)", list(filters.languages)))
    if filters.has_related:
        conditions.append(("strpos(json::text, %s) = 0", _NO_RELATED))
    return "".join(f" AND {text}" for text, _ in conditions), [value for _, value in conditions]


def changes(db: Connection, after: int, filters: Filter, /) -> list[tuple[int, bytes]]:
    """The next page of published lines."""
    condition, values = _passing(filters)
    return db.execute(
        f"SELECT seq, json FROM line JOIN article ON n = article WHERE seq > %s{condition}"
        f" ORDER BY seq LIMIT {PAGE_LINES}",
        (after, *values),
    ).fetchall()


def lines_after(db: Connection, seq: int, top: int) -> Iterator[Line]:
    """The change log behind a seq and up to another, with the days whose files it belongs to, page by page."""
    while page := db.execute(
        f"SELECT seq, day, json FROM line WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT {PAGE_LINES}",
        (seq, top),
    ).fetchall():
        yield from (Line(*row) for row in page)
        seq = page[-1][0]


def lines_of(db: Connection, day: str) -> Iterator[Line]:
    """The lines of one day's file, page by page."""
    seq = 0
    while page := db.execute(
        f"SELECT seq, day, json FROM line WHERE day = %s AND seq > %s ORDER BY seq LIMIT {PAGE_LINES}",
        (day, seq),
    ).fetchall():
        yield from (Line(*row) for row in page)
        seq = page[-1][0]


def latest(db: Connection, after: int, filters: Filter, /) -> list[tuple[int, bytes]]:
    """The next page of latest revisions, clusters as they are now."""
    condition, values = _passing(filters)
    rows = db.execute(
        "SELECT seq, json, n, article.cluster, line.cluster, similarity, role FROM line"
        f" JOIN article ON n = article AND latest = seq WHERE seq > %s AND purged = 0{condition} ORDER BY seq LIMIT {PAGE_LINES}",
        (after, *values),
    ).fetchall()
    places = standings(db, [n for _, _, n, head, cluster, *_ in rows if (head, cluster) != (None, None)])
    page = []
    for seq, line, n, _, *published in rows:
        place = places.get(n, ties.ALONE)
        if (place.cluster, place.similarity, place.role) != tuple(published):
            page.append((seq, encode(ties.placed(decode(line, Record), place))))
        else:
            page.append((seq, line))
    return page


# ------------------------------------------------------------------------------------------ the rest


def source_states(db: Connection, sources: Sequence[str] | None = None) -> dict[str, SourceState]:
    rows = db.execute(
        "SELECT source, json FROM source_state WHERE %(all)s OR source = ANY (%(some)s)",
        {"all": sources is None, "some": list(sources or ())},
    )
    return {source: decode(line, SourceState) for source, line in rows}


def visits(db: Connection, source: str, limit: int) -> list[Visit]:
    rows = db.execute(
        "SELECT json FROM visit WHERE source = %s ORDER BY due, article LIMIT %s", (source, limit)
    )
    return [decode(line, Visit) for (line,) in rows]


def cursor(db: Connection, name: str) -> int | None:
    row = db.execute("SELECT value FROM meta WHERE key = %s", (f"cursor {name}",)).fetchone()
    return int(row[0]) if row else None


def failures(db: Connection, limit: int) -> list[FailureRecord]:
    rows = db.execute("SELECT at, source, url, code, message FROM failure ORDER BY n DESC LIMIT %s", (limit,))
    return [
        FailureRecord(at=moment(at), source=source, url=url, code=code, message=message)
        for at, source, url, code, message in rows
    ]


def quarantined(db: Connection) -> list[Quarantined]:
    rows = db.execute(
        "SELECT url, source, at, code, message, length(body) FROM quarantine ORDER BY at DESC, url"
    )
    return [
        Quarantined(url=url, source=source, at=moment(at), code=code, message=message, size=size)
        for url, source, at, code, message, size in rows
    ]


def explain(db: Connection, id_or_url: str) -> Explanation | None:
    n = find(db, id_or_url)
    if n is None:
        return None
    rows = db.execute(
        "SELECT seq, revision, fetched, hash, why, json FROM line WHERE article = %s ORDER BY revision", (n,)
    ).fetchall()
    record = decode(rows[-1][5], Record)
    (head,) = one(db.execute("SELECT cluster FROM article WHERE n = %s", (n,)))
    return Explanation(
        id=record.id,
        url=record.url,
        source=record.source,
        keys=urls.identity_keys(record.source, (record.url, *record.urls), record.feed.guid),
        versions=versions(rows),
        cluster=standings(db, [n])[n].cluster,
        members=members(db, [head])[head] if head is not None else (),
    )


def members(db: Connection, heads: Sequence[int]) -> dict[int, tuple[Member, ...]]:
    """The articles of clusters, the earliest first."""
    rows = db.execute(
        "SELECT article.cluster, n, id, article.source, origin, json FROM article JOIN line ON seq = latest"
        " WHERE article.cluster = ANY(%s) ORDER BY origin, id",
        (list(heads),),
    ).fetchall()
    numbers = [row[1] for row in rows]
    places = standings(db, numbers)
    alike: dict[int, dict[str, float]] = {}
    for a, id_, similarity in db.execute(
        "SELECT a, id, similarity FROM edge JOIN article ON n = b WHERE a = ANY(%s) ORDER BY origin, id",
        (numbers,),
    ):
        alike.setdefault(a, {})[id_] = similarity
    found: dict[int, list[Member]] = {head: [] for head in heads}
    for head, n, id_, source, origin, line in rows:
        record = decode(line, Record)
        found[head].append(
            Member(
                id=id_,
                source=source,
                title=record.title,
                url=record.url,
                origin=moment(origin),
                role=places[n].role,
                similarity=places[n].similarity,
                alike=alike.get(n, {}),
            )
        )
    return {head: tuple(there) for head, there in found.items()}


def clusters(
    db: Connection,
    since: datetime | None,
    min_outlets: int,
    limit: int,
    after: tuple[datetime, str] | None,
) -> list[Cluster]:
    """Clusters, those that grew last first."""
    last, behind = (stamp(after[0]), after[1]) if after else (_NEVER, "")
    rows = db.execute(
        "SELECT top, outlets FROM (SELECT cluster AS top, count(DISTINCT source) AS outlets, max(origin) AS grown FROM article"
        " WHERE cluster IS NOT NULL GROUP BY cluster) AS all_clusters JOIN article AS head ON head.n = top"
        " WHERE outlets >= %s AND grown >= %s AND (grown < %s OR (grown = %s AND id > %s))"
        " ORDER BY grown DESC, id LIMIT %s",
        (min_outlets, stamp(since) if since else 0, last, last, behind, limit),
    ).fetchall()
    there = members(db, [head for head, _ in rows])
    return [Cluster(id=there[head][0].id, outlets=outlets, members=there[head]) for head, outlets in rows]


def top(db: Connection) -> int:
    """The seq of the last line."""
    return int(one(db.execute("SELECT coalesce(max(seq), 0) FROM line"))[0])


def stats(db: Connection) -> Stats:
    articles, purged, clustered, heads = one(
        db.execute(
            "SELECT count(*) FILTER (WHERE purged = 0), coalesce(sum(purged), 0), count(cluster),"
            " count(DISTINCT cluster) FROM article"
        )
    )
    revisions_, seq, first, last = one(
        db.execute("SELECT count(*), coalesce(max(seq), 0), min(day), max(day) FROM line")
    )
    projected = db.execute("SELECT value FROM meta WHERE key = 'projected'").fetchone()
    (size,) = one(
        db.execute(
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class"
            " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
        )
    )
    return Stats(
        articles=articles,
        purged=purged,
        revisions=revisions_,
        seq=seq,
        projected=int(projected[0]) if projected else 0,
        clusters=heads,
        duplicates=clustered - heads,
        sources=dict(
            db.execute(
                "SELECT source, count(*) FROM article WHERE purged = 0 GROUP BY source ORDER BY source"
            ).fetchall()
        ),
        languages=dict(
            db.execute(
                "SELECT coalesce(language, 'unknown') AS l, count(*) FROM article JOIN line ON seq = latest WHERE purged = 0"
                " GROUP BY l ORDER BY l"
            ).fetchall()
        ),
        first_day=first,
        last_day=last,
        failures=one(db.execute("SELECT count(*) FROM failure"))[0],
        quarantined=one(db.execute("SELECT count(*) FROM quarantine"))[0],
        database_bytes=size,
    )


def verify(database: Database) -> Iterator[str]:
    """What is wrong inside the database, as of one moment: writers go on meanwhile."""
    db = database.connect()
    try:
        with database.translated(), db.transaction():
            db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            db.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            with db.cursor("lines") as cursor:
                yield from wrong_lines(
                    cursor.execute(
                        "SELECT seq, id, line.revision, hash, json FROM line LEFT JOIN article ON n = article ORDER BY seq"
                    )
                )
            yield from _wrong_articles(db)
    finally:
        db.close()


def _wrong_articles(db: Connection) -> Iterator[str]:
    for id_, latest_, top_, revisions_, count in db.execute(
        "SELECT id, latest, max(seq), revisions, count(seq) FROM article LEFT JOIN line ON article = n GROUP BY n"
        " HAVING latest IS DISTINCT FROM max(seq) OR count(seq) != CASE purged WHEN 1 THEN 1 ELSE revisions END"
    ):
        yield f"database: article {id_} says latest seq {latest_} of {revisions_}, its lines say {top_} of {count}"
    for what, table, column in (
        ("key", "identity", "article"),
        ("sketch value", "band", "article"),
        ("likeness", "edge", "a"),
        ("index entry", "search", "n"),
    ):
        (count,) = one(
            db.execute(
                f"SELECT count(*) FROM {table} LEFT JOIN article ON article.n = {table}.{column} WHERE article.n IS NULL"
            )
        )
        if count:
            yield f"database: {count} {what}{'s' if count > 1 else ''} of articles that are not there"
    for (id_,) in db.execute(
        "SELECT id FROM article LEFT JOIN search USING (n) WHERE (purged = 1) = (search.n IS NOT NULL) LIMIT 20"
    ):
        yield f"database: article {id_} is missing from the search index, or should be"
