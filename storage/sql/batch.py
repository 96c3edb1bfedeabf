"""The part of the store that a batch of arrivals can touch, in memory: read in a few statements, changed, written in a few more.

It is the index and the graph of the shared decisions (storage.upsert, storage.cluster_graph). What time can be spent on before the
writers' lock is held is spent there and kept in ``Ahead``: under the lock nothing is folded, tokenised or compared twice.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from scraper.codec import Struct
from scraper.dedupe import decide, fingerprint, minhash
from scraper.dedupe import similarity as shingles
from scraper.model import Record
from storage import checksums, cluster_graph
from storage.cluster_graph import Edge, Reading, Standing, Text
from storage.pg.tallies import Tallies
from storage.search import tsvector
from storage.sql.postgres import Connection, one
from storage.timestamps import stamp
from storage.upsert import Arrival, at_own_address

MAX_CANDIDATES = 64  # as in storage.sql.band_index, whose reasons hold here
MAX_FILED = 256


class Node(Struct):
    """One row of ``article``."""

    n: int
    id: str
    source: str
    latest: int
    revisions: int
    origin: int
    cluster: int | None


class Ahead:
    """What was computed before the lock. Texts are known by the seq of their line, which never changes."""

    def __init__(self, arrivals: Sequence[Arrival]) -> None:
        self.arrivals = arrivals
        self.rows = {id(a.prints): tsvector.row_of(a.draft, a.prints.folded) for a in arrivals}
        self.texts: dict[int, Reading] = {}
        self._likenesses: dict[tuple[str, int], shingles.Similarity] = {}

    def likeness(self, prints: fingerprint.Fingerprint, seq: int) -> shingles.Similarity:
        key = (prints.hash, seq)
        if key not in self._likenesses:
            self._likenesses[key] = shingles.similarity_of(prints.body, self.texts[seq].words)
        return self._likenesses[key]


class Board:
    """Made for one batch. ``place`` (storage.upsert) changes it, ``write`` makes the changes true."""

    def __init__(self, db: Connection, ahead: Ahead) -> None:
        self._db = db
        self._ahead = ahead
        self._nodes: dict[int, Node] = {}
        self._by_id: dict[str, int] = {}
        self._named: dict[str, int] = {}  # identity keys
        self._lines: dict[int, tuple[int, bytes, str]] = {}  # the latest of known articles
        self._hashes: dict[int, list[str]] = defaultdict(list)
        self._filed: dict[int, list[int]] = defaultdict(list)  # articles under a value of a sketch
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
        self._rows: dict[int, tsvector.Row] = {}
        self._tallies = Tallies()
        self._load()
        self.seq: int
        self.day: str
        self._top: int
        self.seq, self.day, self._top = one(
            db.execute(
                "SELECT coalesce(max(seq), 0), coalesce((SELECT day FROM line ORDER BY seq DESC LIMIT 1), ''),"
                " (SELECT coalesce(max(n), 0) FROM article) FROM line"
            )
        )

    # -------------------------------------------------------------------------------- reading

    def _load(self) -> None:
        """All that a decision may ask for, but for what only changed texts ask for."""
        arrivals = self._ahead.arrivals
        keys = list({key for a in arrivals for key in a.keys})
        ids = {a.draft.id for a in arrivals} | {at_own_address(a.draft).id for a in arrivals}
        self._named.update(self._db.execute("SELECT key, article FROM identity WHERE key = ANY(%s)", (keys,)))
        self._fetch("id = ANY(%s) OR n = ANY(%s)", list(ids), list(set(self._named.values())))
        known = list(self._nodes)
        if known:
            for n, hash_, seq, line, checksum in self._db.execute(
                "SELECT article, hash, seq, CASE WHEN seq = latest THEN json END, checksum FROM line"
                " JOIN article ON n = article WHERE article = ANY(%s) ORDER BY article, revision",
                (known,),
            ):
                self._hashes[n].append(hash_)
                if line is not None:
                    self._lines[n] = seq, line, checksum
        values = list({value for a in arrivals for value in a.prints.sketch})
        if values:
            for value, n in self._db.execute(
                "SELECT v, article FROM unnest(%s::bigint[]) AS v CROSS JOIN LATERAL"
                f" (SELECT article FROM band WHERE value = v ORDER BY article LIMIT {MAX_FILED}) AS filed",
                (values,),
            ):
                self._filed[value].append(n)
        self._read_texts({n for a in arrivals for n in self._candidates(a.prints.sketch, None)})

    def _fetch(self, where: str, *values: object) -> None:
        """Rows of articles, where they are not on the board already."""
        for row in self._db.execute(
            f"SELECT n, id, source, latest, revisions, origin, cluster FROM article WHERE {where}",
            values,
        ):
            node = self._nodes.setdefault(row[0], Node(*row))
            self._by_id[node.id] = node.n

    def _read_texts(self, articles: Iterable[int]) -> None:
        """The texts of candidates, and the heads of their clusters."""
        missing = [n for n in articles if n not in self._nodes]
        if missing:
            self._fetch("n = ANY(%s)", missing)
        there = [self._nodes[n] for n in articles]
        heads = {node.cluster for node in there if node.cluster is not None} - self._nodes.keys()
        if heads:
            self._fetch("n = ANY(%s)", list(heads))
        unread = [node.latest for node in there if node.latest not in self._ahead.texts]
        if unread:
            for seq, line in self._db.execute("SELECT seq, json FROM line WHERE seq = ANY(%s)", (unread,)):
                text = cluster_graph.text_of(line)
                self._ahead.texts[seq] = Reading(text, tuple(fingerprint.body_words(text.body)))

    def compare(self) -> None:
        """Compare everything with its candidates now, so that it need not be done later."""
        for a in self._ahead.arrivals:
            for n in self._candidates(a.prints.sketch, None):
                self._ahead.likeness(a.prints, self._nodes[n].latest)

    def _candidates(self, sketch: Sequence[int], article: int | None) -> list[int]:
        shared = Counter(n for value in sketch for n in self._filed.get(value, ()) if n != article)
        near = [(-count, n) for n, count in shared.items() if count >= minhash.MIN_SHARED]
        return [n for _, n in sorted(near)[:MAX_CANDIDATES]]

    # -------------------------------------------------------------------------------- the index

    def matches(self, keys: Sequence[str]) -> list[decide.StoredArticle]:
        first = {n: key for key in reversed(keys) if (n := self._named.get(key)) is not None}
        return [self.known(key, n) for n, key in reversed(first.items()) if self._named[key] == n]

    def known(self, key: str, article: int) -> decide.StoredArticle:
        return decide.StoredArticle(
            number=article,
            key=key,
            latest=checksums.record(*self._lines[article]),
            hashes=tuple(self._hashes[article]),
        )

    def number_of(self, article_id: str) -> int | None:
        return self._by_id.get(article_id)

    def next_number(self) -> int:
        self._top += 1
        return self._top

    def unfile(self, article: int, latest: Record) -> None:
        for value in fingerprint.fingerprint(latest.title, latest.body).sketch:
            if (filed := self._filed.get(value)) and article in filed:
                filed.remove(article)
            self._new_bands.discard((value, article))
            self._old_bands.add((value, article))
        cluster_graph.unlink(self, article)

    def file(self, article: int, draft: Record, seq: int, prints: fingerprint.Fingerprint) -> None:
        node = self._nodes.get(article)
        if node is None:
            born = stamp(decide.origin(draft.published, draft.published_raw, draft.first_seen))
            node = Node(article, draft.id, draft.source, seq, draft.revision, born, None)
            self._nodes[article] = node
            self._by_id[draft.id] = article
        node.latest, node.revisions = seq, draft.revision
        self._changed.add(article)
        mine = Text(draft.source, draft.title, draft.body, draft.published, draft.found_by)
        edges = self._neighbours(node, mine, prints)
        self._ahead.texts[seq] = Reading(mine, prints.body)
        for value in prints.sketch:
            self._filed[value].append(article)
            self._old_bands.discard((value, article))
            self._new_bands.add((value, article))
        cluster_graph.link(self, article, edges)
        self._rows[article] = tsvector.with_facets(self._ahead.rows[id(prints)], draft)

    def _neighbours(self, node: Node, mine: Text, prints: fingerprint.Fingerprint) -> list[Edge]:
        candidates = self._candidates(prints.sketch, node.n)
        self._read_texts(candidates)
        edges = []
        reading = Reading(mine, prints.body)
        for n in candidates:
            other = self._nodes[n]
            like = self._ahead.likeness(prints, other.latest)
            text = self._ahead.texts[other.latest]
            if edge := cluster_graph.edge_between(n, like, reading, text, node.origin - other.origin):
                edges.append(edge)
        return edges

    def standing(self, article: int) -> Standing:
        return cluster_graph.standing(self, article)

    def insert(self, article: int, record: Record, line: bytes, day: str, *, why: str) -> None:
        checksum = checksums.checksum(line)
        self._lines[article] = record.seq, line, checksum
        self._hashes[article].append(record.hash)
        self._new_lines.append(
            (
                record.seq, article, record.revision, day, record.source, record.language, stamp(record.fetched),
                record.hash, record.cluster, record.similarity, record.role, why, line.decode(), checksum,
            )
        )  # fmt: skip
        if record.revision == 1:
            self._tallies.count(record)

    def bury(self, article: int, latest: Record, grave: Record, line: bytes, day: str, *, why: str) -> None:
        """The line that stands for an article that is purged, in place of its text in all indexes."""
        self._fetch("n = ANY(%s)", [article])
        self.unfile(article, latest)
        node = self._nodes[article]
        node.latest, node.revisions = grave.seq, grave.revision
        self._changed.add(article)
        self.insert(article, grave, line, day, why=why)

    def keep_keys(self, keys: Iterable[str], article: int) -> None:
        for key in keys:
            if key not in self._named:
                self._named[key] = self._new_keys[key] = article

    # -------------------------------------------------------------------------------- the graph

    def head(self, article: int) -> int | None:
        return self._nodes[article].cluster

    def id_of(self, article: int) -> str:
        return self._nodes[article].id

    def members(self, heads: Iterable[int]) -> set[int]:
        heads = set(heads)
        if unread := heads - self._clusters_whole:
            self._fetch("cluster = ANY(%s)", list(unread))
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
        for a, b, similarity, contained in self._db.execute(
            "SELECT a, b, similarity, contained FROM edge WHERE a = ANY(%s)", (list(unread),)
        ):
            if a not in self._cut and b not in self._cut:
                self._edges[a].setdefault(b, (similarity, contained))

    # -------------------------------------------------------------------------------- writing

    def write(self) -> None:
        """Everything in one go: the statements follow each other without waiting for answers."""
        db = self._db
        with db.pipeline(), db.cursor() as cursor:
            if self._changed:
                nodes = [self._nodes[n] for n in sorted(self._changed)]
                columns = zip(*((x.n, x.id, x.source, x.latest, x.revisions, x.origin, x.cluster) for x in nodes), strict=True)  # fmt: skip
                cursor.execute(
                    "INSERT INTO article (n, id, source, latest, revisions, origin, cluster) SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[],"
                    " %s::integer[], %s::bigint[], %s::bigint[]) ON CONFLICT (n) DO UPDATE SET latest = excluded.latest,"
                    " revisions = excluded.revisions, cluster = excluded.cluster",
                    [list(column) for column in columns],
                )
            if self._new_keys:
                cursor.execute(
                    "INSERT INTO identity SELECT * FROM unnest(%s::text[], %s::bigint[]) ON CONFLICT DO NOTHING",
                    (list(self._new_keys), list(self._new_keys.values())),
                )
            if self._old_bands:
                cursor.execute(
                    "DELETE FROM band USING unnest(%s::bigint[], %s::bigint[]) AS old(v, n)"
                    " WHERE value = v AND article = n",
                    _columns(self._old_bands),
                )
            if self._new_bands:
                cursor.execute(
                    "INSERT INTO band SELECT * FROM unnest(%s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING",
                    _columns(sorted(self._new_bands)),
                )
            if self._parted:
                cursor.execute(
                    "DELETE FROM edge USING unnest(%s::bigint[], %s::bigint[]) AS parted(x, y) WHERE a = x AND b = y",
                    _columns(self._parted),
                )
            if self._joined:
                rows = [(a, b, *both) for (a, b), both in self._joined.items()]
                cursor.execute(
                    "INSERT INTO edge SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::float8[])"
                    " ON CONFLICT (a, b) DO UPDATE SET similarity = excluded.similarity, contained = excluded.contained",
                    _columns(rows),
                )
            if self._new_lines:
                marks = ", ".join(["%s"] * len(self._new_lines[0]))
                cursor.executemany(f"INSERT INTO line VALUES ({marks})", self._new_lines)
            if self._rows:
                tsvector.write(cursor, self._rows)
            self._tallies.write(cursor)


def _columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    """Rows as columns: what ``unnest`` takes."""
    return [list(column) for column in zip(*rows, strict=True)]
