"""Bring an arrival into a store: prepared without it, decided by scraper.dedupe.decide, written through its index.

``prepare`` does what costs time and asks nobody; ``place`` decides and writes, and runs inside the store's transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from scraper import urls
from scraper.codec import Struct, replace
from scraper.dedupe import decide, fingerprint
from scraper.errors import StoreError
from scraper.model import ExtractedArticle, Record
from storage import records
from storage.checksums import DamagedLine
from storage.cluster_graph import ClusterRole, placed
from storage.line import record_line
from storage.model import Outcome
from storage.timestamps import to_millisecond


class Arrival(Struct, frozen=True):
    """A draft, what may recognise it (strongest first), and what is compared of it."""

    draft: Record
    keys: tuple[str, ...]
    prints: fingerprint.Fingerprint


class Placed(Struct, frozen=True):
    """What became of an arrival: the record and its line, unless it says nothing new."""

    verdict: decide.Verdict
    record: Record | None = None
    line: bytes = b""


def outcome(batch: Sequence[Placed]) -> Outcome:
    """Count what became of a batch."""
    stored = tuple(each.record for each in batch if each.record is not None)
    counts = Counter(each.verdict for each in batch)
    return Outcome(
        new=counts["new"],
        revised=counts["revised"],
        unchanged=counts["unchanged"],
        duplicates=sum(record.duplicate_of is not None for record in stored),
        records=stored,
    )


class Index(Protocol):
    """What a store knows, as far as an arrival needs it; articles by their numbers."""

    def matches(self, keys: Sequence[str]) -> list[decide.StoredArticle]:
        """Return the articles that these keys name, strongest key first, each once."""

    def known(self, key: str, article: int) -> decide.StoredArticle: ...

    def number_of(self, article_id: str) -> int | None: ...

    def next_number(self) -> int: ...

    def unindex(self, article: int, latest: Record) -> None:
        """Take an article's present text out of all indexes, before another text takes its place."""

    def index(self, article: int, draft: Record, seq: int, prints: fingerprint.Fingerprint) -> None:
        """Write the article's row, and its text in all indexes."""

    def cluster_role(self, article: int) -> ClusterRole: ...

    def insert(self, article: int, record: Record, line: bytes, day: str, *, why: str) -> None:
        """One line of the change log."""

    def keep_keys(self, keys: Iterable[str], article: int) -> None: ...


def new_record(found: ExtractedArticle) -> Arrival:
    """Return what the pipeline found."""
    draft = records.compose(found)
    return prepare(draft, (*found.keys, *keys_of(draft)))


def prepare(draft: Record, keys: tuple[str, ...] | None = None) -> Arrival:
    """Return a draft with its keys and what is compared of it."""
    keys = keys_of(draft) if keys is None else _storable(keys)
    return Arrival(draft, keys, fingerprint.fingerprint(draft.title, draft.body))


def merged(
    lines: Iterable[Mapping[str, Any] | StoreError | None], refused: list[str], *, now: datetime
) -> Iterator[Arrival]:
    """Other people's records, in their order; what is no record is told in ``refused`` by its number and reason."""
    for number, line in enumerate(lines, 1):
        if line is None:
            continue
        try:
            if isinstance(line, StoreError):
                raise line
            yield prepare(records.adopt(line, now=now))
        except StoreError as e:
            refused.append(f"line {number}: {e}")


def keys_of(draft: Record) -> tuple[str, ...]:
    """Everything that may recognise this record again, strongest first."""
    own = records.import_key(draft)
    keys = urls.identity_keys(draft.source, (draft.url, *draft.urls), draft.feed.guid)
    return _storable((own, *keys) if own else keys)


def _storable(keys: Iterable[str]) -> tuple[str, ...]:
    """Return keys without NUL: a guid is whatever a feed says."""
    return tuple(dict.fromkeys(key.replace("\0", "") for key in keys))


def place(index: Index, arrival: Arrival, seq: int, day: str) -> Placed:
    """Decide what one arrival is and write it, as ``seq`` if it says anything new."""
    try:
        return _place(index, arrival, seq, day)
    except DamagedLine:
        # Known, and what is known of it cannot be read (``verify`` names it): nothing is stored twice, others go on.
        return Placed("unchanged")


def _place(index: Index, arrival: Arrival, seq: int, day: str) -> Placed:
    draft, keys, prints = arrival.draft, arrival.keys, arrival.prints
    decision = decide.decide(draft, prints, index.matches(keys))
    if decision.own_address:
        draft = at_canonical_url(draft)
        keys = keys_of(draft)
    if decision.known is None and (twin := index.number_of(draft.id)) is not None:
        # two addresses, one id: only a foreign line that names an id can do this
        decision = decide.decide_known(
            draft, prints, index.known("i:" + draft.id, twin), f"known by its id {draft.id}"
        )
    known = decision.known
    if known is None:
        n = index.next_number()
        draft = replace(draft, revision=1)
    elif decision.verdict == "unchanged":
        index.keep_keys(keys, known.number)
        return Placed("unchanged")
    else:
        n, latest = known.number, known.latest
        addresses = dict.fromkeys((*latest.urls, *draft.urls, draft.url))
        index.unindex(n, latest)
        draft = replace(
            draft,
            revision=latest.revision + 1,
            id=latest.id,
            source=latest.source,
            country=draft.country or latest.country,
            url=latest.url,
            link=draft.link or latest.link,
            urls=tuple(u for u in addresses if u != latest.url)[: records.MAX_ALIASES],
            first_seen=to_millisecond(min(latest.first_seen, draft.first_seen)),
        )
    index.index(n, draft, seq, prints)
    role = index.cluster_role(n)
    record = placed(replace(draft, seq=seq, hash=prints.hash), role)
    line = record_line(record)
    index.insert(n, record, line, day, why=decision.why)
    index.keep_keys(keys, n)
    return Placed(decision.verdict, record, line)


def at_canonical_url(draft: Record) -> Record:
    """Return the draft filed under the page's own address, its canonical link forgotten."""
    own = next((c for u in draft.urls if (c := urls.canonical_or_none(u)) and c != draft.url), draft.url)
    warnings = (*draft.extraction.warnings, "canonical_disbelieved")
    return replace(
        draft,
        url=own,
        id=urls.article_id(own),
        urls=tuple(u for u in draft.urls if u != own),
        extraction=replace(draft.extraction, warnings=warnings),
    )
