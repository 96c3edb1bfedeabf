"""Make a lost or damaged database again from the JSON files: the same lines, seqs, days, ids and revisions.

The files are taken as they are; what is derived (keys, near-duplicate index, clusters) is derived again. What was never in
them is lost: due times and validators of sources (they are polled at once), failures, quarantined pages.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from scraper.codec import DecodeError, decode
from scraper.errors import StoreError
from scraper.model import Record
from storage import upsert
from storage.files import jsonl
from storage.files.jsonl import Projection
from storage.line import Line
from storage.lock import Lock
from storage.search import fts5
from storage.sql import purge, reindex, sqlite
from storage.sql.batch import BatchWriter
from storage.sql.dialect import Sqlite
from storage.sql.prefetched import Prefetched
from storage.sql.sqlite import transaction, translated
from storage.sqlite_store import ARTICLES, DATABASE, LOCK

BATCH_RECORDS = 500
WHY = "restored from the JSON files"


def rebuild_database(folder: Path) -> int:
    """Replace the database of a store by one made from its JSON files; the old one is kept as darial.db.old. How many lines.

    Raises StoreError if the files have holes: then part of them is missing, and numbers would change their meaning.
    """
    files = Projection(folder / ARTICLES)
    if not files.days():
        raise StoreError(f"{folder} has no JSON files to make a database from", code="store_missing")
    with translated(folder):
        lock = Lock(folder / LOCK)
    new = folder / f"{DATABASE}.new"
    try:
        with translated(new):
            _remove(new)
            count = _fill(new, _lines(files))
            _put_in_place(new, folder / DATABASE)
            return count
    finally:
        _remove(new)
        lock.release()


def _put_in_place(new: Path, path: Path) -> None:
    """Put the new database in place and keep the old one with its log; at every moment there is one or the other under the name that readers know."""
    old = path.with_name(f"{DATABASE}.old")
    _remove(old)
    if path.exists():
        try:
            old.hardlink_to(path)
        except OSError:  # not every file system has links
            path.replace(old)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(f"{old}{suffix}")
    new.replace(path)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _lines(files: Projection) -> Iterator[tuple[Line, Record]]:
    """All lines with their records. Raises StoreError where numbers are missing that no purge accounts for."""
    before = 0
    holes: set[int] = set()
    days = files.days()
    for day in days:
        path = files.file(day)
        for raw in jsonl.read_lines(path):
            try:
                record = decode(raw, Record)
            except DecodeError as e:
                if day == days[-1]:
                    break  # the torn end of the last file
                raise _damaged(f"{path}: after seq {before} stands no record: {e}") from None
            if record.seq <= before:
                raise _damaged(f"{path}: after seq {before} comes {record.seq}")
            holes.update(range(before + 1, record.seq))
            holes.difference_update(record.purged)
            before = record.seq
            yield Line(record.seq, day, raw), record
    if holes:
        first = min(holes)
        raise _damaged(
            f"{files.folder}: {len(holes)} lines are missing, the first after seq {first - 1}; nothing was rebuilt"
        )


def _damaged(why: str) -> StoreError:
    return StoreError(why, code="store_damaged")


def _fill(path: Path, lines: Iterator[tuple[Line, Record]]) -> int:
    """Write all lines to a new database. Return how many."""
    connection = sqlite.connect(path)
    db = Sqlite(connection)
    count = 0
    try:
        sqlite.migrate(connection, path)
        with transaction(connection):
            reindex.renew(db, fts5)  # notes the forms of what is filled below
        while batch := list(islice(lines, BATCH_RECORDS)):
            with transaction(connection):
                _restore(db, batch)
            count += len(batch)
        return count
    finally:
        connection.close()


def _restore(db: Sqlite, batch: Sequence[tuple[Line, Record]]) -> None:
    arrivals = [upsert.prepare(record) for _, record in batch]
    writer = BatchWriter(db, Prefetched(arrivals, fts5.writer()))
    stale: list[str] = []
    for (line, record), arrival in zip(batch, arrivals, strict=True):
        n = writer.number_of(record.id)
        latest = None if n is None else writer.known("", n).latest
        n = writer.next_number() if n is None else n
        if record.purged:
            gone = purge.delete_lines(db, [n])
            stale += [day for of_one in gone.values() for _, day in of_one]
            stale += writer.forget_lines(n)
            writer.write_tombstone(n, latest, record, line.json, line.day, why=WHY)
        else:
            if latest is not None:
                writer.unindex(n, latest)
            writer.index(n, record, record.seq, arrival.prints)
            writer.insert(n, record, line.json, line.day, why=WHY)
        writer.keep_keys(arrival.keys, n)
    writer.write()
    if stale:
        purge.set_stale_days(db, [*purge.stale_days(db), *stale])
