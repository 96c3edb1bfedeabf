"""Times, sizes and counts in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scraper.text.human import byte_size, counted, time_ago, time_span
from tests.support.stories import NOW

AGO = {
    "never": (None, "never"),
    "this moment": (timedelta(0), "just now"),
    "seconds": (timedelta(seconds=20), "just now"),
    "minutes": (timedelta(minutes=5, seconds=20), "5 min ago"),
    "hours": (timedelta(hours=2), "2 h ago"),
    "days": (timedelta(days=40), "40 d ago"),
    "in seconds": (timedelta(seconds=-20), "now"),
    "in minutes": (timedelta(minutes=-59), "in 59 min"),
    "in hours": (timedelta(minutes=-90), "in 2 h"),
}


@pytest.mark.parametrize("passed, words", AGO.values(), ids=AGO)
def test_times_in_words(passed, words):
    """A past time is "ago", a future one is "in", and a missing one is "never"."""
    assert time_ago(None if passed is None else NOW - passed, NOW) == words


@pytest.mark.parametrize(
    "seconds, words", {0: "0 s", 59: "59 s", 60: "1 min", 7200: "2 h", 86_400: "1 d"}.items()
)
def test_spans(seconds, words):
    """A length of time is written in its largest unit."""
    assert time_span(seconds) == words


SIZES = {0: "0 B", 1023: "1023 B", 2048: "2 KB", 5 << 20: "5.0 MB", 3 << 40: "3.0 TB"}


@pytest.mark.parametrize("n, said", SIZES.items())
def test_sizes(n, said):
    """Bytes are written in their largest unit."""
    assert byte_size(n) == said


@pytest.mark.parametrize("n, said", {0: "0 lines", 1: "1 line", 2: "2 lines", 1200: "1,200 lines"}.items())
def test_counts(n, said):
    """One thing is singular, any other number is plural."""
    assert counted(n, "line") == said
