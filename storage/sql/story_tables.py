"""Keep sketches of articles and the stories that come of them. Runs inside the caller's transaction.

Everything here is derived: sketches of another version (another encoder, lexicon or means) are thrown away at the first new one.
"""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from scraper.codec import Struct
from scraper.stories.grouping import WINDOW, StoryPlace, regroup
from scraper.stories.keys import unpack_keys
from scraper.stories.score import POSSIBLY, pair_score
from scraper.stories.sketch import StorySketch
from storage.model import CHANGES_A_SEQ
from storage.sql import change_log, meta
from storage.sql.dialect import Db
from storage.sql.story_window import StoryWindow, WindowRow, change_mark

VERSION = "stories"  # in meta: by what the sketches were made
TABLES = ("story", "story_vector", "story_edge", "story_change")
_WINDOW_MICROS = int(WINDOW.total_seconds() * 1_000_000)
_COPY = "CASE WHEN article.purged = 1 OR article.cluster <> article.n THEN 1 ELSE 0 END"


class Sketched(Struct):
    """A row of ``story`` with what the article's own row says."""

    article: int
    id: str
    source: str
    origin: int
    copy: int
    story: int | None = None


class StoredStories:
    """A ``StoryGraph`` over the tables, read as it is asked for; ``write`` writes what was assigned."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._rows: dict[int, Sketched] = {}
        self._scores: dict[int, dict[int, float]] = {}
        self._members: dict[int, set[int]] = {}
        self._assigned: set[int] = set()

    def read(self, articles: Iterable[int]) -> None:
        """Read rows that are not here."""
        missing = [n for n in articles if n not in self._rows]
        if missing:
            condition, value = self._db.in_("article", missing)
            for row in self._db.all(
                "SELECT article, id, source, story.origin, copy, story FROM story JOIN article ON n = article"
                f" WHERE {condition}",
                (value,),
            ):
                self._rows[row[0]] = Sketched(*row)

    def known(self, article: int) -> bool:
        """Return whether the article is sketched."""
        self.read((article,))
        return article in self._rows

    def place(self, article: int) -> StoryPlace:
        self.read((article,))
        row = self._rows[article]
        return StoryPlace(row.origin, row.id)

    def takes_part(self, article: int) -> bool:
        self.read((article,))
        return article in self._rows and not self._rows[article].copy

    def scores(self, article: int) -> dict[int, float]:
        if article not in self._scores:
            found = self._db.all("SELECT b, score FROM story_edge WHERE a = ?", (article,))
            self._scores[article] = dict(found)
            self.read(self._scores[article])
        return self._scores[article]

    def story(self, article: int) -> int | None:
        self.read((article,))
        return self._rows[article].story

    def members(self, story: int) -> AbstractSet[int]:
        if story not in self._members:
            found = {n for (n,) in self._db.all("SELECT article FROM story WHERE story = ?", (story,))}
            self.read(found)
            stored = {n for n in found if self._rows[n].story == story}
            self._members[story] = stored | {n for n in self._assigned if self._rows[n].story == story}
        return self._members[story]

    def assign(self, article: int, story: int | None) -> None:
        row = self._rows[article]
        for head in {row.story, story} - {None}:
            assert head is not None
            self.members(head)
        if row.story is not None:
            self._members[row.story].discard(article)
        if story is not None:
            self._members[story].add(article)
        row.story = story
        self._assigned.add(article)

    def write(self, touched: Iterable[int]) -> None:
        """Write the places of articles, and note the stories that became other ones; one that begins is none yet."""
        self._db.run_many(
            "UPDATE story SET story = ? WHERE article = ?",
            [(self._rows[n].story, n) for n in sorted(self._assigned)],
        )
        condition, value = self._db.in_("story", touched)
        noted = {n for (n,) in self._db.all(f"SELECT story FROM story_change WHERE {condition}", (value,))}
        grown = sorted(story for story in touched if story in noted or len(self.members(story)) > 1)
        for n, story in enumerate(grown, change_position(self._db) + 1):
            self._db.run(
                "INSERT INTO story_change (n, story) VALUES (?, ?) ON CONFLICT (story) DO UPDATE SET n = excluded.n",
                (n, story),
            )


def change_position(db: Db) -> int:
    """Return a number that grows with each revision and each change of a story: at least the last seq times CHANGES_A_SEQ."""
    (last,) = db.row("SELECT coalesce(max(n), 0) FROM story_change")
    return max(int(last), change_log.top(db) * CHANGES_A_SEQ)


def keep_sketches(db: Db, window: StoryWindow, sketches: Sequence[StorySketch]) -> int:
    """Keep the sketches of revisions that are the latest still, and place their articles. Return how many."""
    if not sketches:
        return 0
    _keep_version(db, sketches[0].version)
    condition, value = db.in_("id", {sketch.id for sketch in sketches})
    there = {
        (id_, latest): Sketched(n, id_, *rest)
        for n, id_, *rest, latest in db.all(
            f"SELECT n, id, source, origin, {_COPY}, latest FROM article WHERE {condition} AND purged = 0",
            (value,),
        )
    }
    fresh = {there[key].article: sketch for sketch in sketches if (key := (sketch.id, sketch.seq)) in there}
    if not fresh:
        return 0
    rows = {row.article: row for row in there.values() if row.article in fresh}
    changed = set(fresh) | _cut(db, fresh) | _new_copies(db, rows)
    added = [WindowRow(n, row.origin, fresh[n].vector, fresh[n].keys, row.source) for n, row in rows.items()]
    scores = _compare(db, window, added)
    _insert(db, rows, fresh)
    window.written(db, added)
    both_ways = scores | {(b, a): score for (a, b), score in scores.items()}
    db.insert(
        "story_edge",
        ("a", "b", "score"),
        [(a, b, score) for (a, b), score in sorted(both_ways.items())],
        "ON CONFLICT (a, b) DO UPDATE SET score = excluded.score",
    )
    _place(db, changed | {b for _, b in scores})  # of a revised article the neighbours may be other ones
    return len(fresh)


def forget_sketches(db: Db, articles: Iterable[int]) -> None:
    """Forget articles that are purged, and place anew what depended on them."""
    gone = set(articles)
    condition, value = db.in_("article", gone)
    if not gone or not db.one(f"SELECT 1 FROM story WHERE {condition}", (value,)):
        return
    db.run(f"UPDATE story SET copy = 1 WHERE {condition}", (value,))
    _place(db, gone)
    _cut(db, gone)
    for table in ("story", "story_vector"):
        db.run(f"DELETE FROM {table} WHERE {condition}", (value,))
    change_mark(db)


def clear(db: Db) -> None:
    """Forget everything, so that it is made again. Changes are numbered on from the last one: readers of them have come so far."""
    for table in TABLES:
        kept = " WHERE n < (SELECT max(n) FROM story_change)" if table == "story_change" else ""
        db.run(f"DELETE FROM {table}{kept}")
    change_mark(db)


def _keep_version(db: Db, version: str) -> None:
    if meta.get(db, VERSION) != version:
        clear(db)
        meta.put(db, VERSION, version)


def _cut(db: Db, articles: Iterable[int]) -> set[int]:
    """Take the edges of articles away. Return those at their other ends."""
    condition, value = db.in_("a", articles)
    others = {b for (b,) in db.all(f"DELETE FROM story_edge WHERE {condition} RETURNING b", (value,))}
    condition, value = db.in_("b", articles)
    db.run(f"DELETE FROM story_edge WHERE {condition}", (value,))
    return others


def _new_copies(db: Db, rows: dict[int, Sketched]) -> set[int]:
    """Put right which sketched articles are copies, in the clusters of these and among the copies around. Return which changed."""
    condition, value = db.in_("mine.n", rows)
    origins = [row.origin for row in rows.values()]
    changed = {
        n
        for (n,) in db.all(
            "SELECT story.article FROM article AS mine JOIN article ON article.cluster = mine.cluster"
            f" JOIN story ON story.article = article.n WHERE {condition} AND copy <> {_COPY}"
            " UNION SELECT story.article FROM story JOIN article ON n = story.article"
            f" WHERE story.origin BETWEEN ? AND ? AND copy = 1 AND {_COPY} = 0",
            (value, min(origins) - _WINDOW_MICROS, max(origins) + _WINDOW_MICROS),
        )
    }
    condition, value = db.in_("article", changed)
    if changed:
        db.run(f"UPDATE story SET copy = 1 - copy WHERE {condition}", (value,))
    return changed


def _insert(db: Db, rows: dict[int, Sketched], fresh: dict[int, StorySketch]) -> None:
    db.insert(
        "story",
        ("article", "seq", "origin", "copy", "keys"),
        [(n, fresh[n].seq, row.origin, row.copy, fresh[n].keys) for n, row in rows.items()],
        "ON CONFLICT (article) DO UPDATE SET seq = excluded.seq, copy = excluded.copy, keys = excluded.keys",
    )
    db.run_many(
        "INSERT INTO story_vector (origin, article, vector) VALUES (?, ?, ?)"
        " ON CONFLICT (origin, article) DO UPDATE SET vector = excluded.vector",
        [(row.origin, n, fresh[n].vector) for n, row in rows.items()],
    )


def _compare(db: Db, window: StoryWindow, added: Sequence[WindowRow]) -> dict[tuple[int, int], float]:
    """Return the scores of pairs that are alike, of added articles with all in their windows."""
    origins = [row.origin for row in added]
    held = window.read(db, min(origins) - _WINDOW_MICROS, max(origins) + _WINDOW_MICROS)
    for row in added:
        held.put(row)
    scores: dict[tuple[int, int], float] = {}
    for row in added:
        if not row.keys:  # a copy
            continue
        keys = unpack_keys(row.keys)
        for other, cosine in held.vectors.near(row.vector, row.origin, within=_WINDOW_MICROS).items():
            if other != row.article:
                line, source = held.texts[other]
                score = pair_score(cosine, keys, unpack_keys(line), same_source=source == row.source).score
                if score >= POSSIBLY:
                    scores[row.article, other] = score
    return scores


def _place(db: Db, changed: Iterable[int]) -> None:
    graph = StoredStories(db)
    graph.read(changed)
    graph.write(regroup(graph, [n for n in changed if graph.known(n)]))
