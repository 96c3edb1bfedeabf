"""What the search finds in texts whose words are known: precision and recall over sixty-six queries in six languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage import Store, open_store
from storage.model import Filter
from tests.support.judged_queries import FRAMES, JUDGED, texts
from tests.support.stories import NOW, found
from tests.support.stories import poll as poll_of

PRECISION, RECALL = 0.95, 0.9
EACH = 0.75  # no query may find much less than that, or much else


@pytest.fixture(scope="module")
def judged(tmp_path_factory) -> Iterator[tuple[Store, dict[str, str]]]:
    """Yield a store of all texts, and their names by article ids."""
    store = open_store(tmp_path_factory.mktemp("judged"))
    drafts = {
        key: found(
            f"https://{language}.example/a/{i}", [text], title=None, language=language, source=language
        )
        for i, (key, (language, text)) in enumerate(texts().items())
    }
    for language in FRAMES:
        some = [draft for key, draft in drafts.items() if key.startswith(f"{language}-")]
        store.commit(poll_of(*some, source=language), now=NOW)
    urls = {draft.url: key for key, draft in drafts.items()}
    yield store, {record.id: urls[record.url] for record in store.latest()}
    store.close()


def test_judged_queries(judged):
    """Names in six alphabets and in forms, common words, brackets and exact words: hardly one too many or too few."""
    store, names = judged
    figures = {}
    for query in JUDGED:
        right = query.right()
        got = {
            names[story.record.id]
            for story in store.newest(query.by, Filter(), limit=len(names), grouped=False)
        }
        common = len(got & right)
        figures[query.by] = common / max(1, len(got)), common / len(right)
    poor = {by: both for by, both in figures.items() if min(both) < EACH}
    assert not poor
    assert sum(precision for precision, _ in figures.values()) / len(figures) >= PRECISION
    assert sum(recall for _, recall in figures.values()) / len(figures) >= RECALL
    assert len(JUDGED) >= 60
