"""A program that the crash tests start and kill: commits without end, and says each commit on stdout after it."""

from __future__ import annotations

import random
import sys
from datetime import timedelta

from scraper.codec import replace
from storage import open_store
from tests.support.stories import NOW, found, poll, reworded, story

ARTICLES_A_POLL = 3


def arrivals(start: int):
    """Articles, copies, revisions and repetitions: the same for the same start."""
    rng = random.Random(start)
    for k in range(ARTICLES_A_POLL):
        n = start * ARTICLES_A_POLL + k
        body = story(n, paragraphs=rng.randrange(1, 30))
        if rng.random() < 0.2 and n > 3:
            yield found(
                f"https://o{n % 3}.example/{n - 3}", [*body, "revised"], source=f"o{n % 3}", title=f"T{n}"
            )
        if rng.random() < 0.2:
            yield found(f"https://copy.example/{n}", reworded(body, 0.1), source="copy", title=f"T{n}")
        yield found(f"https://o{n % 3}.example/{n}", body, source=f"o{n % 3}", title=f"T{n}")


def main(folder: str, start: int, polls: int) -> None:
    with open_store(folder) as store:
        print("open", flush=True)
        for i in range(start, start + polls):
            now = NOW + timedelta(minutes=i)
            articles = [replace(a, fetched=now) for a in arrivals(i)]
            outcome = store.commit(poll(*articles, source=f"o{i % 3}", now=now), now=now)
            seqs = " ".join(f"{r.seq}:{r.id}:{r.revision}" for r in outcome.records)
            print(f"{i} {seqs}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
