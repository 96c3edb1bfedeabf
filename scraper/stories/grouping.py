"""Group articles into stories, whatever the order in which they arrived. Pure.

Articles are taken in the order of their origins (when they appeared, then id). Each joins the story with whose earlier members it
scores best on average, if that is enough, or begins one. So an article's place depends on earlier ones only: a story is frozen
when its window has passed, its id is its first member's, and one that arrives late changes only what came after it. ``regroup``
does just that: it places what may have changed, in order, until nothing does.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import NamedTuple, Protocol

from scraper.stories.score import SAME_STORY

WINDOW = timedelta(hours=72)  # from the first member of a story to its last
UNSCORED = 0.35  # of a pair that was too far apart to be kept
_WINDOW_MICROS = WINDOW // timedelta(microseconds=1)


class StoryPlace(NamedTuple):
    """Where an article stands in the order: microseconds since 1970, then its id."""

    origin: int
    id: str


class StoryGraph(Protocol):
    """Articles by their numbers, the scores of pairs that are alike, and the stories as they are now."""

    def place(self, article: int) -> StoryPlace: ...

    def takes_part(self, article: int) -> bool:
        """Return False for a copy of another article, and for what is gone."""
        ...

    def scores(self, article: int) -> dict[int, float]:
        """Return the articles that are like this one, with their scores."""
        ...

    def story(self, article: int) -> int | None:
        """Return the first member of the article's story."""
        ...

    def members(self, story: int) -> AbstractSet[int]: ...

    def assign(self, article: int, story: int | None) -> None: ...


def regroup(graph: StoryGraph, changed: Iterable[int]) -> set[int]:
    """StoryPlace these articles, and all whose place depends on them. Return the stories that became other ones."""
    waiting = [(graph.place(n), n) for n in set(changed)]
    heapq.heapify(waiting)
    queued = {n for _, n in waiting}
    touched: set[int] = set()
    while waiting:
        place, n = heapq.heappop(waiting)
        queued.discard(n)
        before, now = graph.story(n), _best_story(graph, n, place) if graph.takes_part(n) else None
        if before == now:
            continue
        graph.assign(n, now)
        stories = {story for story in (before, now) if story is not None}
        touched |= stories
        for other in _depending(graph, n, stories):
            if other not in queued and (there := graph.place(other)) > place:
                queued.add(other)
                heapq.heappush(waiting, (there, other))
    return touched


def _best_story(graph: StoryGraph, n: int, place: StoryPlace) -> int:
    """Return the story that an article joins, by the earlier articles only; itself if there is none."""
    scores = graph.scores(n)
    stories = {
        graph.story(other) for other in scores if graph.takes_part(other) and graph.place(other) < place
    }
    best: tuple[float, StoryPlace, int] | None = None
    for story in stories - {None, n}:
        assert story is not None
        first = graph.place(story)
        if place.origin - first.origin > _WINDOW_MICROS or first >= place:
            continue
        earlier = [m for m in graph.members(story) if graph.place(m) < place]
        average = sum(scores.get(m, UNSCORED) for m in sorted(earlier)) / len(earlier) if earlier else 0.0
        average = round(average, 6)
        if average >= SAME_STORY and (best is None or (-average, first) < best[:2]):
            best = (-average, first, story)
    return best[2] if best else n


def _depending(graph: StoryGraph, n: int, stories: Iterable[int]) -> set[int]:
    """Return the articles whose place may depend on the stories that an article left and joined."""
    around = {n}.union(*(graph.members(story) for story in stories))
    return around.union(*(graph.scores(member) for member in around))
