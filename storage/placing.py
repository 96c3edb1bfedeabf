"""One arrival into the database: decided by scraper.copies.dedupe, written with everything that is derived from it.

Runs inside the caller's transaction. ``place`` decides, ``insert`` writes what was decided (or what an old line says); what
goes into the search index waits in the pen until the caller writes it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from scraper import records, urls
from scraper.codec import encode, replace
from scraper.copies import dedupe
from scraper.model import Record
from storage import clusters, search, tally, views
from storage.database import stamp


def keys_of(draft: Record) -> tuple[str, ...]:
    """Everything that may recognise this record again, strongest first."""
    own = records.import_key(draft)
    keys = urls.identity_keys(draft.source, (draft.url, *draft.urls), draft.feed.guid)
    return (own, *keys) if own else keys


def place(
    db: sqlite3.Connection, pen: search.Pen, draft: Record, keys: tuple[str, ...], *, seq: int, day: str
) -> tuple[dedupe.Verdict, tuple[Record, bytes] | None]:
    """Decide what one arrival is and write it. The record and its line, unless it says nothing new."""
    prints = dedupe.fingerprint(draft.title, draft.body)
    decision = dedupe.decide(draft, prints, views.matches(db, keys))
    if decision.own_address:
        draft = _at_own_address(draft)
        keys = keys_of(draft)
    if decision.known is None and (twin := number_of(db, draft.id)) is not None:
        # two addresses, one id: only a foreign line that names an id can do this
        decision = dedupe.judge(
            draft, prints, views.known(db, "i:" + draft.id, twin), f"known by its id {draft.id}"
        )
    known = decision.known
    if known is None:
        n = next_number(db)
        draft = replace(draft, revision=1)
    elif decision.verdict == "unchanged":
        keep_keys(db, keys, known.number)
        return "unchanged", None
    else:
        n, latest = known.number, known.latest
        unfile(db, pen, n, latest)
        draft = replace(
            draft,
            revision=latest.revision + 1,
            id=latest.id,
            source=latest.source,
            url=latest.url,
            urls=_aliases(latest, draft),
            first_seen=min(latest.first_seen, draft.first_seen),
        )
    file(db, pen, n, draft, prints, seq=seq)
    standing = clusters.standing(db, n)
    record = replace(
        draft,
        seq=seq,
        duplicate_of=standing.duplicate_of,
        cluster=standing.cluster,
        similarity=standing.similarity,
        role=standing.role,
        hash=prints.hash,
    )
    raw = encode(record)
    insert(db, n, record, raw, day, why=decision.why)
    keep_keys(db, keys, n)
    return decision.verdict, (record, raw)


def number_of(db: sqlite3.Connection, article_id: str) -> int | None:
    row = db.execute("SELECT n FROM article WHERE id = ?", (article_id,)).fetchone()
    return row[0] if row else None


def next_number(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(n), 0) + 1 FROM article").fetchone()[0])


def unfile(db: sqlite3.Connection, pen: search.Pen, n: int, latest: Record) -> None:
    """Take an article's present text out of both indexes, before another text takes its place."""
    prints = dedupe.fingerprint(latest.title, latest.body)
    pen.unindex(n, latest, prints.folded)
    clusters.unlink(db, n, prints.sketch)


def file(
    db: sqlite3.Connection, pen: search.Pen, n: int, draft: Record, prints: dedupe.Print, *, seq: int
) -> None:
    """The article's row, and its text in both indexes."""
    born = stamp(dedupe.origin(draft.published, draft.published_raw, draft.first_seen))
    (born,) = db.execute(
        "INSERT INTO article (n, id, source, latest, revisions, origin) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (n) DO UPDATE SET latest = excluded.latest, revisions = excluded.revisions RETURNING origin",
        (n, draft.id, draft.source, seq, draft.revision, born),
    ).fetchone()
    text = clusters.Text(draft.source, draft.title, draft.body, draft.published, draft.found_by)
    clusters.link(db, n, prints.sketch, clusters.neighbours(db, text, prints, born, n))
    pen.index(n, draft, prints.folded)


def insert(db: sqlite3.Connection, n: int, record: Record, raw: bytes, day: str, *, why: str) -> None:
    """One line of the change log; a new article is counted."""
    db.execute(
        "INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record.seq, n, record.revision, day, record.source, record.language, stamp(record.fetched), record.hash,
            record.cluster, record.similarity, record.role, why, raw,
        ),
    )  # fmt: skip
    if record.revision == 1:
        tally.count(db, record)


def keep_keys(db: sqlite3.Connection, keys: Iterable[str], n: int) -> None:
    db.executemany("INSERT OR IGNORE INTO identity VALUES (?, ?)", [(key, n) for key in keys])


def _at_own_address(draft: Record) -> Record:
    """The draft filed under the page's own address, its canonical link forgotten."""
    own = next((c for u in draft.urls if (c := urls.canonical_or_none(u)) and c != draft.url), draft.url)
    warnings = (*draft.extraction.warnings, "canonical_disbelieved")
    return replace(
        draft,
        url=own,
        id=urls.article_id(own),
        urls=tuple(u for u in draft.urls if u != own),
        extraction=replace(draft.extraction, warnings=warnings),
    )


def _aliases(latest: Record, draft: Record) -> tuple[str, ...]:
    addresses = dict.fromkeys((*latest.urls, *draft.urls, draft.url))
    return tuple(u for u in addresses if u != latest.url)[: records.MAX_ALIASES]
