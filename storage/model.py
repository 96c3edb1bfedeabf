"""The values that a store takes and gives."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from scraper.codec import Struct
from scraper.model import Record


class Outcome(Struct, frozen=True, kw_only=True):
    """What one commit did. ``duplicates`` counts those of ``new`` and ``revised`` whose text an earlier article has too."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    duplicates: int = 0
    refused: tuple[str, ...] = ()  # lines of an import that are no records, and why
    records: tuple[Record, ...] = ()  # what was stored, in seq order

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__}
        )


class Purged(Struct, frozen=True, kw_only=True):
    """What a purge deleted: articles, their lines, and how many files were written anew for it."""

    articles: int = 0
    lines: int = 0
    files: int = 0


class PurgeSelection(Struct, frozen=True, kw_only=True):
    """Say what a purge is about: articles last fetched ``before`` a time, ``articles`` by id or address, all of a ``source``."""

    before: datetime | None = None
    articles: tuple[str, ...] = ()
    source: str | None = None

    @property
    def is_aged(self) -> bool:
        """True if only age dooms: then other old things go too, and what became young meanwhile stays."""
        return self.before is not None


class PurgeCandidate(Struct, frozen=True, kw_only=True):
    """An article that a purge would delete, with so many lines."""

    id: str
    source: str
    url: str
    title: str | None
    fetched: datetime
    lines: int


class Compacted(Struct, frozen=True, kw_only=True):
    """What was packed: files, their bytes before and after."""

    files: int = 0
    before: int = 0
    after: int = 0


class Stats(Struct, frozen=True, kw_only=True):
    """A store in numbers. ``projected`` is the last ``seq`` in the JSON files."""

    articles: int = 0
    purged: int = 0  # articles that were deleted for their age; not counted elsewhere here
    revisions: int = 0
    seq: int = 0
    projected: int = 0
    clusters: int = 0
    duplicates: int = 0
    sources: dict[str, int] = {}  # noqa: RUF012  (msgspec copies it)
    languages: dict[str, int] = {}  # noqa: RUF012  (msgspec copies it)
    first_day: str | None = None
    last_day: str | None = None
    failures: int = 0
    quarantined: int = 0
    database_bytes: int = 0
    json_bytes: int = 0


class FailureRecord(Struct, frozen=True, kw_only=True):
    """A failure as the store remembers it."""

    at: datetime
    source: str
    url: str | None
    code: str
    message: str


class Quarantined(Struct, frozen=True, kw_only=True):
    """A page that was given up."""

    url: str
    source: str
    at: datetime
    code: str
    message: str
    size: int


class Version(Struct, frozen=True, kw_only=True):
    """One revision and why it was stored."""

    seq: int
    revision: int
    fetched: datetime
    hash: str
    why: str
    title: str | None


class Member(Struct, frozen=True, kw_only=True):
    """One article of a cluster. ``alike`` are the members whose text it was compared with: id and similarity."""

    id: str
    source: str
    title: str | None
    url: str
    origin: datetime
    role: str | None
    similarity: float | None
    alike: dict[str, float] = {}  # noqa: RUF012  (msgspec copies it)


class Explanation(Struct, frozen=True, kw_only=True):
    """Why an article is what it is: its revisions with their reasons, its keys, its cluster from the earliest on."""

    id: str
    url: str
    source: str
    keys: tuple[str, ...]
    versions: tuple[Version, ...]
    cluster: str | None
    members: tuple[Member, ...]


SYNTAX = 'Words, "exact phrase", =exact, begin*, -without, OR, (brackets).'  # of a search


class Filter(Struct, frozen=True, kw_only=True):
    """What a search, a list or an export is narrowed to; empty values narrow nothing.

    ``within`` says where a search looks: in the articles' own "text", or in the "related" headlines they print. ``by`` names
    the clock by which lists are in order and times are meant: "seen", when the first revision was fetched, or "published", as
    far as that can be believed.
    """

    within: str = "text"
    sources: tuple[str, ...] = ()  # of one of these outlets
    languages: tuple[str, ...] = ()
    by: str = "seen"
    since: datetime | None = None  # then or later
    until: datetime | None = None  # before then
    cluster: str | None = None  # is a member of this cluster now
    has_related: bool = False


ANYTHING = Filter()


class Hit(Struct, frozen=True, kw_only=True):
    """A record that a search found; a higher score is better."""

    score: float
    record: Record


class Ranking(Struct, frozen=True, kw_only=True):
    """What a search found: the best ``hits`` of the ``ranked`` articles that were compared.

    ``complete`` says that these are all that have what was asked for; else they are the newest of more. ``damaged``: the
    seqs of hits that are left out because their lines are not what was stored.
    """

    hits: tuple[Hit, ...] = ()
    ranked: int = 0
    complete: bool = True
    damaged: tuple[int, ...] = ()


class Pointer(Struct, frozen=True, kw_only=True):
    """A headline printed with an article, and the stored article that it names, if there is one."""

    title: str
    url: str | None
    where: str
    kind: str
    article: str | None  # id
    by: str | None  # "url" or "title": how it was resolved


class Related(Struct, frozen=True, kw_only=True):
    """The headline graph around an article."""

    id: str
    title: str | None
    points_to: tuple[Pointer, ...]
    pointed_to_by: tuple[Record, ...]


class Cluster(Struct, frozen=True, kw_only=True):
    """Articles with nearly the same text, the earliest first."""

    id: str
    outlets: int
    members: tuple[Member, ...]


class Sighting(Struct, frozen=True, kw_only=True):
    """One article of a story in short. ``origin``: when it appeared."""

    id: str
    source: str
    origin: datetime
    language: str | None


class Story(Struct, frozen=True, kw_only=True):
    """An article, and everybody who carried its text, the earliest first: itself alone where nobody else did.

    ``cursor`` is the store's own number for its place; it means nothing but "before this one".
    """

    cursor: int
    record: Record
    sightings: tuple[Sighting, ...]


class BestStories(Struct, frozen=True, kw_only=True):
    """A page of the best hits of a search, copies folded into the best of them.

    ``ranked`` and ``complete`` as in ``Ranking``. ``more`` says that another page follows.
    """

    stories: tuple[Story, ...] = ()
    ranked: int = 0
    complete: bool = True
    more: bool = False


class FacetCount(Struct, frozen=True, kw_only=True, gc=False):
    """So many articles of one source in one language appeared on one day of the calendar that was asked for."""

    source: str
    language: str | None
    day: date
    articles: int


class StoryMember(Struct, frozen=True, kw_only=True):
    """An article of a story across languages; ``copies``: so many others have its text. ``country``: of its source, if known."""

    id: str
    source: str
    country: str | None = None
    language: str | None
    title: str | None
    url: str
    published: datetime | None
    first_seen: datetime
    origin: datetime  # when it appeared, as far as that can be believed
    copies: int = 0


class ToldStory(Struct, frozen=True, kw_only=True):
    """One event as several articles tell it, the earliest first; its id and title are those of the first.

    ``outlets`` counts the sources of its members, ``grown`` is when the last one appeared.
    """

    id: str
    title: str | None
    first: datetime
    grown: datetime
    outlets: int
    countries: tuple[str, ...] = ()
    members: tuple[StoryMember, ...] = ()


class StoryLink(Struct, frozen=True, kw_only=True):
    """Why two articles are alike: cosine of their vectors, shared names (as either prints them), numbers, concepts, what contradicts."""

    a: str  # id
    b: str
    score: float
    cosine: float
    names: tuple[tuple[str, str], ...] = ()
    numbers: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


class StoryDetail(Struct, frozen=True, kw_only=True):
    """A story with its evidence: the pairs of its members that are alike, and articles that possibly tell of it too.

    ``carriers``: the sources of all of them, and of the copies of their texts.
    """

    story: ToldStory
    links: tuple[StoryLink, ...] = ()
    possibly: tuple[StoryMember, ...] = ()
    carriers: tuple[str, ...] = ()


# a story's change has the number of the seq it came after times this, and more: one clock for both
CHANGES_A_SEQ = 1 << 16


class StoryFilter(Struct, frozen=True, kw_only=True):
    """Choose which stories are listed: with a member that appeared ``since`` (and one before ``until``), told by so many outlets, in
    so many countries, by one at least in each of the ``countries``, of any of the ``sources``. ``country_of`` says in which country a source is.
    """

    since: datetime | None = None
    until: datetime | None = None
    min_outlets: int = 1
    min_countries: int = 0
    countries: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    country_of: dict[str, str] = {}  # noqa: RUF012  (msgspec copies it)


# Classes of the time from publication to store, each up to and including its bound; one more class holds what took longer.
DELAY_BOUNDS = tuple(timedelta(minutes=m) for m in (5, 10, 15, 30, 60, 120, 360, 1440))


class Tally(Struct, frozen=True, gc=False):
    """The articles of one outlet in one language that were first seen on one day (UTC), after one delay.

    ``delay`` is a place in DELAY_BOUNDS (or one behind its end), None where nobody knows when they were published.
    ``copies``: of them, those whose text an earlier article had, as known on arrival. ``headlines``: printed with them.
    """

    day: str
    source: str
    language: str | None
    delay: int | None
    articles: int
    copies: int
    headlines: int


PAGE_ROWS = 1000


class Moved(Struct, frozen=True, kw_only=True):
    """What a copy did: rows that came over in this run, and what the store holds now."""

    rows: int
    articles: int
    lines: int


def no_progress(done: int, total: int) -> None:
    """Report progress to nobody."""
