"""Hold sketched articles in memory and group them: for measuring, for trying thresholds, and as the plainest graph of stories. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set as AbstractSet

from scraper.codec import Struct
from scraper.stories.grouping import WINDOW, StoryPlace, regroup
from scraper.stories.keys import Keys, unpack_keys
from scraper.stories.score import NEAR, POSSIBLY, PairScore, pair_score
from scraper.stories.sketch import StorySketch
from scraper.stories.vectors import VectorWindow

_WINDOW_MICROS = int(WINDOW.total_seconds() * 1_000_000)


class Pinned(Struct, frozen=True):
    """An article on the board: ``origin`` in microseconds since 1970."""

    place: StoryPlace
    source: str
    vector: bytes
    keys: Keys


class StoryBoard:
    """A ``StoryGraph`` in memory. Articles are numbered as they come."""

    def __init__(self) -> None:
        self.pinned: list[Pinned] = []
        self._scores: dict[int, dict[int, float]] = defaultdict(dict)
        self._story: dict[int, int] = {}
        self._members: dict[int, set[int]] = defaultdict(set)

    def add(self, sketch: StorySketch, source: str, origin: int) -> int:
        """Add an article, place it, and return its number."""
        n = len(self.pinned)
        mine = Pinned(StoryPlace(origin, sketch.id), source, sketch.vector, unpack_keys(sketch.keys))
        near = VectorWindow([other.vector for other in self.pinned]).cosines(mine.vector)
        self.pinned.append(mine)
        for other in (near >= NEAR).nonzero()[0].tolist():
            if abs(origin - self.pinned[other].place.origin) <= _WINDOW_MICROS:
                score = self.compare(n, other, float(near[other])).score
                if score >= POSSIBLY:
                    self._scores[n][other] = self._scores[other][n] = score
        regroup(self, [n])
        return n

    def compare(self, a: int, b: int, cosine: float) -> PairScore:
        """Return the score of two articles of the board."""
        mine, theirs = self.pinned[a], self.pinned[b]
        return pair_score(cosine, mine.keys, theirs.keys, same_source=mine.source == theirs.source)

    def stories(self) -> dict[int, set[int]]:
        """Return the members of each story by its first."""
        return {story: set(members) for story, members in self._members.items() if members}

    def place(self, article: int) -> StoryPlace:
        return self.pinned[article].place

    def takes_part(self, article: int) -> bool:
        return article < len(self.pinned)

    def scores(self, article: int) -> dict[int, float]:
        return self._scores[article]

    def story(self, article: int) -> int | None:
        return self._story.get(article)

    def members(self, story: int) -> AbstractSet[int]:
        return self._members[story]

    def assign(self, article: int, story: int | None) -> None:
        if (before := self._story.pop(article, None)) is not None:
            self._members[before].discard(article)
        if story is not None:
            self._story[article] = story
            self._members[story].add(article)
