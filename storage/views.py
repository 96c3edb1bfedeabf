"""What is read from the database: plain queries to values. Nothing here writes."""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from scraper import urls
from scraper.codec import DecodeError, decode, encode, replace
from scraper.copies.dedupe import Known
from scraper.model import Record, SourceState, Visit
from storage import clusters, ties
from storage.database import moment, stamp
from storage.protocol import Cluster, Explanation, FailureRecord, Filter, Member, Quarantined, Stats, Version
from storage.ties import Standing

PAGE_LINES = 500
PAGE_KEYS = 500
_NEVER = 1 << 62


class Page(Protocol):
    """A query that gives (seq, line) pairs after a seq, at most a page of them."""

    def __call__(self, db: sqlite3.Connection, after: int, filters: Filter, /) -> list[tuple[int, bytes]]: ...


# ------------------------------------------------------------------------------------------ identity


def ids_of(db: sqlite3.Connection, keys: Sequence[str]) -> dict[str, str]:
    """The ids of the articles that these keys name."""
    found: dict[str, str] = {}
    for i in range(0, len(keys), PAGE_KEYS):
        some = keys[i : i + PAGE_KEYS]
        marks = ",".join("?" * len(some))
        found.update(
            db.execute(
                f"SELECT key, id FROM identity JOIN article ON n = article WHERE key IN ({marks})", some
            )
        )
    return found


def matches(db: sqlite3.Connection, keys: Sequence[str]) -> list[Known]:
    """The articles that these keys name, strongest key first, each once."""
    marks = ",".join("?" * len(keys))
    named = dict(db.execute(f"SELECT key, article FROM identity WHERE key IN ({marks})", keys).fetchall())
    first = {n: key for key in reversed(keys) if (n := named.get(key)) is not None}
    return [known(db, key, named[key]) for key in keys if key in named and first[named[key]] == key]


def known(db: sqlite3.Connection, key: str, n: int) -> Known:
    rows = db.execute("SELECT hash, json FROM line WHERE article = ? ORDER BY revision", (n,)).fetchall()
    return Known(number=n, key=key, latest=decode(rows[-1][1], Record), hashes=tuple(h for h, _ in rows))


def find(db: sqlite3.Connection, id_or_url: str) -> int | None:
    """The row of the article with this id or address."""
    row = db.execute("SELECT n FROM article WHERE id = ?", (id_or_url,)).fetchone()
    if row is None and (canonical := urls.canonical_or_none(id_or_url)):
        row = db.execute(
            "SELECT article FROM identity WHERE key = ?", ("u:" + canonical.removeprefix("https://"),)
        ).fetchone()
    return row[0] if row else None


# ------------------------------------------------------------------------------------------ records


def placed(raw: bytes, place: Standing) -> bytes:
    """A line with another place in its cluster than it was published with."""
    record = decode(raw, Record)
    return encode(
        replace(
            record,
            cluster=place.cluster,
            duplicate_of=place.duplicate_of,
            similarity=place.similarity,
            role=place.role,
        )
    )


def get(db: sqlite3.Connection, id_or_url: str) -> Record | None:
    n = find(db, id_or_url)
    if n is None:
        return None
    return placed_record(db, n)


def latest_of(db: sqlite3.Connection, n: int) -> Record:
    """An article's latest revision as it was committed."""
    (raw,) = db.execute(
        "SELECT json FROM line WHERE seq = (SELECT latest FROM article WHERE n = ?)", (n,)
    ).fetchone()
    return decode(raw, Record)


def placed_record(db: sqlite3.Connection, n: int) -> Record:
    """An article's latest revision, in its cluster as it is now."""
    place = clusters.standing(db, n)
    return replace(
        latest_of(db, n),
        cluster=place.cluster,
        duplicate_of=place.duplicate_of,
        similarity=place.similarity,
        role=place.role,
    )


def revisions(db: sqlite3.Connection, id_or_url: str) -> list[Record]:
    n = find(db, id_or_url)
    rows = db.execute("SELECT json FROM line WHERE article = ? ORDER BY revision", (n,))
    return [decode(raw, Record) for (raw,) in rows]


# How our lines say that there are no headlines. Inside a string the quotes would be escaped.
_NO_RELATED = b'"related":[]'


def appeared(filters: Filter) -> tuple[str, list[object]]:
    """The filters that go by the article's row, as a condition to be added, and its values."""
    text = ""
    values: list[object] = []
    for part, value in (
        (" AND article.origin >= ?", stamp(filters.since) if filters.since else None),
        (" AND article.origin < ?", stamp(filters.until) if filters.until else None),
        (" AND article.cluster = (SELECT n FROM article WHERE id = ?)", filters.cluster),
    ):
        if value is not None:
            text += part
            values.append(value)
    return text, values


def _passing(filters: Filter) -> tuple[str, list[object], bool]:
    """All filters as a condition on lines, its values, and whether it asks for the article's row."""
    text, values = appeared(filters)
    asks = bool(text)
    for column, names in (("source", filters.sources), ("language", filters.languages)):
        if names:
            text += f" AND line.{column} IN ({','.join('?' * len(names))})"
            values += names
    if filters.has_related:
        text += " AND instr(json, ?) = 0"
        values.append(_NO_RELATED)
    return text, values, asks


def changes(db: sqlite3.Connection, after: int, filters: Filter, /) -> list[tuple[int, bytes]]:
    """The next page of published lines."""
    condition, values, asks = _passing(filters)
    joined = " JOIN article ON n = article" if asks else ""
    return db.execute(
        f"SELECT seq, json FROM line{joined} WHERE seq > ?{condition} ORDER BY seq LIMIT {PAGE_LINES}",
        (after, *values),
    ).fetchall()


def latest(db: sqlite3.Connection, after: int, filters: Filter, /) -> list[tuple[int, bytes]]:
    """The next page of latest revisions, clusters as they are now."""
    condition, values, _ = _passing(filters)
    rows = db.execute(
        "SELECT seq, json, n, article.cluster, line.cluster, similarity, role FROM line"
        f" JOIN article ON n = article AND latest = seq WHERE seq > ? AND NOT purged{condition} ORDER BY seq LIMIT {PAGE_LINES}",
        (after, *values),
    ).fetchall()
    page = []
    for seq, raw, n, head, cluster, similarity, role in rows:
        line = raw
        if head is not None or cluster is not None:
            place = clusters.standing(db, n)
            if (place.cluster, place.similarity, place.role) != (cluster, similarity, role):
                line = placed(raw, place)
        page.append((seq, line))
    return page


# ------------------------------------------------------------------------------------------ the rest


def source_states(db: sqlite3.Connection, sources: Sequence[str] | None = None) -> dict[str, SourceState]:
    ask = "SELECT source, json FROM source_state"
    rows = (
        db.execute(ask)
        if sources is None
        else (row for source in sources for row in db.execute(f"{ask} WHERE source = ?", (source,)))
    )
    return {source: decode(raw, SourceState) for source, raw in rows}


def visits(db: sqlite3.Connection, source: str, limit: int) -> list[Visit]:
    rows = db.execute(
        "SELECT json FROM visit WHERE source = ? ORDER BY due, article LIMIT ?", (source, limit)
    )
    return [decode(raw, Visit) for (raw,) in rows]


def failures(db: sqlite3.Connection, limit: int) -> list[FailureRecord]:
    rows = db.execute("SELECT at, source, url, code, message FROM failure ORDER BY n DESC LIMIT ?", (limit,))
    return [
        FailureRecord(at=moment(at), source=source, url=url, code=code, message=message)
        for at, source, url, code, message in rows
    ]


def quarantined(db: sqlite3.Connection) -> list[Quarantined]:
    rows = db.execute(
        "SELECT url, source, at, code, message, length(body) FROM quarantine ORDER BY at DESC, url"
    )
    return [
        Quarantined(url=url, source=source, at=moment(at), code=code, message=message, size=size)
        for url, source, at, code, message, size in rows
    ]


def explain(db: sqlite3.Connection, id_or_url: str) -> Explanation | None:
    n = find(db, id_or_url)
    if n is None:
        return None
    rows = db.execute(
        "SELECT seq, revision, fetched, hash, why, json FROM line WHERE article = ? ORDER BY revision", (n,)
    ).fetchall()
    record = decode(rows[-1][5], Record)
    (head,) = db.execute("SELECT cluster FROM article WHERE n = ?", (n,)).fetchone()
    keys = urls.identity_keys(record.source, (record.url, *record.urls), record.feed.guid)
    return Explanation(
        id=record.id,
        url=record.url,
        source=record.source,
        keys=keys,
        versions=tuple(
            Version(
                seq=seq,
                revision=revision,
                fetched=moment(fetched),
                hash=hash_,
                why=why,
                title=decode(raw, ties.Text).title,
            )
            for seq, revision, fetched, hash_, why, raw in rows
        ),
        cluster=clusters.standing(db, n).cluster,
        members=tuple(members(db, head)) if head is not None else (),
    )


def members(db: sqlite3.Connection, head: int) -> Iterator[Member]:
    """The articles of a cluster, the earliest first."""
    rows = db.execute(
        "SELECT n, id, article.source, origin, json FROM article JOIN line ON seq = latest"
        " WHERE article.cluster = ? ORDER BY origin, id",
        (head,),
    ).fetchall()
    for n, id_, source, origin, raw in rows:
        record = decode(raw, Record)
        place = clusters.standing(db, n)
        alike = db.execute(
            "SELECT id, similarity FROM edge JOIN article ON n = b WHERE a = ? ORDER BY origin, id", (n,)
        )
        yield Member(
            id=id_,
            source=source,
            title=record.title,
            url=record.url,
            origin=moment(origin),
            role=place.role,
            similarity=place.similarity,
            alike=dict(alike.fetchall()),
        )


def clusters_(
    db: sqlite3.Connection,
    since: datetime | None,
    min_outlets: int,
    limit: int,
    after: tuple[datetime, str] | None,
) -> list[Cluster]:
    """Clusters, those that grew last first."""
    last, behind = (stamp(after[0]), after[1]) if after else (_NEVER, "")
    rows = db.execute(
        "SELECT top, outlets FROM (SELECT cluster AS top, count(DISTINCT source) AS outlets, max(origin) AS grown FROM article"
        " WHERE cluster IS NOT NULL GROUP BY cluster) JOIN article AS head ON head.n = top"
        " WHERE outlets >= ? AND grown >= ? AND (grown < ? OR (grown = ? AND id > ?)) ORDER BY grown DESC, id LIMIT ?",
        (min_outlets, stamp(since) if since else 0, last, last, behind, limit),
    ).fetchall()
    found = []
    for head, outlets in rows:
        there = tuple(members(db, head))
        found.append(Cluster(id=there[0].id, outlets=outlets, members=there))
    return found


def days(db: sqlite3.Connection) -> list[str]:
    """The days that have lines, oldest first."""
    return [day for (day,) in db.execute("SELECT DISTINCT day FROM line ORDER BY day")]


def top(db: sqlite3.Connection) -> int:
    """The seq of the last line."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM line").fetchone()[0])


def stats(db: sqlite3.Connection) -> Stats:
    articles, purged, clustered, heads = db.execute(
        "SELECT count(*) - sum(purged), coalesce(sum(purged), 0), count(cluster), count(DISTINCT cluster) FROM article"
    ).fetchone()
    revisions_, seq, first, last = db.execute(
        "SELECT count(*), coalesce(max(seq), 0), min(day), max(day) FROM line"
    ).fetchone()
    return Stats(
        articles=articles or 0,
        purged=purged,
        revisions=revisions_,
        seq=seq,
        clusters=heads,
        duplicates=clustered - heads,
        sources=dict(
            db.execute(
                "SELECT source, count(*) FROM article WHERE NOT purged GROUP BY source ORDER BY source"
            )
        ),
        languages=dict(
            db.execute(
                "SELECT coalesce(language, 'unknown') AS l, count(*) FROM article JOIN line ON seq = latest WHERE NOT purged"
                " GROUP BY l ORDER BY l"
            )
        ),
        first_day=first,
        last_day=last,
        failures=db.execute("SELECT count(*) FROM failure").fetchone()[0],
        quarantined=db.execute("SELECT count(*) FROM quarantine").fetchone()[0],
    )


def cursor(db: sqlite3.Connection, name: str) -> int | None:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (f"cursor {name}",)).fetchone()
    return int(row[0]) if row else None


def verify(db: sqlite3.Connection) -> Iterator[str]:
    """What is wrong inside the database."""
    for (answer,) in db.execute("PRAGMA integrity_check(20)"):
        if answer != "ok":
            yield f"database: {answer}"
    for table, *_ in db.execute("PRAGMA foreign_key_check"):
        yield f"database: a row of {table} names an article that is not there"
    yield from _verify_lines(db)
    for id_, latest_, top_, revisions_, count in db.execute(
        "SELECT id, latest, max(seq), revisions, count(*) FROM article LEFT JOIN line ON article = n GROUP BY n"
        " HAVING latest IS NOT max(seq) OR count(*) != iif(purged, 1, revisions)"
    ):
        yield f"database: article {id_} says latest seq {latest_} of {revisions_}, its lines say {top_} of {count}"
    for (id_,) in db.execute(
        "SELECT article.id FROM article LEFT JOIN search_docsize AS there ON there.id = n"
        " WHERE purged = (there.id IS NOT NULL) LIMIT 20"
    ):
        yield f"database: article {id_} is missing from the search index, or should be"


def _verify_lines(db: sqlite3.Connection) -> Iterator[str]:
    before = 0
    holes: set[int] = set()
    for seq, article, revision, hash_, raw in db.execute(
        "SELECT seq, id, revision, hash, json FROM line LEFT JOIN article ON n = article ORDER BY seq"
    ):
        holes.update(range(before + 1, seq))
        before = seq
        try:
            record = decode(raw, Record)
        except DecodeError as e:
            yield f"database: seq {seq} is no record: {e}"
            continue
        holes.difference_update(record.purged)
        if (record.seq, record.id, record.revision, record.hash) != (seq, article, revision, hash_):
            yield f"database: seq {seq} and its line disagree"
    for seq in sorted(holes)[:20]:
        yield f"database: seq {seq} is missing"
