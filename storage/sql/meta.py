"""Read and write what a store remembers of itself: names with a text each."""

from __future__ import annotations

from storage.sql.dialect import Db


def get(db: Db, key: str) -> str | None:
    """Return what is noted under a key."""
    row = db.one("SELECT value FROM meta WHERE key = ?", (key,))
    return row[0] if row else None


def put(db: Db, key: str, value: str) -> None:
    """Note a text under a key."""
    db.run(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )
