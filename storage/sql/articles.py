"""Find articles by their keys, addresses and numbers, and read their records. Nothing here writes."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scraper import urls
from scraper.dedupe.decide import StoredArticle
from scraper.model import Record
from storage import checksums, cluster_graph
from storage.checksums import DamagedLine, OnDamage, refuse
from storage.cluster_graph import ALONE, ClusterRole, Edge
from storage.sql.dialect import Db


def ids_of(db: Db, keys: Iterable[str]) -> dict[str, str]:
    """Return the ids of the articles that these keys name."""
    condition, value = db.in_("key", [db.text(key) for key in keys])
    return dict(
        db.all(f"SELECT key, id FROM identity JOIN article ON n = article WHERE {condition}", (value,))
    )


def matches(db: Db, keys: Sequence[str]) -> list[StoredArticle]:
    """Return the articles that these keys name, strongest key first, each once."""
    condition, value = db.in_("key", keys)
    named: dict[str, int] = dict(db.all(f"SELECT key, article FROM identity WHERE {condition}", (value,)))
    first = {n: key for key in reversed(keys) if (n := named.get(key)) is not None}
    return [known(db, key, named[key]) for key in keys if key in named and first[named[key]] == key]


def known(db: Db, key: str, n: int) -> StoredArticle:
    """Return what a decision needs to know of an article that a key names."""
    rows = db.all("SELECT hash, seq, json, checksum FROM line WHERE article = ? ORDER BY revision", (n,))
    return StoredArticle(
        number=n, key=key, latest=checksums.checked_record(*rows[-1][1:]), hashes=tuple(h for h, *_ in rows)
    )


def find_number(db: Db, id_or_url: str) -> int | None:
    """Return the number of the article with this id or address."""
    row = db.one("SELECT n FROM article WHERE id = ?", (db.text(id_or_url),))
    if row is None and (canonical := urls.as_written(id_or_url)):
        key = "u:" + canonical.removeprefix("https://")
        row = db.one("SELECT article FROM identity WHERE key = ?", (db.text(key),))
    return row[0] if row else None


def get_record(db: Db, id_or_url: str) -> Record | None:
    """Return an article's latest revision, in its cluster as it is now."""
    n = find_number(db, id_or_url)
    return placed_records(db, [n])[0] if n is not None else None


def latest_of(db: Db, n: int) -> Record:
    """Return an article's latest revision as it was committed."""
    return latest_records(db, [n])[n]


def latest_records(db: Db, numbers: Iterable[int], damaged: OnDamage = refuse) -> dict[int, Record]:
    """Return the articles' latest revisions as they were committed; damaged lines are told to ``damaged``."""
    condition, value = db.in_("n", numbers)
    found: dict[int, Record] = {}
    for n, *line in db.all(
        f"SELECT n, seq, json, checksum FROM article JOIN line ON seq = latest WHERE {condition}", (value,)
    ):
        try:
            found[n] = checksums.checked_record(*line)
        except DamagedLine as error:
            damaged(error)
    return found


def placed_records(db: Db, numbers: Sequence[int]) -> list[Record]:
    """Return the articles' latest revisions in the order asked for, each in its cluster as it is now."""
    found = readable_records(db, numbers, refuse)
    return [found[n] for n in numbers if n in found]


def readable_records(db: Db, numbers: Sequence[int], damaged: OnDamage) -> dict[int, Record]:
    """Return the same by number, without those whose lines are damaged: they are told to ``damaged``."""
    records, roles = latest_records(db, numbers, damaged), cluster_roles(db, numbers)
    return {n: cluster_graph.placed(record, roles[n]) for n, record in records.items()}


def cluster_roles(db: Db, numbers: Iterable[int]) -> dict[int, ClusterRole]:
    """Return what articles are in their clusters now."""
    condition, value = db.in_("article.n", numbers)
    rows = db.all(
        "SELECT article.n, article.cluster, head.id, there.similarity, there.contained, back.contained,"
        " CASE WHEN there.a IS NULL AND article.cluster != article.n"
        " THEN (SELECT max(similarity) FROM edge WHERE a = article.n) END"
        " FROM article LEFT JOIN article AS head ON head.n = article.cluster"
        " LEFT JOIN edge AS there ON there.a = article.n AND there.b = article.cluster"
        " LEFT JOIN edge AS back ON back.a = article.cluster AND back.b = article.n"
        f" WHERE {condition}",
        (value,),
    )
    found: dict[int, ClusterRole] = {}
    for n, head, cluster, similarity, contained, contains, best in rows:
        direct = None if similarity is None else Edge(head, similarity, contained, contains)
        found[n] = ALONE if head is None else cluster_graph.role_in(cluster, direct, best)
    return found


def revisions(db: Db, id_or_url: str) -> list[Record]:
    """Return all revisions of an article, oldest first."""
    rows = db.all(
        "SELECT seq, json, checksum FROM line WHERE article = ? ORDER BY revision",
        (find_number(db, id_or_url),),
    )
    return [checksums.checked_record(*line) for line in rows]
