"""A tiny encoder for tests of stories: a text's vector says which of its words are which, in no language at all."""

from __future__ import annotations

import random
from functools import lru_cache

import numpy as np

from scraper.model import Record
from scraper.stories.keys import pack_keys, story_keys
from scraper.stories.sketch import StorySketch, sketch_job
from scraper.stories.vectors import quantised

VERSION = "words/1"


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
    job = sketch_job(record)
    assert job is not None
    (row,) = WordEncoder().encode([job.title])
    return StorySketch(
        job.id, job.seq, version, quantised(row), pack_keys(story_keys(job.title, job.body, job.language))
    )
