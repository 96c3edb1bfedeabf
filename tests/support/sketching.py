"""A tiny encoder for tests of stories, tellings of a few events, and a program that gathers them and may be killed.

A text's vector says which of its words are which, in no language at all.
"""

from __future__ import annotations

import random
import sys
from datetime import timedelta
from functools import lru_cache

import numpy as np

from scraper.model import Record
from scraper.stories.keys import pack_keys, story_keys
from scraper.stories.sketch import StorySketch, is_cluster_copy, sketch_job
from scraper.stories.vectors import quantised
from storage import open_store
from tests.support.stories import NOW, found, poll, story

VERSION = "words/1"
EVENTS = [
    "Aliyev Kobakhidze talks Tbilisi railway",
    "Zangezur corridor Vardanyan court Moscow",
    "Shusha Lavrov museum opening Rome",
]


class WordEncoder:
    """The sum of a random direction for each word: texts with the same words are alike."""

    def encode(self, texts):
        rows = [sum(_direction(word) for word in text.lower().split()) for text in texts]
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)


@lru_cache(1024)
def _direction(word: str):
    chance = random.Random(word)
    return np.array([chance.gauss(0, 1) for _ in range(384)], np.float32)


def sketched(record: Record, version: str = VERSION) -> StorySketch:
    """Sketch a record by the words of its title alone, without the means of languages."""
    if is_cluster_copy(record):
        return StorySketch(record.id, record.seq, version)
    job = sketch_job(record)
    assert job is not None
    (row,) = WordEncoder().encode([job.title])
    return StorySketch(
        job.id, job.seq, version, quantised(row), pack_keys(story_keys(job.title, job.body, job.language))
    )


def tellings(seed=1, count=18, hours=96):
    """Articles of three events by six outlets over so many hours, and some about nothing in common."""
    chance = random.Random(seed)
    made = []
    for n in range(count):
        event = chance.randrange(4)
        words = EVENTS[event].split() if event < 3 else [f"Thing{n}a", f"Thing{n}b", f"Thing{n}c"]
        title = " ".join(chance.sample(words, len(words) - (event < 3)))
        at = NOW + timedelta(hours=chance.randrange(hours))
        url = f"https://outlet{n % 6}.example/news/{n:05}-x"
        made.append(
            found(url, story(100 + n), title=title, source=f"outlet{n % 6}", published=at, fetched=at)
        )
    return made


def gather(store, articles, at_once=1):
    for start in range(0, len(articles), at_once):
        some = articles[start : start + at_once]
        outcome = store.commit(poll(*some), now=NOW)
        store.keep_sketches([sketched(record) for record in outcome.records])
        store.keep_sketches([sketched(record) for record in store.unsketched(NOW.date())])


def main(place: str) -> None:
    """Gather all tellings, and what an earlier one has left behind; say each."""
    with open_store(place) as store:
        for article in tellings(1, 24):
            store.commit(poll(article), now=NOW)
            behind = store.unsketched(NOW.date(), limit=3)
            store.keep_sketches([sketched(record) for record in behind])
            print(article.url, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
