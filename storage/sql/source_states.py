"""What is kept beside articles: states of sources, visits, failures, pages given up; and the store in numbers."""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from scraper.codec import encode, replace
from scraper.model import PollDraft, Revisit, SourceState
from storage import checksums, rows
from storage.model import FailureRecord, Quarantined, Stats
from storage.sql import articles as views
from storage.timestamps import stamp


def source_states(db: sqlite3.Connection, sources: Sequence[str] | None = None) -> dict[str, SourceState]:
    ask = "SELECT source, json, checksum FROM source_state"
    states = (
        db.execute(ask)
        if sources is None
        else (row for source in sources for row in db.execute(f"{ask} WHERE source = ?", (source,)))
    )
    return {source: checksums.state(source, raw, checksum) for source, raw, checksum in states}


def visits(db: sqlite3.Connection, source: str, limit: int) -> list[Revisit]:
    waiting = db.execute(
        "SELECT json FROM visit WHERE source = ? ORDER BY due, article LIMIT ?", (source, limit)
    )
    return rows.visits(waiting)


def failures(db: sqlite3.Connection, limit: int) -> list[FailureRecord]:
    return rows.failures(
        db.execute("SELECT at, source, url, code, message FROM failure ORDER BY n DESC LIMIT ?", (limit,))
    )


def quarantined(db: sqlite3.Connection) -> list[Quarantined]:
    return rows.quarantined(
        db.execute(
            "SELECT url, source, at, code, message, length(body) FROM quarantine ORDER BY at DESC, url"
        )
    )


def quarantined_body(db: sqlite3.Connection, url: str) -> bytes | None:
    row = db.execute("SELECT body FROM quarantine WHERE url = ?", (url,)).fetchone()
    return row[0] if row else None


def keep(db: sqlite3.Connection, poll: PollDraft) -> None:
    there = source_states(db, [poll.source]).get(poll.source)
    failures = rows.failures_of(poll, lost=there is not None and there.lost)
    raw = encode(replace(poll.state, lost=False))
    db.execute(
        "INSERT OR REPLACE INTO source_state VALUES (?, ?, ?)", (poll.source, raw, checksums.checksum(raw))
    )
    for f in failures:
        db.execute(
            "INSERT INTO failure (at, source, url, code, message) VALUES (?, ?, ?, ?, ?)",
            (stamp(f.at), f.source, f.url, f.code, f.message),
        )
    if failures:
        db.execute(f"DELETE FROM failure WHERE n <= (SELECT max(n) FROM failure) - {rows.MAX_FAILURES}")
    for visit in poll.visits:
        _keep_visit(db, poll.source, visit)
    parsed = {u for found in poll.articles for u in (found.url, *found.urls)}
    db.executemany("DELETE FROM attempt WHERE url = ?", [(u,) for u in parsed])
    db.executemany("DELETE FROM quarantine WHERE url = ?", [(u,) for u in parsed])


def _keep_visit(db: sqlite3.Connection, source: str, visit: Revisit) -> None:
    n = views.find(db, visit.url)
    if n is None:
        return
    if visit.due is None:
        db.execute("DELETE FROM visit WHERE article = ?", (n,))
    else:
        db.execute(
            "INSERT OR REPLACE INTO visit VALUES (?, ?, ?, ?)", (n, source, stamp(visit.due), encode(visit))
        )


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
