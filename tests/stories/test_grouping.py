"""Stories do not depend on the order of arrival; what came later changes nothing before it."""

from __future__ import annotations

import random

import pytest

from scraper.stories.grouping import WINDOW, StoryPlace, regroup

HOUR = 3_600_000_000


class Graph:
    """Articles with given places and scores, of which only those that have arrived are known."""

    def __init__(self, places, pairs):
        self.places, self.pairs = places, pairs
        self.here, self.copies = set(), set()
        self.stories = {}

    def arrive(self, n):
        self.here.add(n)
        regroup(self, [n])

    def groups(self):
        found = {}
        for n, story in self.stories.items():
            found.setdefault(story, set()).add(n)
        return found

    def place(self, n):
        return self.places[n]

    def takes_part(self, n):
        return n in self.here and n not in self.copies

    def scores(self, n):
        return {b: score for (a, b), score in self.pairs.items() if a == n and b in self.here}

    def story(self, n):
        return self.stories.get(n)

    def members(self, story):
        return {n for n, head in self.stories.items() if head == story}

    def assign(self, n, story):
        if story is None:
            self.stories.pop(n, None)
        else:
            self.stories[n] = story


def world(seed, size=24):
    """Articles of a few days, with many pairs near the threshold and ties in time and score."""
    chance = random.Random(seed)
    places = [StoryPlace(chance.randrange(0, 150, 6) * HOUR, f"{n:02}") for n in range(size)]
    pairs = {}
    for a in range(size):
        for b in range(a):
            if chance.random() < 0.4:
                pairs[a, b] = pairs[b, a] = chance.choice([0.45, 0.5, 0.56, 0.58, 0.6, 0.7, 0.9])
    return places, pairs


@pytest.mark.parametrize("seed", range(12))
def test_the_same_articles_make_the_same_stories_in_any_order(seed):
    places, pairs = world(seed)
    wanted = None
    for turn in range(8):
        graph = Graph(places, pairs)
        order = list(range(len(places)))
        random.Random(turn).shuffle(order)
        for n in sorted(order, key=places.__getitem__) if turn == 0 else order:
            graph.arrive(n)
        wanted = wanted or graph.groups()
        assert graph.groups() == wanted
    assert any(len(members) > 1 for members in wanted.values())


@pytest.mark.parametrize("seed", range(6))
def test_a_copy_that_is_found_late_leaves_as_if_it_had_never_come(seed):
    places, pairs = world(seed)
    late, never = Graph(places, pairs), Graph(places, pairs)
    for n in range(len(places)):
        late.arrive(n)
        if n % 5:
            never.arrive(n)
    for n in range(0, len(places), 5):
        late.copies.add(n)
        regroup(late, [n])
    assert late.groups() == never.groups()


def test_a_story_is_named_after_its_first_and_ends_with_its_window():
    far = int(WINDOW.total_seconds() * 1e6)
    places = [StoryPlace(0, "a"), StoryPlace(HOUR, "b"), StoryPlace(far + 1, "c")]
    pairs = {(a, b): 0.9 for a in range(3) for b in range(3) if a != b}
    graph = Graph(places, pairs)
    for n in (2, 1, 0):
        graph.arrive(n)
    assert graph.groups() == {0: {0, 1}, 2: {2}}


def test_an_article_joins_by_its_average_with_all_members():
    """Like one member very much, unlike the other: not enough."""
    places = [StoryPlace(n * HOUR, str(n)) for n in range(3)]
    graph = Graph(places, {(0, 1): 0.9, (1, 0): 0.9, (1, 2): 0.6, (2, 1): 0.6})
    for n in range(3):
        graph.arrive(n)
    assert graph.groups() == {0: {0, 1}, 2: {2}}
