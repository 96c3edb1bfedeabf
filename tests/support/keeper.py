"""A program that the crash tests start and kill: commits day after day, packs what is over, purges what is old; says each round."""

from __future__ import annotations

import sys
from datetime import timedelta

from storage import open_store
from tests.support.stories import NOW, found, poll, story

KEPT = timedelta(days=2)


def main(folder: str, start: int) -> None:
    with open_store(folder) as store:
        for i in range(start, start + 10**6):
            now = NOW + timedelta(days=i / 4)
            articles = [found(f"https://o.example/{i}-{k}", story(3 * i + k), fetched=now) for k in range(3)]
            store.commit(poll(*articles, now=now), now=now)
            if i % 4 == 1:
                store.compact()
            if i % 4 == 3:
                store.purge(before=now - KEPT, now=now)
            print(i, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
