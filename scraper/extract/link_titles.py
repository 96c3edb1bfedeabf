"""Tell which part of a link's text is a headline: lists print times, kickers, teasers and hidden words in the same link.

In: the pieces of a link's text, and marks where the inline elements in it begin and end. Out: the headline. Pure.
"""

from __future__ import annotations

from itertools import groupby

from scraper.codec import Struct
from scraper.extract import class_names, list_headings
from scraper.extract.headlines import is_counter
from scraper.text.normalize import one_line

CLOSE = -1  # the mark that ends an element; others are flags
EMPHASIS = 1 << 20  # bold type, and what a line break parts: alone it says little
_UNSEEN = class_names.HIDDEN | class_names.META
_NO_TITLE = _UNSEEN | class_names.SOCIAL | class_names.ADVERT
_MIN_BREAKS, _FEW_BREAKS = 3, 2  # spaces of a headline, and of a short one
_TEASER_END = frozenset(".…։。")
_MIN_TEASER = 40  # characters
_SENTENCE_END = frozenset(".!?…։。")
_CLOSING = '”»"’)'
_KICKER_END = frozenset(".:!?։。")


class _Part(Struct, gc=False):
    text: str
    flags: int
    typed: bool  # nothing but bold type or a line break parts it from others
    line: int


def title_of(text: str, pieces: list[str], start: int, marks: list[tuple[int, int]]) -> tuple[str, bool]:
    """Return the headline in a link's ``text``, and whether the page calls it a title."""
    if len(marks) == 2 and marks[1][1] == CLOSE and marks[0][1] != EMPHASIS:
        # Half of the links have one element, and it holds all of the text, or none of it.
        (begin, flags), (end, _) = marks
        inner = one_line("".join(pieces[max(begin, start) : end]))
        if not inner or inner == text:
            return text, flags & class_names.TITLE > 0 and not (flags & _UNSEEN or not inner)
    marks = [(max(at, start), mark) for at, mark in marks]
    named = _innermost_title(pieces, marks)
    if named is not None:
        return named, True
    parts = _parts(pieces, start, marks)
    for part in parts:
        if part.flags & class_names.TITLE and not part.flags & _UNSEEN:
            return part.text, True
    kept = [part for part in parts if not part.flags & _NO_TITLE] or parts
    # A number, "Read also", "Sport" in an element of its own counts or announces the headline.
    if len(kept) > 1:
        kept = [part for part in kept if part.typed or not is_counter(part.text.strip(".#)"))] or kept
        kept = [part for part in kept if list_headings.kind_of_heading(part.text) is None] or kept
    title = _without_teaser(kept)
    if title is None:
        whole = len(kept) == len(parts) and all(part.typed for part in parts)
        title = text if whole else " ".join([part.text for part in kept])
    return title, False


def is_teaser(title: str, rest: str) -> bool:
    """Return True if what follows a title tells more of the article: a sentence or two, longer than the title."""
    return (
        title.count(" ") >= _FEW_BREAKS
        and len(rest) >= max(_MIN_TEASER, len(title))
        and (rest.rstrip(_CLOSING)[-1:] in _SENTENCE_END or len(rest) > 2 * len(title))
    )


def _without_teaser(parts: list[_Part]) -> str | None:
    """Return the first part that is long enough to be a headline; None if all are, with a kicker that is a sentence."""
    for i, part in enumerate(parts[:-1]):
        rest = " ".join([other.text for other in parts[i + 1 :]])
        if (
            part.text[-1] in _KICKER_END
            and not part.text.endswith("..")
            and rest[-1] not in _SENTENCE_END
            and rest.count(" ") >= _FEW_BREAKS
            and not rest[0].isdigit()
        ):
            break  # "Changes. She left it all"
        if part.typed and parts[i + 1].typed:
            parted = part.flags & EMPHASIS or part.line != parts[i + 1].line
            if parted and is_teaser(part.text, rest) and rest.rstrip(_CLOSING)[-1:] in _TEASER_END:
                return part.text
            if part.flags & EMPHASIS and _is_new_sentence(part.text, rest):
                return part.text
        elif part.text.count(" ") >= _MIN_BREAKS or is_teaser(part.text, rest):
            return part.text
    else:
        typed = all(part.typed for part in parts[-2:])
        if parts and not typed and parts[-1].text.count(" ") >= _MIN_BREAKS:
            return parts[-1].text
    return None


def _is_new_sentence(title: str, rest: str) -> bool:
    """Return True if two runs of several words stand side by side, and the second begins like a sentence."""
    return (
        title.count(" ") >= _FEW_BREAKS
        and rest.count(" ") >= _MIN_BREAKS
        and title[-1].isalnum()
        and (not rest[0].islower() or "ა" <= rest[0] <= "ჿ")
    )


def _innermost_title(pieces: list[str], marks: list[tuple[int, int]]) -> str | None:
    """Return the first text of a few words in an element that is called a title and holds no other one so called."""
    opened: list[tuple[int, int]] = []
    for at, mark in marks:
        if mark != CLOSE:
            opened.append((at, mark))
        elif opened:
            begin, flags = opened.pop()
            if flags & class_names.TITLE and not any(m & _UNSEEN for _, m in [*opened, (0, flags)]):
                text = one_line("".join(pieces[begin:at]))
                if text.count(" ") >= _FEW_BREAKS:
                    return text
    return None


def _parts(pieces: list[str], start: int, marks: list[tuple[int, int]]) -> list[_Part]:
    """Return the texts that the outermost elements part, with their flags; an element that holds all is looked into."""
    leaves: list[
        tuple[str, list[int], int]
    ] = []  # texts between two marks, the open marks around each, the line
    path: list[int] = []
    at, lines = start, 0
    for i, (position, mark) in enumerate([*marks, (len(pieces), CLOSE)]):
        if position > at and not (text := "".join(pieces[at:position])).isspace():
            leaves.append((text, list(path), lines))
        elif path and mark == CLOSE and marks[path[-1]] == (position, EMPHASIS):
            lines += 1  # nothing in it: a line break
        at = max(at, position)
        if mark != CLOSE:
            path.append(i)
        elif path:
            path.pop()
    depth = 0
    while leaves and all(len(p) > depth and p[depth] == leaves[0][1][depth] for _, p, _ in leaves):
        depth += 1
    outer = _flags(marks, leaves[0][1][:depth]) if leaves else 0
    parts = []
    for (own, number), group in groupby(
        leaves, lambda leaf: (leaf[1][depth], 0) if len(leaf[1]) > depth else (-1, leaf[2])
    ):
        held = list(group)
        flags = outer | (0 if own < 0 else marks[own][1])
        for _, p, _ in held:
            flags |= _flags(marks, p[depth + 1 :])
        text = one_line("".join([said for said, _, _ in held]))
        parts.append(_Part(text, flags, own < 0 or marks[own][1] == EMPHASIS, number or held[0][2]))
    return [part for part in parts if part.text]


def _flags(marks: list[tuple[int, int]], path: list[int]) -> int:
    """Return whether one of the elements is called a title."""
    found = 0
    for i in path:
        found |= marks[i][1] & class_names.TITLE
    return found
