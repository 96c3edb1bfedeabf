"""Compute what a batch needs before the lock of the writers is held."""

from __future__ import annotations

from collections.abc import Sequence

from scraper.dedupe import similarity as shingles
from scraper.dedupe.fingerprint import Fingerprint, body_words
from storage import cluster_graph
from storage.cluster_graph import FoldedText
from storage.sql.dialect import IndexWriter
from storage.upsert import Arrival


class Prefetched:
    """Hold what was computed ahead of a batch. Texts are known by the seq of their line, which never changes."""

    def __init__(self, arrivals: Sequence[Arrival], index: IndexWriter) -> None:
        self.arrivals = arrivals
        self.index = index
        for a in arrivals:
            self.index.prepare(a.draft, a.prints)
        self.texts: dict[int, FoldedText] = {}
        self._words: dict[tuple[str, ...], tuple[str, ...]] = {a.draft.body: a.prints.body for a in arrivals}
        self._similarities: dict[tuple[str, int], shingles.Similarity] = {}

    def keep_text(self, seq: int, line: bytes) -> None:
        """Keep the text of a line with its words."""
        text = cluster_graph.text_of(line)
        if text.body not in self._words:
            self._words[text.body] = tuple(body_words(text.body))
        self.texts[seq] = FoldedText(text, self._words[text.body])

    def similarity(self, prints: Fingerprint, seq: int) -> shingles.Similarity:
        """Return how similar an arrival is to the text of a line."""
        key = (prints.hash, seq)
        if key not in self._similarities:
            self._similarities[key] = shingles.similarity_of(prints.body, self.texts[seq].words)
        return self._similarities[key]
