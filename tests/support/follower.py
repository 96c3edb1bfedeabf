"""A program that reads a store's change log on and on; when told the last seq, prints the seqs it saw, and those stood for."""

from __future__ import annotations

import sys
from pathlib import Path

from scraper.codec import decode
from scraper.model import Record
from storage import open_store


def main(folder: str, stop: str) -> None:
    told = Path(stop)
    seen: list[int] = []
    purged: set[int] = set()

    def enough() -> bool:
        return told.exists() and (text := told.read_text()) != "" and bool(seen) and seen[-1] >= int(text)

    with open_store(folder, read_only=True) as store:
        for line in store.follow_lines(poll_seconds=0.01, stop=enough):
            record = decode(line, Record)
            seen.append(record.seq)
            purged.update(record.purged)
    if seen != sorted(set(seen)):
        sys.exit("a record came twice, or out of order")
    print(*seen)
    print(*purged)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
