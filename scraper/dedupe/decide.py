"""Decide if an arrival is a known article, a new revision of it, or a new article. Pure.

``recognise`` finds the article that an arrival belongs to, ``decide_known`` says if it brings anything new; copies are
``near_duplicate``'s. Every answer carries its reason in words. Nothing is ever merged or deleted because texts agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from scraper import urls
from scraper.codec import Struct
from scraper.dedupe import near_duplicate, similarity
from scraper.dedupe.fingerprint import Fingerprint, fingerprint
from scraper.model import Record

REEXTRACTED = "reextracted"  # the warning of a revision that today's code made of an old page
FLIP_FLOP = timedelta(hours=6)  # two copies that take turns at one address are not news each time
MIN_AGREEMENT = 0.3  # share of the shorter text that must be found in the other before a weak key is believed
MIN_TITLE_AGREEMENT = 0.5

Verdict = Literal["new", "revised", "unchanged"]


class StoredArticle(Struct, frozen=True, kw_only=True):
    """A stored article that shares a key with an arrival: its latest revision and the hashes of all."""

    number: int
    key: str
    latest: Record
    hashes: tuple[str, ...]


class Decision(Struct, frozen=True, kw_only=True):
    """The answer to what an arrival is: ``known`` is the article it belongs to (None for a new one); ``why`` says it in words."""

    verdict: Verdict
    why: str
    known: StoredArticle | None = None
    # the canonical link was not believed: the article is filed under its own address
    own_address: bool = False


# ------------------------------------------------------------------------------------------ same article? new revision?


def decide(draft: Record, prints: Fingerprint, matches: Sequence[StoredArticle]) -> Decision:
    """Decide what an arrival is, given the articles that share a key with it, strongest key first."""
    for known in matches:
        if reason := recognise(draft, prints, known):
            return decide_known(draft, prints, known, reason)
    disbelieved = any(known.key == "u:" + draft.url.removeprefix("https://") for known in matches)
    if disbelieved:
        why = "new: its canonical link names another article with another text, so it is filed under its own address"
        return Decision(verdict="new", why=why, own_address=True)
    if matches:
        return Decision(verdict="new", why=f"new: it shares only {matches[0].key} with another text")
    return Decision(verdict="new", why="new: none of its addresses was known")


def recognise(draft: Record, prints: Fingerprint, known: StoredArticle) -> str | None:
    """Return why an arrival is a known article, or None.

    An address that led here proves it. A canonical link that pages with other addresses claimed too, an article number
    or a guid needs texts that agree: templates, id spaces and guids have all been wrong.
    """
    claimed = known.key == "u:" + draft.url.removeprefix("https://") and draft.urls
    if urls.is_strong(known.key) and not claimed:
        return f"known by {known.key}"
    if claimed:
        own = set(urls.identity_keys(draft.source, draft.urls))
        theirs = urls.identity_keys(known.latest.source, (known.latest.url, *known.latest.urls))
        if known.key in own or own & {key for key in theirs if urls.is_strong(key)}:
            return f"known by {known.key}"
    agreed = agreement(prints, known.latest)
    return f"known by {known.key}, and {agreed}" if agreed else None


def agreement(prints: Fingerprint, other: Record) -> str | None:
    """Return in words how far two texts agree; None if not far enough to be one article."""
    if prints.hash == other.hash:  # of a purged article only the hash is left
        return "the texts are equal"
    theirs = fingerprint(other.title, other.body)
    if prints.hash == theirs.hash:
        return "the texts are equal"
    like = similarity.similarity_of(prints.body, theirs.body)
    if near_duplicate.is_next_instalment(like) or near_duplicate.differ_only_in_numbers(
        prints.title, theirs.title
    ):
        return None  # a feed that gives every day's bulletin one guid
    if like.similarity >= MIN_AGREEMENT:
        return f"{like.similarity:.0%} of the text agrees"
    shorter = min(len(set(prints.title)), len(set(theirs.title)))
    shared = len(set(prints.title) & set(theirs.title))
    if shorter >= 3 and shared / shorter >= MIN_TITLE_AGREEMENT:
        return f"{shared} of {shorter} words of the title agree"
    return None


def decide_known(draft: Record, prints: Fingerprint, known: StoredArticle, reason: str) -> Decision:
    """Decide if an arrival of a known article says something new."""
    latest = known.latest
    ours = REEXTRACTED in draft.extraction.warnings
    unchanged: str | None = None
    same_text = prints.hash == latest.hash or prints.hash == _hash_today(latest)
    if latest.purged:
        unchanged = "it was purged, and stays so"
    elif same_text and (draft.status, draft.moved_to) == (latest.status, latest.moved_to):
        unchanged = "nothing of the text changed"
    elif ours:
        why = f"{reason}; reextracted from the archived page: {what_changed(draft, latest)} changed by our code, not by the source"
        return Decision(verdict="revised", why=why, known=known)
    elif prints.hash in known.hashes and draft.fetched <= latest.fetched:
        unchanged = "this revision is already stored"
    elif (
        not same_text
        and len(known.hashes) > 1
        and prints.hash == known.hashes[-2]
        and draft.fetched - latest.fetched < FLIP_FLOP
    ):
        unchanged = "two versions take turns"
    elif not draft.body and latest.body:
        unchanged = "this time no text was found"
    elif draft.extraction.method == "feed" and latest.extraction.method not in ("feed", "none"):
        unchanged = "the feed's text does not replace the page's"
    if unchanged:
        return Decision(verdict="unchanged", why=f"{reason}; {unchanged}", known=known)
    return Decision(verdict="revised", why=f"{reason}; {what_changed(draft, latest)} changed", known=known)


def _hash_today(latest: Record) -> str | None:
    """Return the hash of a stored text by this version's folding: an older version's hash may differ without any news."""
    return None if latest.purged else fingerprint(latest.title, latest.body).hash


def what_changed(draft: Record, latest: Record) -> str:
    """Name the parts that differ."""
    new, old = fingerprint(draft.title, draft.body), fingerprint(latest.title, latest.body)
    parts = [
        name
        for name, differs in (("title", new.title != old.title), ("text", new.body != old.body))
        if differs
    ]
    parts += [name for name in ("published", "authors") if getattr(draft, name) != getattr(latest, name)]
    if (draft.status, draft.moved_to) != (latest.status, latest.moved_to):
        parts.append(f"status (to {' '.join(filter(None, (draft.status, draft.moved_to)))})")
    return ", ".join(parts) or "typography"


# ------------------------------------------------------------------------------------------ clusters

_CLOCK_TIME = re.compile(r"\d\s*:\s*\d\d|\dT\d\d|\d{9,}")
_DAY = timedelta(days=1)


def origin(published: datetime | None, published_raw: str | None, first_seen: datetime) -> datetime:
    """Return when an article was first published, as far as can be told; "the earliest of a cluster" goes by it.

    Nothing is published after it was seen. A date without a time of day may mean any moment of its day, so the last.
    """
    if published is None:
        return first_seen
    if published_raw and not _CLOCK_TIME.search(published_raw):
        published += _DAY
    return min(published, first_seen)
