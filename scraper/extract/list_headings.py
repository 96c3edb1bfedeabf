"""How blocks of other articles are headed, in the languages of the region and of the wire: heading -> kind. Pure.

A starting vocabulary: a heading alone proves nothing (half of the lists have none), but it names the kind, and it tells
a "read also" line between paragraphs from a sub-heading. ``kind_of`` and ``lead_in`` read headings of blocks that are
known to be lists; ``kind_of_heading`` and ``split_label`` read lines of which nothing is known, and want whole phrases.
"""

from __future__ import annotations

import re
from functools import lru_cache

from scraper.extract import vocabulary
from scraper.model import Kind
from scraper.text.normalize import fold

_KINDS: tuple[Kind, ...] = ("read_also", "related", "latest", "popular", "recommended", "sponsored")
_WORD = re.compile(r"\w+")
_LONGEST = 60
_MAX_WORDS_AFTER_OPENING = 5
# What parts a label from the headline that it announces on the same line; Armenian has a comma of its own for it.
_MARK = re.compile(r"\s*[:：։՝`|>»→►▶]\s*|\s+[-–—]\s+")
_LABEL_ENDS = " :–—-|►▶»→"
_LABEL_KINDS = frozenset(("read_also", "related", "recommended"))


def _key(text: str) -> str:
    return " ".join(_WORD.findall(fold(text)))


_PHRASES: dict[str, Kind] = {
    _key(phrase): kind for kind in _KINDS for phrase in vocabulary.phrases(f"list_heading.{kind}")
}
_SECTIONS = frozenset(map(_key, vocabulary.phrases("list_heading.section")))
# Headings that go on: "More from the region", "Latest in Politics".
_OPENINGS: dict[str, Kind] = {
    phrase: kind
    for kind in _KINDS
    if kind in vocabulary.table("list_opening")
    for phrase in vocabulary.phrases(f"list_opening.{kind}")
}
_SOURCE_NAMES = frozenset(map(_key, vocabulary.phrases("sources")))


def _first(text: str) -> str:
    """Return the first word, folded cheaply: most texts are told from headings by it."""
    word = _WORD.search(text)
    if word is None:
        return ""
    first = word[0].lower()
    if first.isascii():
        return first
    return first.replace("i\u0307", "i").replace("ı", "i").replace("եւ", "և").replace("եվ", "և")


_FIRST = frozenset(_first(phrase) for phrase in (*_PHRASES, *_OPENINGS, *_SECTIONS))


@lru_cache(maxsize=4096)
def kind_of(label: str) -> Kind | None:
    """Return the kind of block that a heading announces; None if it announces none that we know."""
    if len(label) > _LONGEST or _first(label) not in _FIRST:
        return None
    found = _key(label).split()
    for count in range(min(len(found), 7), 0, -1):
        kind = _PHRASES.get(" ".join(found[:count]))
        if kind is not None and (count == len(found) or len(found) - count <= max(1, count)):
            return kind
    return None


def lead_in(text: str, link: str = "") -> tuple[str, Kind] | None:
    """Return the heading that a line opens with ("Read also: ..."), and its kind. ``link`` is the text of the line's first link."""
    text = text.lstrip("([ ")
    label = text.partition(link)[0].strip(_LABEL_ENDS) if link else ""
    if label and (kind := kind_of_heading(label)) not in (None, "section"):
        return label, kind  # the page may set nothing but a style between label and link
    head, colon, _ = text[:_LONGEST].partition(":")
    if colon:
        kind = kind_of(head.strip())
        if kind is not None:
            return head.strip(), kind
    words = text[:_LONGEST].split()
    for count in range(min(4, len(words) - 1), 0, -1):
        head = " ".join(words[:count])
        kind = _PHRASES.get(_key(head))
        if kind == "read_also" or (kind is not None and count > 1):
            return head.rstrip(":-–— "), kind
    return None


def heads_sources(text: str) -> bool:
    """Whether a line heads what the text draws on."""
    return len(text) <= _LONGEST and _key(text) in _SOURCE_NAMES


def kind_of_heading(text: str) -> Kind | None:
    """Return the kind of block that a line heads if the whole line is a known heading, None if it is not."""
    if len(text) > _LONGEST or _first(text) not in _FIRST:
        return None
    key = _key(text)
    kind = _PHRASES.get(key)
    if kind is not None:
        return kind
    if key in _SECTIONS:
        return "section"
    parts = key.split()
    if 2 < len(parts) <= 2 + _MAX_WORDS_AFTER_OPENING:
        return _OPENINGS.get(" ".join(parts[:2]))
    return None


def split_label(text: str) -> tuple[str, Kind, str] | None:
    """(label, kind, headline) of a line such as "Read also: Bridge reopens"; None for any other line."""
    for found in _MARK.finditer(text, 0, _LONGEST):
        label, rest = text[: found.start()].strip(), text[found.end() :].strip()
        kind = _PHRASES.get(_key(label))
        # One word before a colon is a label only if it is a call to read: "Main: the law" is a sentence's beginning.
        if (
            kind in _LABEL_KINDS
            and kind is not None
            and len(rest) > 1
            and (kind == "read_also" or " " in label)
        ):
            return label, kind, rest
    return None
