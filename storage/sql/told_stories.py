"""List stories across languages with their members, say why articles are in them, and what is not sketched yet. Nothing here writes."""

# ruff: noqa: S608  (statements are built from constants and placeholders only)

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from scraper.model import Record
from scraper.stories.keys import names_as_printed, unpack_keys
from scraper.stories.score import pair_score
from storage.model import StoryDetail, StoryFilter, StoryLink, StoryMember, ToldStory
from storage.sql import articles
from storage.sql.dialect import Db
from storage.timestamps import from_micros, to_micros

MAX_LINKS = 60  # of one story that are explained
MAX_POSSIBLY = 20  # that are shown
_NEVER = 1 << 62


def told_stories(
    db: Db, wanted: StoryFilter, limit: int, after: tuple[datetime, str] | None
) -> list[ToldStory]:
    """Return a page of stories, those that grew last first. ``after``: when the last one of the page before grew, and its id."""
    heads = _heads(db, wanted)
    ids = _ids(db, heads)
    order = sorted(((-grown, ids[head], head) for head, grown in heads.items() if head in ids))
    if after is not None:
        order = [row for row in order if row[:2] > (-to_micros(after[0]), after[1])]
    return stories_of(db, [head for *_, head in order[:limit]], wanted.country_of)


def _heads(db: Db, wanted: StoryFilter) -> dict[int, int]:
    """Return the stories that pass, and when each grew last."""
    since, until = (
        to_micros(at) if at else bound for at, bound in ((wanted.since, 0), (wanted.until, _NEVER))
    )
    sources: dict[int, set[str]] = defaultdict(set)
    grown: dict[int, int] = {}
    for story, source, origin in db.all(
        "SELECT story.story, source, story.origin FROM story JOIN article ON n = article WHERE story.story IN"
        " (SELECT story FROM story WHERE origin >= ? AND origin < ? AND story IS NOT NULL)",
        (since, until),
    ):
        sources[story].add(source)
        grown[story] = max(origin, grown.get(story, 0))
    return {story: grown[story] for story, told in sources.items() if _passes(told, wanted)}


def _ids(db: Db, numbers: Iterable[int]) -> dict[int, str]:
    condition, value = db.in_("n", numbers)
    return dict(db.all(f"SELECT n, id FROM article WHERE {condition}", (value,)))


def _passes(told: set[str], wanted: StoryFilter) -> bool:
    if len(told) < wanted.min_outlets or (wanted.sources and told.isdisjoint(wanted.sources)):
        return False
    countries = {code for source in told if (code := wanted.country_of.get(source))}
    return len(countries) >= wanted.min_countries and countries.issuperset(wanted.countries)


def stories_of(db: Db, heads: Iterable[int], country_of: Mapping[str, str]) -> list[ToldStory]:
    """Return stories by their first members, in that order; those that are no more are left out."""
    heads = list(heads)
    condition, value = db.in_("story", heads)
    members: dict[int, list[int]] = defaultdict(list)
    for story, n in db.all(
        f"SELECT story, n FROM story JOIN article ON n = article WHERE {condition} ORDER BY article.origin, id",
        (value,),
    ):
        members[story].append(n)
    told = _members(db, [n for some in members.values() for n in some], country_of)
    return [
        _story([told[n] for n in members[head] if n in told]) for head in heads if told.keys() & members[head]
    ]


def _story(members: list[StoryMember]) -> ToldStory:
    return ToldStory(
        id=members[0].id,
        title=members[0].title,
        first=members[0].origin,
        grown=members[-1].origin,
        outlets=len({member.source for member in members}),
        countries=tuple(sorted({member.country for member in members if member.country})),
        members=tuple(members),
    )


def _members(db: Db, numbers: list[int], country_of: Mapping[str, str]) -> dict[int, StoryMember]:
    records = articles.latest_records(db, numbers, lambda _: None)
    condition, value = db.in_("n", numbers)
    rows = db.all(
        "SELECT n, origin, (SELECT count(*) - 1 FROM article AS other WHERE other.cluster = article.cluster)"
        f" FROM article WHERE {condition}",
        (value,),
    )
    return {
        n: _member(records[n], origin, max(copies, 0), country_of)
        for n, origin, copies in rows
        if n in records
    }


def _member(record: Record, origin: int, copies: int, country_of: Mapping[str, str]) -> StoryMember:
    return StoryMember(
        id=record.id,
        source=record.source,
        country=country_of.get(record.source),
        language=record.language,
        title=record.title,
        url=record.url,
        published=record.published,
        first_seen=record.first_seen,
        origin=from_micros(origin),
        copies=copies,
    )


# ------------------------------------------------------------------------------------------ evidence


def told_story(db: Db, id_or_url: str, country_of: Mapping[str, str]) -> StoryDetail | None:
    """Return the story that an article is in, with its evidence; None for what is not sketched."""
    n = articles.find_number(db, id_or_url)
    row = db.one("SELECT coalesce(mine.story, head.story) FROM article LEFT JOIN story AS mine ON mine.article = n"
                 " LEFT JOIN story AS head ON head.article = cluster WHERE n = ?", (n,)) if n is not None else None  # fmt: skip
    found = stories_of(db, [row[0]], country_of) if row and row[0] is not None else []
    if not found:
        return None
    members = [m for (m,) in db.all("SELECT article FROM story WHERE story = ?", (row[0] if row else None,))]
    condition, value = db.in_("a", members)
    edges = db.all(
        f"SELECT a, b, score FROM story_edge WHERE {condition} ORDER BY score DESC, a, b", (value,)
    )
    inside = [(a, b) for a, b, _ in edges if a < b and b in members][:MAX_LINKS]
    alike = list(dict.fromkeys(b for _, b, _ in edges if b not in members))
    outside = alike[:MAX_POSSIBLY]
    condition, value = db.in_("article", outside)
    apart = (
        [b for (b,) in db.all(f"SELECT article FROM story WHERE copy = 0 AND {condition}", (value,))]
        if outside
        else []
    )
    others = _members(db, apart, country_of)
    return StoryDetail(
        story=found[0],
        links=tuple(links(db, inside)),
        possibly=tuple(others[n] for n in outside if n in others),
        carriers=_carriers(db, [*members, *alike]),
    )


def _carriers(db: Db, articles: Iterable[int]) -> tuple[str, ...]:
    """Return the sources of articles and of their copies."""
    condition, value = db.in_("one.n", articles)
    found = db.all(
        "SELECT DISTINCT other.source FROM article AS one JOIN article AS other ON other.n = one.n OR other.cluster = one.cluster"
        f" WHERE {condition} AND other.purged = 0",
        (value,),
    )
    return tuple(sorted(source for (source,) in found))


def links(db: Db, pairs: Iterable[tuple[int, int]]) -> list[StoryLink]:
    """Return the evidence of pairs of sketched articles."""
    from scraper.stories.vectors import VectorWindow

    pairs = list(pairs)
    numbers = sorted({n for pair in pairs for n in pair})
    records = articles.latest_records(db, numbers, lambda _: None)
    condition, value = db.in_("story.article", numbers)
    rows = {
        n: (unpack_keys(keys), bytes(vector))
        for n, keys, vector in db.all(
            "SELECT story.article, keys, vector FROM story JOIN story_vector AS v ON v.origin = story.origin"
            f" AND v.article = story.article WHERE {condition}",
            (value,),
        )
    }
    printed = {n: names_as_printed(r.title or "", r.body, (r.language or "")[:2]) for n, r in records.items()}
    found: list[StoryLink] = []
    for a, b in pairs:
        if not ({a, b} <= rows.keys() and {a, b} <= records.keys()):
            continue
        (keys, vector), (other_keys, other_vector) = rows[a], rows[b]
        same_source = records[a].source == records[b].source
        score = pair_score(
            float(VectorWindow([other_vector]).cosines(vector)[0]), keys, other_keys, same_source=same_source
        )
        names = tuple((printed[a].get(name, name), printed[b].get(name, name)) for name in score.names)
        found.append(
            StoryLink(
                a=records[a].id, b=records[b].id, score=score.score, cosine=score.cosine,
                names=tuple(dict.fromkeys(names)), numbers=score.numbers, concepts=score.concepts, against=score.against,
            )
        )  # fmt: skip
    return found


def near_pairs(db: Db, since: datetime, low: float, high: float) -> list[StoryLink]:
    """Return the pairs of two sources whose score is between, with their evidence: for a person to judge."""
    found = db.all(
        "SELECT a, b FROM story_edge JOIN story AS mine ON mine.article = a JOIN story AS other ON other.article = b"
        " JOIN article AS one ON one.n = a JOIN article AS two ON two.n = b"
        " WHERE a < b AND score BETWEEN ? AND ? AND mine.origin >= ? AND mine.copy = 0 AND other.copy = 0"
        " AND one.source <> two.source ORDER BY a, b LIMIT 1000",
        (low, high, to_micros(since)),
    )
    return links(db, [(a, b) for a, b in found])


# ------------------------------------------------------------------------------------------ what is to do


_BEHIND = (
    " FROM line JOIN article ON latest = line.seq LEFT JOIN story ON story.article = n AND story.seq = latest"
    " WHERE purged = 0 AND day >= ? AND"
    " (story.article IS NULL OR keys = '' AND coalesce(article.cluster, n) = n)"  # it was a copy
)


def story_backlog(db: Db, since: date) -> int:
    """Return how many articles whose latest revision came from that day on are not sketched."""
    return int(db.row(f"SELECT count(*){_BEHIND}", (since.isoformat(),))[0])


def unsketched(db: Db, since: date, after: int, limit: int) -> list[Record]:
    """Return the next of these articles, behind a seq, in seq order; damaged lines are passed over."""
    found: dict[int, Record] = {}
    while not found:
        rows = db.all(
            f"SELECT n, line.seq{_BEHIND} AND line.seq > ? ORDER BY line.seq LIMIT ?",
            (since.isoformat(), after, limit),
        )
        if not rows:
            break
        found = articles.readable_records(db, [n for n, _ in rows], lambda _: None)
        after = rows[-1][1]
    return sorted(found.values(), key=lambda record: record.seq)


def story_changes(
    db: Db, after: int, limit: int, country_of: Mapping[str, str]
) -> list[tuple[int, ToldStory]]:
    """Return the stories that became other ones behind a number, in the order of their last change, with its number."""
    after = min(after, _NEVER)  # databases have no greater numbers
    changes: list[tuple[int, ToldStory]] = []
    while len(changes) < limit:  # many are gone: fewer than a page would be taken for the end
        rows = db.all("SELECT story, n FROM story_change WHERE n > ? ORDER BY n LIMIT ?", (after, limit))
        if not rows:
            break
        after = rows[-1][1]
        heads = [head for head, _ in rows]
        found = {story.id: story for story in stories_of(db, heads, country_of)}
        ids = _ids(db, heads)
        changes += [(n, found[ids[head]]) for head, n in rows if ids.get(head, "") in found]
    return changes[:limit]
