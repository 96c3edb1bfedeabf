"""Make indexes and counts again from the lines: after an upgrade of their algorithm, and when asked to.

Runs inside the caller's transaction.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import islice

from scraper.dedupe import fingerprint, minhash
from scraper.model import Record
from storage import checksums
from storage.checksums import DamagedLine
from storage.sql import band_index, daily_counts, meta
from storage.sql.dialect import Db, SearchIndex

AT_ONCE = 1000
_LATEST = "JOIN article ON latest = seq WHERE purged = 0"


def outdated(db: Db, index: SearchIndex) -> list[str]:
    """Return which indexes are of another form than this Darial's: they would find nothing."""
    forms = {"sketch": minhash.ALGORITHM, "search": index.FORM, "tally": daily_counts.FORM}
    return [key for key, form in forms.items() if meta.get(db, key) != form]


def renew(db: Db, index: SearchIndex) -> None:
    """Make the outdated indexes again."""
    for key in outdated(db, index):
        if key == "sketch":
            band_index.clear(db)
            for some in _chunks(_records(db, _LATEST)):
                sketches = [(n, fingerprint.fingerprint(r.title, r.body).sketch) for n, _, r in some]
                band_index.add(db, [(value, n) for n, sketch in sketches for value in sketch])
            band_index.flush(db)
            meta.put(db, key, minhash.ALGORITHM)
        elif key == "search":
            rebuild_search(db, index)
        else:
            db.run("DELETE FROM tally")
            for some in _chunks(_records(db, "JOIN article ON n = article WHERE line.revision = 1")):
                daily_counts.count(db, [record for _, _, record in some])
            meta.put(db, key, daily_counts.FORM)


def rebuild_search(db: Db, index: SearchIndex) -> int:
    """Make the search index again, whatever there is of one. Return how many articles are in it."""
    index.clear(db)
    count = 0
    for some in _chunks(_records(db, _LATEST)):
        index.fill(db, some)
        count += len(some)
    meta.put(db, "search", index.FORM)
    return count


def _records(db: Db, which: str) -> Iterator[tuple[int, int, Record]]:
    """Read the number, origin and record of articles; a damaged line is left out: `verify` names it."""
    for n, origin, *line in db.each(f"SELECT n, origin, seq, json, checksum FROM line {which} ORDER BY n"):
        with contextlib.suppress(DamagedLine):
            yield n, origin, checksums.checked_record(*line)


def _chunks(records: Iterator[tuple[int, int, Record]]) -> Iterator[list[tuple[int, int, Record]]]:
    while some := list(islice(records, AT_ONCE)):
        yield some
