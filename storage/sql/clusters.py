"""Explain why an article is what it is, and who else has its text. Nothing here writes."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scraper import urls
from storage import checksums
from storage.model import Cluster, Explanation, Member, Version
from storage.sql import articles
from storage.sql.dialect import Db
from storage.timestamps import from_micros, to_micros

_NEVER = 1 << 62


def explain(db: Db, id_or_url: str) -> Explanation | None:
    """Return an article's revisions with their reasons, and its cluster."""
    n = articles.find_number(db, id_or_url)
    if n is None:
        return None
    lines = db.all(
        "SELECT seq, revision, fetched, hash, why, json, checksum FROM line WHERE article = ? ORDER BY revision",
        (n,),
    )
    (head,) = db.row("SELECT cluster FROM article WHERE n = ?", (n,))
    there = members(db, [head])[head] if head is not None else ()
    records = [checksums.checked_record(row[0], *row[5:]) for row in lines]
    record = records[-1]
    return Explanation(
        id=record.id,
        url=record.url,
        source=record.source,
        keys=urls.identity_keys(record.source, (record.url, *record.urls), record.feed.guid),
        versions=tuple(
            Version(
                seq=seq,
                revision=revision,
                fetched=from_micros(fetched),
                hash=hash_,
                why=why,
                title=known.title,
            )
            for (seq, revision, fetched, hash_, why, *_), known in zip(lines, records, strict=True)
        ),
        cluster=articles.cluster_roles(db, [n])[n].cluster,
        members=there,
    )


def members(db: Db, heads: Iterable[int]) -> dict[int, tuple[Member, ...]]:
    """Return the articles of clusters, the earliest first."""
    found: dict[int, list[Member]] = {head: [] for head in heads}
    condition, value = db.in_("article.cluster", found)
    there = db.all(
        "SELECT article.cluster, n, id, article.source, origin, seq, json, checksum FROM article JOIN line ON seq = latest"
        f" WHERE {condition} ORDER BY origin, id",
        (value,),
    )
    numbers = [row[1] for row in there]
    roles = articles.cluster_roles(db, numbers)
    alike: dict[int, dict[str, float]] = {}
    condition, value = db.in_("a", numbers)
    for a, id_, similarity in db.all(
        f"SELECT a, id, similarity FROM edge JOIN article ON n = b WHERE {condition} ORDER BY origin, id",
        (value,),
    ):
        alike.setdefault(a, {})[id_] = similarity
    for head, n, id_, source, origin, *line in there:
        record = checksums.checked_record(*line)
        found[head].append(
            Member(
                id=id_,
                source=source,
                title=record.title,
                url=record.url,
                origin=from_micros(origin),
                role=roles[n].role,
                similarity=roles[n].similarity,
                alike=alike.get(n, {}),
            )
        )
    return {head: tuple(of_one) for head, of_one in found.items()}


def clusters(
    db: Db, since: datetime | None, min_outlets: int, limit: int, after: tuple[datetime, str] | None
) -> list[Cluster]:
    """Return a page of clusters, those that grew last first."""
    last, behind = (to_micros(after[0]), after[1]) if after else (_NEVER, "")
    found = db.all(
        "SELECT top, outlets FROM (SELECT cluster AS top, count(DISTINCT source) AS outlets, max(origin) AS grown FROM article"
        " WHERE cluster IS NOT NULL GROUP BY cluster) AS all_clusters JOIN article AS head ON head.n = top"
        " WHERE outlets >= ? AND grown >= ? AND (grown < ? OR (grown = ? AND id > ?)) ORDER BY grown DESC, id LIMIT ?",
        (min_outlets, to_micros(since) if since else 0, last, last, behind, limit),
    )
    there = members(db, [head for head, _ in found])
    return [Cluster(id=there[head][0].id, outlets=outlets, members=there[head]) for head, outlets in found]
