"""What the search finds in texts whose words are known: precision and recall over two tables of queries in six languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import pytest

from storage import open_store
from storage.model import Filter
from tests.support import judged_places, judged_queries
from tests.support.stories import NOW, found
from tests.support.stories import poll as poll_of

PRECISION, RECALL = 0.95, 0.9
EACH = 0.75  # no query may find much less than that, or much else
PLACES = {key: (text.language, text.text) for key, text in judged_places.texts().items()}


@pytest.mark.parametrize(
    ("texts", "queries"),
    [
        pytest.param(judged_queries.texts(), judged_queries.JUDGED, id="names-and-words"),
        pytest.param(PLACES, judged_places.JUDGED_PLACES, id="places"),
    ],
)
def test_judged_queries(
    tmp_path, texts: Mapping[str, tuple[str, str]], queries: Sequence[tuple[str, Callable[[], set[str]]]]
):
    """Names in six alphabets and in forms, places, common words, brackets and exact words: hardly one too many or too few."""
    figures = {}
    with open_store(tmp_path / "judged") as store:
        drafts = {
            f"https://{language}.example/a/{i}": (key, language, text)
            for i, (key, (language, text)) in enumerate(texts.items())
        }
        for language, rows in groupby(drafts.items(), key=lambda row: row[1][1]):
            some = [
                found(url, [text], title=None, language=language, source=language)
                for url, (_, _, text) in rows
            ]
            store.commit(poll_of(*some, source=language), now=NOW)
        for by, right in queries:
            stories = store.newest(by, Filter(), limit=len(texts), grouped=False)
            got = {drafts[story.record.url][0] for story in stories}
            figures[by] = rates(got, right())
    assert {by: both for by, both in figures.items() if min(both) < EACH} == {}
    assert sum(precision for precision, _ in figures.values()) / len(figures) >= PRECISION
    assert sum(recall for _, recall in figures.values()) / len(figures) >= RECALL
    assert len(figures) >= 60


def rates(got: set[str], right: set[str]) -> tuple[float, float]:
    """Return precision and recall; of what is not there nothing can be missed."""
    common = len(got & right)
    return common / len(got) if got else float(not right), common / len(right) if right else 1.0
