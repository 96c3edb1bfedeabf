"""Keep clusters of nearly the same text: how they grow, fall apart and rank their members, over any store's graph.

A cluster is whatever hangs together by edges; its head is the earliest member. Both depend on the present texts only, not
on the order in which they came: linking unites clusters, unlinking walks what is left. The graph is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from scraper.codec import DecodeError, Struct, decode, replace
from scraper.dedupe import fingerprint, near_duplicate, proper_names
from scraper.dedupe import similarity as shingles
from scraper.model import Record


class Text(Struct, frozen=True):
    """The part of a line that is compared."""

    source: str
    title: str | None
    body: tuple[str, ...]
    published: datetime | None = None
    found_by: str | None = None

    @property
    def dated(self) -> bool:
        """Whether anybody knows when it appeared: an imported text without a date may be of any year."""
        return self.published is not None or self.found_by != "import"


def text_of(line: bytes) -> Text:
    """Return the text of a line; an empty one, like no other, where the line is spoilt."""
    try:
        return decode(line, Text)
    except DecodeError:
        return Text("", None, ())


class FoldedText(Struct, frozen=True):
    """A text and its folded words."""

    text: Text
    words: tuple[str, ...]


class Edge(Struct, frozen=True):
    """Another article with nearly the same text; ``contained``: share of our text in it, ``contains``: of its in ours."""

    article: int
    similarity: float
    contained: float
    contains: float


class ClusterRole(Struct, frozen=True):
    """What an article is in its cluster now."""

    cluster: str | None = None
    duplicate_of: str | None = None
    similarity: float | None = None
    role: str | None = None


ALONE = ClusterRole()


class Graph(Protocol):
    """Articles by their numbers, their edges, and the head of each one's cluster (None for those without edges)."""

    def head(self, article: int) -> int | None: ...

    def id_of(self, article: int) -> str: ...

    def members(self, heads: Iterable[int]) -> set[int]: ...

    def earliest(self, articles: Iterable[int]) -> int:
        """Return the one with the smallest origin, among equals with the smallest id."""

    def assign(self, articles: Iterable[int], head: int | None) -> None: ...

    def connect(self, article: int, edges: Sequence[Edge]) -> None: ...

    def cut(self, article: int) -> None:
        """Take all edges of an article away, in both directions."""

    def reach(self, start: int) -> set[int]:
        """Return the articles that hang together with this one, itself included."""

    def edge(self, article: int, other: int) -> Edge | None: ...

    def best(self, article: int) -> float:
        """Return the highest similarity among an article's edges."""


def edge_between(
    article: int, like: shingles.Similarity, mine: FoldedText, other: FoldedText, microseconds_apart: int
) -> Edge | None:
    """Return the edge to ``article``, which ``other`` is; None if neither text comes from the other."""
    a, b = mine.text, other.text
    apart = abs(timedelta(microseconds=microseconds_apart)) if a.dated and b.dated else None
    same = a.source == b.source
    pair = near_duplicate.PairContext(same, apart)
    if same:
        titles = (fingerprint.title_words(a.title), fingerprint.title_words(b.title))
        pair = replace(
            pair,
            differ_only_in_numbers=near_duplicate.differ_only_in_numbers(*titles),
            share_no_title_word=near_duplicate.share_no_title_word(*titles),
        )
    if not near_duplicate.is_copy(like, pair):
        return None
    if like.similarity < 1:
        known = proper_names.proper_names(a.body) | proper_names.proper_names(b.body)
        like = shingles.with_names(like, mine.words, other.words, known)
        if not near_duplicate.is_copy(like, pair):
            return None
    return Edge(article, like.similarity, like.a_in_b, like.b_in_a)


def link(graph: Graph, article: int, edges: Sequence[Edge]) -> None:
    """Note an article's edges and unite the clusters that they touch."""
    if not edges:
        return
    graph.connect(article, edges)
    touched = {article, *(e.article for e in edges)}
    heads = {head for n in touched if (head := graph.head(n)) is not None}
    if len(heads) == 1:  # by far the most frequent: one more copy of what has a head already
        (head,) = heads
        if graph.earliest({head, *touched}) == head:
            graph.assign(touched, head)
            return
    members = touched | graph.members(heads)
    graph.assign(members, graph.earliest(members))


def unlink(graph: Graph, article: int) -> None:
    """Forget an article's edges, and let what hung together only by it fall apart."""
    head = graph.head(article)
    if head is None:
        return
    members = graph.members({head})
    graph.cut(article)
    left = set(members)
    while left:
        part = graph.reach(min(left))
        left -= part
        graph.assign(part, graph.earliest(part) if len(part) > 1 else None)


def cluster_role(graph: Graph, article: int) -> ClusterRole:
    """Return an article's place in its cluster."""
    head = graph.head(article)
    if head is None:
        return ALONE
    if article == head:
        return role_in(graph.id_of(head), None, None)
    direct = graph.edge(article, head)
    return role_in(graph.id_of(head), direct, None if direct else graph.best(article))


def role_in(cluster: str, direct: Edge | None, best: float | None) -> ClusterRole:
    """Similarity to the head where there is a ``direct`` edge, else to the member that it is most like; the head has neither."""
    if direct is not None:
        role = near_duplicate.role_of(direct.contained, direct.contains)
        return ClusterRole(cluster, cluster, direct.similarity, role)
    if best is not None:
        return ClusterRole(cluster, cluster, best, "reprint")
    return ClusterRole(cluster, None, None, "original")


def placed(record: Record, place: ClusterRole) -> Record:
    """Return a record in its cluster as it is now."""
    return replace(
        record,
        cluster=place.cluster,
        duplicate_of=place.duplicate_of,
        similarity=place.similarity,
        role=place.role,
    )
