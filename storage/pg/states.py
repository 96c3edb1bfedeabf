"""What is kept beside articles, as storage.sql.source_states has it: states of sources, visits, failures, pages given up; and the store in numbers."""

from __future__ import annotations

from collections.abc import Sequence

from scraper.codec import encode, replace
from scraper.model import PollDraft, Revisit, SourceState
from storage import checksums, rows
from storage.model import FailureRecord, Quarantined, Stats
from storage.pg import views
from storage.sql.postgres import Connection, one, plain
from storage.timestamps import stamp


def source_states(db: Connection, sources: Sequence[str] | None = None) -> dict[str, SourceState]:
    states = db.execute(
        "SELECT source, json, checksum FROM source_state WHERE %(all)s OR source = ANY (%(some)s)",
        {"all": sources is None, "some": list(sources or ())},
    )
    return {source: checksums.state(source, raw, checksum) for source, raw, checksum in states}


def visits(db: Connection, source: str, limit: int) -> list[Revisit]:
    waiting = db.execute(
        "SELECT json FROM visit WHERE source = %s ORDER BY due, article LIMIT %s", (source, limit)
    )
    return rows.visits(waiting)


def failures(db: Connection, limit: int) -> list[FailureRecord]:
    return rows.failures(
        db.execute("SELECT at, source, url, code, message FROM failure ORDER BY n DESC LIMIT %s", (limit,))
    )


def quarantined(db: Connection) -> list[Quarantined]:
    return rows.quarantined(
        db.execute(
            "SELECT url, source, at, code, message, length(body) FROM quarantine ORDER BY at DESC, url"
        )
    )


def keep(db: Connection, poll: PollDraft) -> None:
    there = source_states(db, [poll.source]).get(poll.source)
    failures = rows.failures_of(poll, lost=there is not None and there.lost)
    raw = encode(replace(poll.state, lost=False))
    db.execute(
        "INSERT INTO source_state VALUES (%s, %s, %s) ON CONFLICT (source) DO UPDATE SET json = excluded.json,"
        " checksum = excluded.checksum",
        (poll.source, raw.decode(), checksums.checksum(raw)),
    )
    if failures:
        with db.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO failure (at, source, url, code, message) VALUES (%s, %s, %s, %s, %s)",
                [_failure_row(failure) for failure in failures],
            )
        db.execute("DELETE FROM failure WHERE n <= (SELECT max(n) FROM failure) - %s", (rows.MAX_FAILURES,))
    for visit in poll.visits:
        _keep_visit(db, poll.source, visit)
    parsed = list({plain(u) for found in poll.articles for u in (found.url, *found.urls)})
    if parsed:
        db.execute("DELETE FROM attempt WHERE url = ANY(%s)", (parsed,))
        db.execute("DELETE FROM quarantine WHERE url = ANY(%s)", (parsed,))


def _keep_visit(db: Connection, source: str, visit: Revisit) -> None:
    n = views.find(db, visit.url)
    if n is None:
        return
    if visit.due is None:
        db.execute("DELETE FROM visit WHERE article = %s", (n,))
    else:
        db.execute(
            "INSERT INTO visit VALUES (%s, %s, %s, %s) ON CONFLICT (article) DO UPDATE SET"
            " source = excluded.source, due = excluded.due, json = excluded.json",
            (n, source, stamp(visit.due), encode(visit).decode()),
        )


def _failure_row(f: FailureRecord) -> tuple[object, ...]:
    return stamp(f.at), f.source, plain(f.url) if f.url else f.url, f.code, plain(f.message)


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
