"""Articles by their keys, addresses and numbers: plain queries to records. Nothing here writes."""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from scraper import urls
from scraper.dedupe.decide import StoredArticle
from scraper.model import Record
from storage import checksums, cluster_graph
from storage.checksums import DamagedLine, OnDamage, refuse
from storage.sql import band_index

PAGE_KEYS = 500


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


def matches(db: sqlite3.Connection, keys: Sequence[str]) -> list[StoredArticle]:
    """The articles that these keys name, strongest key first, each once."""
    marks = ",".join("?" * len(keys))
    named = dict(db.execute(f"SELECT key, article FROM identity WHERE key IN ({marks})", keys).fetchall())
    first = {n: key for key in reversed(keys) if (n := named.get(key)) is not None}
    return [known(db, key, named[key]) for key in keys if key in named and first[named[key]] == key]


def known(db: sqlite3.Connection, key: str, n: int) -> StoredArticle:
    rows = db.execute(
        "SELECT hash, seq, json, checksum FROM line WHERE article = ? ORDER BY revision", (n,)
    ).fetchall()
    return StoredArticle(
        number=n, key=key, latest=checksums.record(*rows[-1][1:]), hashes=tuple(h for h, *_ in rows)
    )


def find(db: sqlite3.Connection, id_or_url: str) -> int | None:
    """The row of the article with this id or address."""
    row = db.execute("SELECT n FROM article WHERE id = ?", (id_or_url,)).fetchone()
    if row is None and (canonical := urls.as_written(id_or_url)):
        row = db.execute(
            "SELECT article FROM identity WHERE key = ?", ("u:" + canonical.removeprefix("https://"),)
        ).fetchone()
    return row[0] if row else None


# ------------------------------------------------------------------------------------------ records


def get(db: sqlite3.Connection, id_or_url: str) -> Record | None:
    n = find(db, id_or_url)
    if n is None:
        return None
    return placed_records(db, [n])[0]


def latest_of(db: sqlite3.Connection, n: int) -> Record:
    """An article's latest revision as it was committed."""
    line = db.execute(
        "SELECT seq, json, checksum FROM line WHERE seq = (SELECT latest FROM article WHERE n = ?)", (n,)
    ).fetchone()
    return checksums.record(*line)


def placed_records(db: sqlite3.Connection, numbers: Sequence[int]) -> list[Record]:
    """The articles' latest revisions in the order asked for, each in its cluster as it is now."""
    found = readable(db, numbers, refuse)
    return [found[n] for n in numbers]


def readable(db: sqlite3.Connection, numbers: Sequence[int], damaged: OnDamage) -> dict[int, Record]:
    """The same by number, without those whose lines are spoilt: they are told to ``damaged``."""
    found: dict[int, Record] = {}
    for i in range(0, len(numbers), PAGE_KEYS):
        some = numbers[i : i + PAGE_KEYS]
        rows = db.execute(
            f"SELECT article.n, seq, json, checksum, {band_index.PLACE} FROM article JOIN line ON seq = article.latest {band_index.PLACES}"
            f" WHERE article.n IN ({','.join('?' * len(some))})",
            some,
        )
        for n, seq, raw, checksum, *there in rows:
            try:
                found[n] = cluster_graph.placed(checksums.record(seq, raw, checksum), band_index.place(there))
            except DamagedLine as error:
                damaged(error)
    return found


def revisions(db: sqlite3.Connection, id_or_url: str) -> list[Record]:
    n = find(db, id_or_url)
    rows = db.execute("SELECT seq, json, checksum FROM line WHERE article = ? ORDER BY revision", (n,))
    return [checksums.record(*line) for line in rows]
