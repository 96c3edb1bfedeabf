"""Damage for tests: bytes and rows of a store changed as a disk, a tool or a fault might, behind the store's back."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from storage import open_store


def change(place: Path | str, *statements: str) -> None:
    """Run statements on a store's database, of either kind."""
    if isinstance(place, Path):
        with contextlib.closing(sqlite3.connect(place / "darial.db", isolation_level=None)) as db:
            for statement in statements:
                db.execute(statement)
        return
    with open_store(place) as store, store._database.connection() as connection:
        for statement in statements:
            connection.execute(statement)
