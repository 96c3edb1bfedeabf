"""Keep what belongs to no article: states of sources, revisits, failures, quarantined pages; and count the store."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from scraper.codec import DecodeError, decode, encode, replace
from scraper.model import Failure, PollDraft, Revisit, SourceState
from storage import checksums
from storage.model import FailureRecord, Quarantined, Stats
from storage.sql import articles
from storage.sql.dialect import Db
from storage.timestamps import from_micros, to_micros

LOST = "what was remembered of the source could not be read: it was begun anew, and nothing was stored twice"
MAX_FAILURES = 10_000  # that a store remembers


def source_states(db: Db, sources: Sequence[str] | None = None) -> dict[str, SourceState]:
    """Return the states of all sources, or of these."""
    where, args = ("1 = 1", ()) if sources is None else _of(db, "source", sources)
    found = db.all(f"SELECT source, json, checksum FROM source_state WHERE {where} ORDER BY source", args)
    return {source: checksums.state(source, raw, checksum) for source, raw, checksum in found}


def _of(db: Db, column: str, values: Iterable[object]) -> tuple[str, tuple[object, ...]]:
    condition, value = db.in_(column, values)
    return condition, (value,)


def visits(db: Db, source: str, limit: int) -> list[Revisit]:
    """Return the revisits that a source's articles wait for, the earliest first."""
    found = []
    for (raw,) in db.all(
        "SELECT json FROM visit WHERE source = ? ORDER BY due, article LIMIT ?", (source, limit)
    ):
        # ``verify`` names it: the article is stored, a second look is not
        with contextlib.suppress(DecodeError, TypeError):
            found.append(decode(raw, Revisit))
    return found


def failures(db: Db, limit: int) -> list[FailureRecord]:
    """Return the last failures, newest first."""
    found = db.all("SELECT at, source, url, code, message FROM failure ORDER BY n DESC LIMIT ?", (limit,))
    return [
        FailureRecord(at=from_micros(at), source=source, url=url, code=code, message=message)
        for at, source, url, code, message in found
    ]


def quarantined(db: Db) -> list[Quarantined]:
    """Return the pages that were given up, the last first."""
    return [
        Quarantined(url=url, source=source, at=from_micros(at), code=code, message=message, size=size)
        for url, source, at, code, message, size in db.all(
            "SELECT url, source, at, code, message, length(body) FROM quarantine ORDER BY at DESC, url"
        )
    ]


def quarantined_body(db: Db, url: str) -> bytes | None:
    """Return the bytes of a page that was given up."""
    row = db.one("SELECT body FROM quarantine WHERE url = ?", (db.text(url),))
    return row[0] if row else None


def store_poll(db: Db, poll: PollDraft) -> None:
    """Store a poll's state, failures and revisits; what it parsed is no longer suspected."""
    there = source_states(db, [poll.source]).get(poll.source)
    failures = list(poll.failures)
    if there is not None and there.lost:
        failures.append(Failure(url=None, code="state_lost", message=LOST))
    raw = encode(replace(poll.state, lost=False))
    db.run(
        "INSERT INTO source_state (source, json, checksum) VALUES (?, ?, ?) ON CONFLICT (source) DO UPDATE SET"
        " json = excluded.json, checksum = excluded.checksum",
        (poll.source, db.json(raw), checksums.checksum(raw)),
    )
    if failures:
        db.run_many(
            "INSERT INTO failure (at, source, url, code, message) VALUES (?, ?, ?, ?, ?)",
            [
                (to_micros(poll.polled), poll.source, f.url and db.text(f.url), f.code, _said(db, f))
                for f in failures
            ],
        )
        db.run("DELETE FROM failure WHERE n <= (SELECT max(n) FROM failure) - ?", (MAX_FAILURES,))
    for visit in poll.visits:
        _store_visit(db, poll.source, visit)
    if parsed := {db.text(u) for found in poll.articles for u in (found.url, *found.urls)}:
        condition, value = db.in_("url", parsed)
        for table in ("attempt", "quarantine"):
            db.run(f"DELETE FROM {table} WHERE {condition}", (value,))


def _said(db: Db, failure: Failure) -> str:
    return db.text(failure.message.encode("utf-8", "replace").decode()[:1000])


def _store_visit(db: Db, source: str, visit: Revisit) -> None:
    n = articles.find_number(db, visit.url)
    if n is None:
        return
    if visit.due is None:
        db.run("DELETE FROM visit WHERE article = ?", (n,))
    else:
        db.run(
            "INSERT INTO visit (article, source, due, json) VALUES (?, ?, ?, ?) ON CONFLICT (article) DO UPDATE SET"
            " source = excluded.source, due = excluded.due, json = excluded.json",
            (n, source, to_micros(visit.due), db.json(encode(visit))),
        )


def attempt(db: Db, url: str, now: datetime) -> int:
    """Count an attempt to parse a page. Return how many there were since the last success."""
    (count,) = db.row(
        "INSERT INTO attempt (url, count, at) VALUES (?, 1, ?) ON CONFLICT (url) DO UPDATE"
        " SET count = attempt.count + 1, at = excluded.at RETURNING count",
        (db.text(url), to_micros(now)),
    )
    return int(count)


def settle(db: Db, url: str) -> None:
    """Forget the attempts to parse a page."""
    db.run("DELETE FROM attempt WHERE url = ?", (db.text(url),))


def quarantine(db: Db, page: Quarantined, body: bytes) -> None:
    """Keep the bytes of a page that is given up."""
    db.run(
        "INSERT INTO quarantine (url, source, at, code, message, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (url) DO UPDATE"
        " SET source = excluded.source, at = excluded.at, code = excluded.code, message = excluded.message,"
        " body = excluded.body",
        (db.text(page.url), page.source, to_micros(page.at), page.code, db.text(page.message), body),
    )
    settle(db, page.url)


def stats(db: Db) -> Stats:
    """Count what the database holds."""
    articles, purged, clustered, heads = db.row(
        "SELECT count(*) - coalesce(sum(purged), 0), coalesce(sum(purged), 0), count(cluster), count(DISTINCT cluster)"
        " FROM article"
    )
    revisions, seq, first, last = db.row(
        "SELECT count(*), coalesce(max(seq), 0), min(day), max(day) FROM line"
    )
    return Stats(
        articles=articles,
        purged=purged,
        revisions=revisions,
        seq=seq,
        clusters=heads,
        duplicates=clustered - heads,
        sources=dict(
            db.all("SELECT source, count(*) FROM article WHERE purged = 0 GROUP BY source ORDER BY source")
        ),
        languages=dict(
            db.all(
                "SELECT coalesce(language, 'unknown') AS l, count(*) FROM article JOIN line ON seq = latest"
                " WHERE purged = 0 GROUP BY l ORDER BY l"
            )
        ),
        first_day=first,
        last_day=last,
        failures=db.row("SELECT count(*) FROM failure")[0],
        quarantined=db.row("SELECT count(*) FROM quarantine")[0],
    )
