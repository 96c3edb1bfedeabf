"""Decide and write a batch of arrivals: what it may touch is read in a few statements, changed, and written in a few more.

``BatchWriter`` is the index and the graph of the shared decisions (storage.upsert, storage.cluster_graph). What can be computed
before the writers' lock is held stands in ``Prefetched``: under the lock nothing is folded, tokenised or compared twice.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from scraper.codec import Struct
from scraper.dedupe import decide, minhash
from scraper.dedupe.fingerprint import Fingerprint, fingerprint
from scraper.model import Record
from storage import checksums, cluster_graph, upsert
from storage.cluster_graph import ClusterRole, Edge, FoldedText, Text
from storage.line import Line
from storage.model import PurgeSelection
from storage.sql import band_index, change_log, daily_counts, purge
from storage.sql.dialect import Db
from storage.sql.prefetched import Prefetched
from storage.timestamps import to_micros
from storage.upsert import Placed, at_canonical_url

# compared exactly, those that share most first; more exist only where hundreds printed one text
MAX_CANDIDATES = 64


class Node(Struct):
    """A row of ``article``."""

    n: int
    id: str
    source: str
    latest: int
    revisions: int
    origin: int
    seen: int
    cluster: int | None = None
    purged: int = 0


class BatchWriter:
    """Is made for one batch, inside its transaction. ``place`` (storage.upsert) changes it, ``write`` writes the changes."""

    def __init__(self, db: Db, prefetched: Prefetched) -> None:
        self._db = db
        self._prefetched = prefetched
        self._nodes: dict[int, Node] = {}
        self._by_id: dict[str, int] = {}
        self._named: dict[str, int] = {}  # identity keys
        self._lines: dict[int, tuple[int, bytes, str]] = {}  # the latest of known articles
        self._hashes: dict[int, list[str]] = defaultdict(list)
        self._by_value: dict[int, list[int]] = defaultdict(list)  # articles by a value of their sketch
        self._edges: dict[int, dict[int, tuple[float, float]]] = defaultdict(dict)
        self._edges_whole: set[int] = set()
        self._clusters_whole: set[int] = set()
        # what is to be written
        self._changed: set[int] = set()
        self._new_keys: dict[str, int] = {}
        self._new_bands: set[tuple[int, int]] = set()
        self._old_bands: set[tuple[int, int]] = set()
        self._joined: dict[tuple[int, int], tuple[float, float]] = {}
        self._cut: set[int] = set()
        self._parted: set[tuple[int, int]] = set()
        self._new_lines: list[tuple[object, ...]] = []
        self._new_records: list[Record] = []
        (self._top,) = db.row("SELECT coalesce(max(n), 0) FROM article")
        self._top_before = self._top
        self._load()

    def _load(self) -> None:
        """Read what a decision may ask for, but for texts and for what only changed texts ask for."""
        arrivals = self._prefetched.arrivals
        if not arrivals:
            return
        condition, keys = self._db.in_("key", {key for a in arrivals for key in a.keys})
        self._named.update(self._db.all(f"SELECT key, article FROM identity WHERE {condition}", (keys,)))
        self._read_articles("n", set(self._named.values()))
        self._read_articles(
            "id", {a.draft.id for a in arrivals} | {at_canonical_url(a.draft).id for a in arrivals}
        )
        if self._nodes:
            condition, known = self._db.in_("article", self._nodes)
            for n, hash_, seq, line, checksum in self._db.all(
                "SELECT article, hash, seq, CASE WHEN seq = latest THEN json END, checksum FROM line"
                f" JOIN article ON n = article WHERE {condition} ORDER BY article, revision",
                (known,),
            ):
                self._hashes[n].append(hash_)
                if line is not None:
                    self._lines[n] = seq, line, checksum
        values = list({value for a in arrivals for value in a.prints.sketch})
        for value, n in band_index.articles_of(self._db, values):
            self._by_value[value].append(n)
        self._read_nodes({n for a in arrivals for n in self._candidates(a.prints.sketch, None)})

    def _read_articles(self, column: str, values: Iterable[object]) -> None:
        """Read rows of articles that are not here already."""
        condition, value = self._db.in_(column, values)
        for row in self._db.all(
            f"SELECT n, id, source, latest, revisions, origin, seen, cluster, purged FROM article WHERE {condition}",
            (value,),
        ):
            node = self._nodes.setdefault(row[0], Node(*row))
            self._by_id[node.id] = node.n

    def _read_nodes(self, articles: Iterable[int]) -> None:
        """Read the rows of candidates and of the heads of their clusters."""
        articles = list(articles)
        if missing := [n for n in articles if n not in self._nodes]:
            self._read_articles("n", missing)
        clusters = {self._nodes[n].cluster for n in articles} - self._nodes.keys() - {None}
        if clusters:
            self._read_articles("n", clusters)

    def _read_texts(self, articles: Iterable[int]) -> None:
        """Read the texts of candidates."""
        articles = list(articles)
        self._read_nodes(articles)
        latest = {self._nodes[n].latest for n in articles} - self._prefetched.texts.keys()
        if latest:
            condition, seqs = self._db.in_("seq", latest)
            for seq, line in self._db.all(f"SELECT seq, json FROM line WHERE {condition}", (seqs,)):
                self._prefetched.keep_text(seq, line)

    def compare(self) -> None:
        """Compare everything with its candidates now, so that it need not be done later."""
        candidates = [(a, self._candidates(a.prints.sketch, None)) for a in self._prefetched.arrivals]
        self._read_texts({n for _, some in candidates for n in some})
        for a, some in candidates:
            for n in some:
                self._prefetched.similarity(a.prints, self._nodes[n].latest)

    def _candidates(self, sketch: Sequence[int], article: int | None) -> list[int]:
        shared = Counter(n for value in sketch for n in self._by_value.get(value, ()) if n != article)
        near = [(-count, n) for n, count in shared.items() if count >= minhash.MIN_SHARED]
        return [n for _, n in sorted(near)[:MAX_CANDIDATES]]

    def matches(self, keys: Sequence[str]) -> list[decide.StoredArticle]:
        first = {n: key for key in reversed(keys) if (n := self._named.get(key)) is not None}
        return [self.known(key, n) for n, key in reversed(first.items()) if self._named[key] == n]

    def known(self, key: str, article: int) -> decide.StoredArticle:
        return decide.StoredArticle(
            number=article,
            key=key,
            latest=checksums.checked_record(*self._lines[article]),
            hashes=tuple(self._hashes[article]),
        )

    def number_of(self, article_id: str) -> int | None:
        return self._by_id.get(article_id)

    def next_number(self) -> int:
        self._top += 1
        return int(self._top)

    def unindex(self, article: int, latest: Record) -> None:
        prints = fingerprint(latest.title, latest.body)
        self._prefetched.index.unindex(article, latest, prints, self._nodes[article].origin)
        for value in prints.sketch:
            if (there := self._by_value.get(value)) and article in there:
                there.remove(article)
            self._new_bands.discard((value, article))
            self._old_bands.add((value, article))
        cluster_graph.unlink(self, article)

    def index(self, article: int, draft: Record, seq: int, prints: Fingerprint) -> None:
        node = self._nodes.get(article)
        if node is None:
            node = self._add_article(article, draft)
        node.latest, node.revisions = seq, draft.revision
        self._changed.add(article)
        mine = Text(draft.source, draft.title, draft.body, draft.published, draft.found_by)
        edges = self._neighbours(node, mine, prints)
        self._prefetched.texts[seq] = FoldedText(mine, prints.body)
        for value in prints.sketch:
            self._by_value[value].append(article)
            self._old_bands.discard((value, article))
            self._new_bands.add((value, article))
        cluster_graph.link(self, article, edges)
        self._prefetched.index.index(article, draft, prints, node.origin)

    def _add_article(self, article: int, draft: Record) -> Node:
        born = to_micros(decide.origin(draft.published, draft.published_raw, draft.first_seen))
        seen = to_micros(draft.first_seen)
        node = Node(article, draft.id, draft.source, draft.seq, draft.revision, born, seen)
        self._nodes[article] = node
        self._by_id[draft.id] = article
        return node

    def _neighbours(self, node: Node, mine: Text, prints: Fingerprint) -> list[Edge]:
        candidates = self._candidates(prints.sketch, node.n)
        self._read_texts(candidates)
        edges = []
        reading = FoldedText(mine, prints.body)
        for n in candidates:
            other = self._nodes[n]
            like = self._prefetched.similarity(prints, other.latest)
            text = self._prefetched.texts[other.latest]
            if edge := cluster_graph.edge_between(n, like, reading, text, node.origin - other.origin):
                edges.append(edge)
        return edges

    def cluster_role(self, article: int) -> ClusterRole:
        return cluster_graph.cluster_role(self, article)

    def insert(self, article: int, record: Record, line: bytes, day: str, *, why: str) -> None:
        checksum = checksums.checksum(line)
        self._lines[article] = record.seq, line, checksum
        self._hashes[article].append(record.hash)
        self._new_lines.append(
            (
                record.seq, article, record.revision, day, record.source, record.language, to_micros(record.fetched),
                record.hash, record.cluster, record.similarity, record.role, why, self._db.json(line), checksum,
            )
        )  # fmt: skip
        if record.revision == 1:
            self._new_records.append(record)

    def write_tombstone(
        self, article: int, latest: Record | None, record: Record, line: bytes, day: str, *, why: str
    ) -> None:
        """Write the line that stands for a purged article, and take its text out of all indexes."""
        self._read_articles("n", [article])
        if latest is not None:
            self.unindex(article, latest)
        node = self._nodes.get(article) or self._add_article(article, record)
        node.latest, node.revisions, node.purged = record.seq, record.revision, 1
        self._changed.add(article)
        self.insert(article, record, line, day, why=why)

    def forget_lines(self, article: int) -> list[str]:
        """Forget the lines of an article that are not written yet. Return their days."""
        gone = [row for row in self._new_lines if row[1] == article]
        self._new_lines = [row for row in self._new_lines if row[1] != article]
        return [str(row[3]) for row in gone]

    def keep_keys(self, keys: Iterable[str], article: int) -> None:
        for key in keys:
            if key not in self._named:
                self._named[key] = self._new_keys[key] = article

    def head(self, article: int) -> int | None:
        return self._nodes[article].cluster

    def id_of(self, article: int) -> str:
        return self._nodes[article].id

    def members(self, heads: Iterable[int]) -> set[int]:
        heads = set(heads)
        if unread := heads - self._clusters_whole:
            self._read_articles("cluster", unread)
            self._clusters_whole |= unread
        return {n for n, node in self._nodes.items() if node.cluster in heads}

    def earliest(self, articles: Iterable[int]) -> int:
        nodes = (self._nodes[n] for n in articles)
        return min(nodes, key=lambda node: (node.origin, node.id)).n

    def assign(self, articles: Iterable[int], head: int | None) -> None:
        for n in articles:
            if self._nodes[n].cluster != head:
                self._nodes[n].cluster = head
                self._changed.add(n)

    def connect(self, article: int, edges: Sequence[Edge]) -> None:
        for e in edges:
            for a, b, contained in ((article, e.article, e.contained), (e.article, article, e.contains)):
                self._edges[a][b] = self._joined[a, b] = (e.similarity, contained)

    def cut(self, article: int) -> None:
        self._read_edges({article})
        for other in self._edges.pop(article, {}):
            self._edges[other].pop(article, None)
            for pair in ((article, other), (other, article)):
                self._joined.pop(pair, None)
                self._parted.add(pair)
        self._cut.add(article)

    def reach(self, start: int) -> set[int]:
        found: set[int] = set()
        frontier = {start}
        while frontier:
            found |= frontier
            self._read_edges(frontier)
            frontier = {b for a in frontier for b in self._edges[a]} - found
        return found

    def edge(self, article: int, other: int) -> Edge | None:
        there = self._edges[article].get(other)
        if there is None:
            return None
        return Edge(other, there[0], there[1], self._edges[other][article][1])

    def best(self, article: int) -> float:
        return max(similarity for similarity, _ in self._edges[article].values())

    def _read_edges(self, articles: Iterable[int]) -> None:
        """All edges of these articles that are not on the board; what was cut stays cut."""
        unread = set(articles) - self._edges_whole
        if not unread:
            return
        self._edges_whole |= unread
        condition, value = self._db.in_("a", unread)
        for a, b, similarity, contained in self._db.all(
            f"SELECT a, b, similarity, contained FROM edge WHERE {condition}", (value,)
        ):
            if a not in self._cut and b not in self._cut:
                self._edges[a].setdefault(b, (similarity, contained))

    def write(self) -> None:
        """Write everything."""
        with self._db.pipeline():
            self._write(self._db)

    def _write(self, db: Db) -> None:
        nodes = [self._nodes[n] for n in sorted(self._changed)]
        db.insert(
            "article",
            ("n", "id", "source", "latest", "revisions", "origin", "seen", "cluster", "purged"),
            [
                (x.n, x.id, x.source, x.latest, x.revisions, x.origin, x.seen, x.cluster, x.purged)
                for x in nodes
            ],
            "ON CONFLICT (n) DO UPDATE SET latest = excluded.latest, revisions = excluded.revisions,"
            " cluster = excluded.cluster, purged = excluded.purged",
        )
        db.insert("identity", ("key", "article"), list(self._new_keys.items()), "ON CONFLICT DO NOTHING")
        band_index.remove(db, self._old_bands)
        band_index.add(db, self._new_bands)
        band_index.flush_if_due(db, self._top_before, self._top)
        db.run_many("DELETE FROM edge WHERE a = ? AND b = ?", self._parted)
        db.insert(
            "edge",
            ("a", "b", "similarity", "contained"),
            [(a, b, *both) for (a, b), both in self._joined.items()],
            "ON CONFLICT (a, b) DO UPDATE SET similarity = excluded.similarity, contained = excluded.contained",
        )
        db.run_many(f"INSERT INTO line VALUES ({', '.join('?' * 14)})", self._new_lines)
        daily_counts.count(db, self._new_records)
        self._prefetched.index.write(db)


def write_batch(db: Db, prefetched: Prefetched, now: datetime) -> tuple[str, list[Placed]]:
    """Decide and write a batch. Return the day of its lines and what became of each arrival."""
    day = _day(db, now)
    seq = change_log.top(db)
    writer = BatchWriter(db, prefetched)
    placed: list[Placed] = []
    for each in prefetched.arrivals:
        placed.append(upsert.place(writer, each, seq + 1, day))
        seq += placed[-1].record is not None
    writer.write()
    return day, placed


def purge_batch(
    db: Db, prefetched: Prefetched, numbers: Sequence[int], doomed: PurgeSelection, now: datetime
) -> tuple[list[Line], list[str]]:
    """Purge some articles. Return the lines that stand for them, and the day of each line that is gone."""
    day = _day(db, now)
    writer = BatchWriter(db, prefetched)
    done = purge.purge(db, writer, numbers, doomed=doomed, now=now, day=day)
    writer.write()
    return done


def _day(db: Db, now: datetime) -> str:
    """Return whose file lines of now go to: a clock set back must not break the files' order."""
    return max(now.strftime("%Y-%m-%d"), change_log.last_day(db))
