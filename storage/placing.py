"""What an arrival needs of the database, and what it writes there: the SQLite side of storage.upsert.Index.

Runs inside the caller's transaction. What goes into the search index waits in the pen until the caller writes it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from scraper.dedupe import decide, fingerprint
from scraper.model import Record
from storage import checksums, cluster_graph
from storage.search import fts5
from storage.sql import articles, band_index, daily_counts
from storage.timestamps import stamp


class Board:
    """The articles of a database, as far as arrivals need them; what is changed is written at once."""

    def __init__(self, db: sqlite3.Connection, pen: fts5.Pen) -> None:
        self._db, self._pen = db, pen

    def matches(self, keys: Sequence[str]) -> list[decide.StoredArticle]:
        return articles.matches(self._db, keys)

    def known(self, key: str, article: int) -> decide.StoredArticle:
        return articles.known(self._db, key, article)

    def number_of(self, article_id: str) -> int | None:
        row = self._db.execute("SELECT n FROM article WHERE id = ?", (article_id,)).fetchone()
        return row[0] if row else None

    def next_number(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(n), 0) + 1 FROM article").fetchone()[0])

    def unfile(self, article: int, latest: Record) -> None:
        prints = fingerprint.fingerprint(latest.title, latest.body)
        (born,) = self._db.execute("SELECT origin FROM article WHERE n = ?", (article,)).fetchone()
        self._pen.unindex(article, latest, prints.folded, born)
        band_index.unlink(self._db, article, prints.sketch)

    def file(self, article: int, draft: Record, seq: int, prints: fingerprint.Fingerprint) -> None:
        born = stamp(decide.origin(draft.published, draft.published_raw, draft.first_seen))
        (born,) = self._db.execute(
            "INSERT INTO article (n, id, source, latest, revisions, origin) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (n) DO UPDATE SET latest = excluded.latest, revisions = excluded.revisions RETURNING origin",
            (article, draft.id, draft.source, seq, draft.revision, born),
        ).fetchone()
        text = cluster_graph.Text(draft.source, draft.title, draft.body, draft.published, draft.found_by)
        band_index.link(
            self._db, article, prints.sketch, band_index.neighbours(self._db, text, prints, born, article)
        )
        self._pen.index(article, draft, prints.folded, born)

    def standing(self, article: int) -> cluster_graph.Standing:
        return band_index.standing(self._db, article)

    def insert(self, article: int, record: Record, line: bytes, day: str, *, why: str) -> None:
        """One line of the change log; a new article is counted."""
        self._db.execute(
            "INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                record.seq, article, record.revision, day, record.source, record.language, stamp(record.fetched), record.hash,
                record.cluster, record.similarity, record.role, why, line, checksums.checksum(line),
            ),
        )  # fmt: skip
        if record.revision == 1:
            daily_counts.count(self._db, record)

    def keep_keys(self, keys: Iterable[str], article: int) -> None:
        self._db.executemany("INSERT OR IGNORE INTO identity VALUES (?, ?)", [(key, article) for key in keys])
