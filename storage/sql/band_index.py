"""Near-duplicates in the database: candidates by shared sketch values, the exact check, edges, clusters.

A cluster is whatever hangs together by edges; its head is the earliest member. Both depend on the present texts only, not
on the order in which they came: linking unites clusters, unlinking walks what is left.
"""

# ruff: noqa: S608  (statements are built from constants and question marks only)

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from scraper.dedupe import fingerprint, minhash
from scraper.dedupe import similarity as shingles
from storage import cluster_graph
from storage.cluster_graph import Edge, Reading, Standing, Text

# Checked exactly, those that share most first; more only exist where one text was printed by hundreds
MAX_CANDIDATES = 64
MAX_FILED = 256  # articles read under one value, where all values together have more than MAX_READ
MAX_READ = 1024
# So many articles are filed in the small tree before it is poured (storage/schema/001_first.sql). Every commit rewrites the
# small tree, every pouring the large one: what is best grows with the root of the store's size.
POURINGS = ((50_000, 5_000), (400_000, 15_000), (1 << 62, 30_000))


def neighbours(
    db: sqlite3.Connection, text: Text, prints: fingerprint.Fingerprint, origin: int, article: int
) -> list[Edge]:
    """All articles whose text is a copy of this one, except ``article`` itself. ``origin``: when this one appeared."""
    edges = []
    mine = Reading(text, prints.body)
    for n, other_origin, raw in _candidates(db, prints.sketch, article):
        other = cluster_graph.text_of(raw)
        words = mine.words if other.body == text.body else tuple(fingerprint.body_words(other.body))
        like = shingles.similarity_of(mine.words, words)
        if edge := cluster_graph.edge_between(n, like, mine, Reading(other, words), origin - other_origin):
            edges.append(edge)
    return edges


def _candidates(db: sqlite3.Connection, sketch: Sequence[int], article: int) -> list[tuple[int, int, bytes]]:
    if not sketch:
        return []
    shared = Counter(_filed(db, sketch))
    del shared[article]
    found = sorted((-times, n) for n, times in shared.items() if times >= minhash.MIN_SHARED)
    return [
        db.execute(
            "SELECT n, origin, json FROM article JOIN line ON seq = latest WHERE n = ?", (n,)
        ).fetchone()
        for _, n in found[:MAX_CANDIDATES]
    ]


def _filed(db: sqlite3.Connection, sketch: Sequence[int]) -> list[int]:
    """The articles filed under these values, as often as they share one; of a crowded value, the first."""
    marks = ",".join("?" * len(sketch))
    found = db.execute(
        f"SELECT article FROM band WHERE value IN ({marks})"
        f" UNION ALL SELECT article FROM fresh_band WHERE value IN ({marks}) LIMIT {MAX_READ}",
        (*sketch, *sketch),
    ).fetchall()
    if len(found) == MAX_READ:  # one by one, lest the first value leave no room for the others
        found = [
            row
            for value in sketch
            for table in ("band", "fresh_band")
            for row in db.execute(f"SELECT article FROM {table} WHERE value = ? LIMIT {MAX_FILED}", (value,))
        ]
    return [n for (n,) in found]


def link(db: sqlite3.Connection, article: int, sketch: Sequence[int], edges: Sequence[Edge]) -> None:
    """File an article's sketch, note its edges and unite the clusters that they touch."""
    db.executemany("INSERT INTO fresh_band VALUES (?, ?)", [(value, article) for value in sketch])
    if article % next(every for size, every in POURINGS if article < size) == 0:
        pour(db)
    cluster_graph.link(Ties(db), article, edges)


def pour(db: sqlite3.Connection) -> None:
    """Move what was filed lately into the large tree, in its order, so that each of its pages is written once."""
    db.execute("INSERT OR IGNORE INTO band SELECT value, article FROM fresh_band ORDER BY value, article")
    db.execute("DELETE FROM fresh_band")


def unlink(db: sqlite3.Connection, article: int, sketch: Sequence[int]) -> None:
    """Forget an article's sketch and edges, and let what hung together only by it fall apart."""
    for table in ("band", "fresh_band"):
        db.executemany(
            f"DELETE FROM {table} WHERE value = ? AND article = ?", [(value, article) for value in sketch]
        )
    cluster_graph.unlink(Ties(db), article)


class Ties:
    """Edges and clusters in the database: the SQLite side of storage.cluster_graph.Graph."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def head(self, article: int) -> int | None:
        row = self._db.execute("SELECT cluster FROM article WHERE n = ?", (article,)).fetchone()
        return row[0] if row else None

    def id_of(self, article: int) -> str:
        (id_,) = self._db.execute("SELECT id FROM article WHERE n = ?", (article,)).fetchone()
        return str(id_)

    def members(self, heads: Iterable[int]) -> set[int]:
        return {
            n
            for head in heads
            for (n,) in self._db.execute("SELECT n FROM article WHERE cluster = ?", (head,))
        }

    def earliest(self, articles: Iterable[int]) -> int:
        ask = "SELECT origin, id, n FROM article WHERE n = ?"
        earliest: int = min(self._db.execute(ask, (n,)).fetchone() for n in articles)[2]
        return earliest

    def assign(self, articles: Iterable[int], head: int | None) -> None:
        self._db.executemany(
            "UPDATE article SET cluster = ? WHERE n = ? AND cluster IS NOT ?",
            [(head, n, head) for n in articles],
        )

    def connect(self, article: int, edges: Sequence[Edge]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO edge VALUES (?, ?, ?, ?)",
            [(article, e.article, e.similarity, e.contained) for e in edges]
            + [(e.article, article, e.similarity, e.contains) for e in edges],
        )

    def cut(self, article: int) -> None:
        self._db.execute("DELETE FROM edge WHERE (a, b) IN (SELECT b, a FROM edge WHERE a = ?)", (article,))
        self._db.execute("DELETE FROM edge WHERE a = ?", (article,))

    def reach(self, start: int) -> set[int]:
        rows = self._db.execute(
            "WITH RECURSIVE reach(n) AS (SELECT ? UNION SELECT edge.b FROM reach JOIN edge ON edge.a = reach.n)"
            " SELECT n FROM reach",
            (start,),
        )
        return {n for (n,) in rows}

    def edge(self, article: int, other: int) -> Edge | None:
        row = self._db.execute(
            "SELECT there.similarity, there.contained, back.contained FROM edge AS there"
            " JOIN edge AS back ON back.a = there.b AND back.b = there.a WHERE there.a = ? AND there.b = ?",
            (article, other),
        ).fetchone()
        return Edge(other, *row) if row else None

    def best(self, article: int) -> float:
        (best,) = self._db.execute("SELECT max(similarity) FROM edge WHERE a = ?", (article,)).fetchone()
        return float(best)


# The places of articles in their clusters now, for queries on ``article``: columns for ``place``, and where they come from.
PLACE = (
    "article.cluster, head.id, there.similarity, there.contained, back.contained,"
    " CASE WHEN there.a IS NULL AND article.cluster != article.n"
    " THEN (SELECT max(similarity) FROM edge WHERE a = article.n) END"
)
PLACES = (
    "LEFT JOIN article AS head ON head.n = article.cluster"
    " LEFT JOIN edge AS there ON there.a = article.n AND there.b = article.cluster"
    " LEFT JOIN edge AS back ON back.a = article.cluster AND back.b = article.n"
)


def place(columns: Sequence[Any]) -> Standing:
    """What the columns of PLACE say."""
    head, cluster, similarity, contained, contains, best = columns
    if head is None:
        return cluster_graph.ALONE
    direct = None if similarity is None else Edge(head, similarity, contained, contains)
    return cluster_graph.place_of(cluster, direct, best)


def standing(db: sqlite3.Connection, article: int) -> Standing:
    """An article's place in its cluster now."""
    return place(
        db.execute(f"SELECT {PLACE} FROM article {PLACES} WHERE article.n = ?", (article,)).fetchone()
    )
