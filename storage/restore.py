"""A lost or damaged database made anew from the JSON files: the same lines, seqs, days, ids and revisions.

What stands in the files is taken as it is; what is derived (keys, near-duplicate index, clusters) is derived again. What
was never in them is lost: due times and validators of sources (they are polled at once), failures, quarantined pages.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from scraper.codec import DecodeError, decode
from scraper.copies import dedupe, signature
from scraper.errors import StoreError
from scraper.model import Record
from storage import database, jsonl, placing, search, tally, views
from storage.database import transaction, translated
from storage.lock import Lock
from storage.sqlite import ARTICLES, DATABASE, LOCK

BATCH_RECORDS = 2000


def rebuild_database(folder: Path) -> int:
    """Replace the database of a store by one made from its JSON files; the old one is kept as darial.db.old. How many lines.

    Raises StoreError if the files have holes: then part of them is missing, and numbers would change their meaning.
    """
    files = sorted((folder / ARTICLES).glob("????-??-??.jsonl"))
    if not files:
        raise StoreError(f"{folder} has no JSON files to make a database from", code="store_missing")
    with translated(folder):
        lock = Lock(folder / LOCK)
    new = folder / f"{DATABASE}.new"
    try:
        with translated(new):
            _remove(new)
            count = _fill(new, _lines(files))
            path = folder / DATABASE
            with contextlib.suppress(FileNotFoundError):
                path.replace(folder / f"{DATABASE}.old")
            for suffix in ("-wal", "-shm"):  # they belong to the old database
                Path(f"{path}{suffix}").unlink(missing_ok=True)
            new.replace(path)
            return count
    finally:
        lock.release()


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _lines(files: list[Path]) -> Iterator[tuple[str, bytes, Record]]:
    before = 0
    for path in files:
        for raw in jsonl.read_lines(path):
            try:
                record = decode(raw, Record)
            except DecodeError as e:
                if path == files[-1]:
                    return  # the torn end of the last file
                raise StoreError(
                    f"{path}: after seq {before} stands no record: {e}", code="store_damaged"
                ) from None
            if record.seq != before + 1:
                raise StoreError(
                    f"{path}: after seq {before} comes {record.seq}; lines are missing", code="store_damaged"
                )
            before = record.seq
            yield path.stem, raw, record


def _fill(path: Path, lines: Iterator[tuple[str, bytes, Record]]) -> int:
    db = database.connect(path)
    count = 0
    try:
        database.migrate(db, path)
        db.execute(
            "INSERT OR REPLACE INTO meta VALUES ('sketch', ?), ('search', ?), ('tally', ?)",
            (signature.ALGORITHM, search.FORM, tally.FORM),
        )
        while True:
            batch = [line for _, line in zip(range(BATCH_RECORDS), lines, strict=False)]
            pen = search.Pen()
            with transaction(db):
                for day, raw, record in batch:
                    prints = dedupe.fingerprint(record.title, record.body)
                    n = placing.number_of(db, record.id)
                    if n is None:
                        n = placing.next_number(db)
                    else:
                        placing.unfile(db, pen, n, views.latest_of(db, n))
                    placing.file(db, pen, n, record, prints, seq=record.seq)
                    placing.insert(db, n, record, raw, day, why="restored from the JSON files")
                    placing.keep_keys(db, placing.keys_of(record), n)
                pen.write(db)
            count += len(batch)
            if len(batch) < BATCH_RECORDS:
                return count
    finally:
        db.close()
