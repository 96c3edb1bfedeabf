"""Make the vector of an article: encode, subtract the mean of its language, keep 388 bytes. Pure but for the encoder.

Raw vectors say first of all what language a text is in. The mean vector of its language, of titles alone or of titles with a
lead, is subtracted; the means are frozen (means.f16, made by ``python -m bench stories --means FILE``) and part of the version.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from scraper.stories.concepts import LEXICON_LANGUAGES
from scraper.stories.encoder import DIMENSIONS, Encoder, Vectors, load_encoder
from scraper.stories.keys import pack_keys, story_keys
from scraper.stories.score import NEAR
from scraper.stories.sketch import SketchJob, StorySketch, sketch_version

LEAD_CHARS = 240  # of the body, encoded behind the title
SHORTEST_LEAD = 60  # characters; with less of a body, a text is a title

_BLOCK = 512  # rows at one time: they stay in the processor's cache, and one thread is enough
_KEPT = np.dtype([("steps", np.int8, DIMENSIONS), ("square", "<u4")])


def sketch_revision(job: SketchJob) -> StorySketch:
    """Sketch one revision with the encoder of this process: work for the parse pool. Raises ConfigError without an encoder."""
    return sketch_with(load_encoder(), job, sketch_version() or "")


def sketch_with(encoder: Encoder, job: SketchJob, version: str) -> StorySketch:
    """Sketch one revision. Without a title it is like nothing: its vector is 0."""
    vector = np.zeros(DIMENSIONS, np.float32)
    if job.title:
        (row,) = encoder.encode([text_to_encode(job.title, job.body)])
        vector = centred(row, job.language, has_lead=_has_lead(job.body))
    return StorySketch(
        job.id,
        job.seq,
        version,
        quantised(vector),
        pack_keys(story_keys(job.title, job.body, job.language)),
    )


def text_to_encode(title: str, body: Sequence[str]) -> str:
    """Return the title and the beginning of the body, which may repeat it."""
    return f"{title}. {' '.join(body).removeprefix(title)[:LEAD_CHARS]}" if _has_lead(body) else title


def centred(row: Vectors, language: str, *, has_lead: bool) -> Vectors:
    """Return a vector less the mean of its language, with length 1."""
    apart = row - _means()[int(has_lead), _language_row(language)].astype(np.float32)
    unit: Vectors = (apart / (float(np.linalg.norm(apart)) or 1.0)).astype(np.float32)
    return unit


def quantised(vector: Vectors) -> bytes:
    """Return a vector in 255 steps, the largest part being 127, and its square: 388 bytes. Its direction is all that is asked of it."""
    steps = np.rint(vector * (127.0 / (float(np.abs(vector).max()) or 1.0))).astype(np.int32)
    kept = np.zeros(1, _KEPT)
    kept["steps"], kept["square"] = steps, int(steps @ steps)
    return kept.tobytes()


class VectorWindow:
    """Quantised vectors that others are compared with.

    Products are whole numbers below 2**24, which float32 adds without rounding: the same on every machine, in any order.
    """

    def __init__(self, vectors: Sequence[bytes] = ()) -> None:
        """Hold vectors, whose articles have the numbers 0, 1, 2 ..."""
        read = np.frombuffer(b"".join(vectors), _KEPT)
        self._places = {n: n for n in range(len(vectors))}
        self._rows = read["steps"].copy()
        self._squares = read["square"].astype(np.float64)
        self._numbers, self._origins = np.arange(len(vectors)), np.zeros(len(vectors), np.int64)

    def put(self, number: int, origin: int, vector: bytes) -> None:
        """Hold the vector of an article, and when that appeared, in microseconds."""
        at = self._places.setdefault(number, len(self._places))
        if at == len(self._rows):
            size = max(64, 2 * at)
            self._rows = np.resize(self._rows, (size, DIMENSIONS))
            self._squares = np.resize(self._squares, size)
            self._numbers = np.resize(self._numbers, size)
            self._origins = np.resize(self._origins, size)
        (one,) = np.frombuffer(vector, _KEPT)
        self._rows[at], self._squares[at] = one["steps"], one["square"]
        self._numbers[at], self._origins[at] = number, origin

    def cosines(self, vector: bytes) -> NDArray[np.float64]:
        """Return the cosines of a vector with each of the window, float64[n]."""
        count = len(self._places)
        if not count:
            return np.zeros(0)
        (one,) = np.frombuffer(vector, _KEPT)
        lengths = np.sqrt(self._squares[:count] * float(one["square"]))
        mine = one["steps"].astype(np.float32)
        products = np.zeros(count, np.float32)
        for begin in range(0, count, _BLOCK):
            end = min(begin + _BLOCK, count)
            products[begin:end] = self._rows[begin:end].astype(np.float32) @ mine
        found: NDArray[np.float64] = products.astype(np.float64) / np.maximum(lengths, 1.0)
        return found

    def near(self, vector: bytes, origin: int, *, within: int) -> dict[int, float]:
        """Return the articles that appeared within so many microseconds and are worth comparing, with their cosines."""
        found = self.cosines(vector)
        inside = (found >= NEAR) & (abs(self._origins[: len(found)] - origin) <= within)
        return {int(self._numbers[i]): float(found[i]) for i in inside.nonzero()[0]}


def _has_lead(body: Sequence[str]) -> bool:
    return sum(map(len, body)) >= SHORTEST_LEAD


def _language_row(language: str) -> int:
    known = LEXICON_LANGUAGES
    return known.index(language) if language in known else len(known)


@cache
def _means() -> NDArray[np.float16]:
    """Return float16[2, 7, 384]: of titles and of titles with leads, by language; the last is the mean of all."""
    raw = (resources.files("scraper.stories") / "means.f16").read_bytes()
    means: NDArray[np.float16] = np.frombuffer(raw, "<f2").reshape(2, len(LEXICON_LANGUAGES) + 1, DIMENSIONS)
    return means
