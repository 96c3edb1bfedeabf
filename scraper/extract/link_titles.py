"""Which part of a link's text is a headline: lists print times, kickers and hidden words in the same link. Pure."""

from __future__ import annotations

from scraper.extract import class_names, list_headings
from scraper.text.normalize import line

_UNSEEN = class_names.HIDDEN | class_names.META
_NO_TITLE = _UNSEEN | class_names.SOCIAL | class_names.ADVERT


def title_of(text: str, pieces: list[str], start: int, marks: list[tuple[int, int]]) -> tuple[str, bool]:
    """The headline among the parts of a link's ``text``, and whether a part is called so.

    Parts are what the inline elements directly in the link hold, and the text between them; an element that holds all
    of it is looked into.
    """
    if len(marks) == 2 and marks[1][1] < 0:
        # Half of them have one element, and it holds all of the text, or none of it.
        (begin, flags), (end, _) = marks
        inner = line("".join(pieces[max(begin, start) : end]))
        if not inner or inner == text:
            return text, flags & class_names.TITLE > 0 and not (flags & _UNSEEN or not inner)
    marks = [(max(at, start), mark) for at, mark in marks]
    for _, mark in marks:
        if mark > 0 and mark & class_names.TITLE:
            named = _innermost_title(pieces, marks)
            if named is not None:
                return named, True
            break
    outer = 0
    parts: list[tuple[str, int]] = []
    for _ in range(5):
        parts = _parts(pieces, start, marks, outer)
        if len(parts) != 1 or len(marks) < 3 or marks[0][1] < 0:
            break
        outer |= marks[0][1] & class_names.TITLE
        depth = 0
        for n, (_at, mark) in enumerate(marks):
            depth += 1 if mark >= 0 else -1
            if depth == 0:
                marks = marks[1:n] + marks[n + 1 :]
                break
        else:
            marks = marks[1:]
    for said, part in parts:
        if part & class_names.TITLE and not part & _UNSEEN:
            return said, True
    kept = [said for said, part in parts if not part & _NO_TITLE] or [said for said, _ in parts]
    if len(kept) > 1:
        # "Read also", "Sport" in an element of its own announces the headline.
        kept = [said for said in kept if list_headings.kind_of_heading(said) is None] or kept
        for said in kept:
            if said.count(" ") >= 3:
                return said, False
    return " ".join(kept), False


def _innermost_title(pieces: list[str], marks: list[tuple[int, int]]) -> str | None:
    """The first text of a few words in an element that is called a title and holds no other one of which that is true."""
    open_marks: list[tuple[int, int]] = []
    for at, mark in marks:
        if mark >= 0:
            open_marks.append((at, mark))
        elif open_marks:
            start, flags = open_marks.pop()
            if flags & class_names.TITLE and not any(m & _UNSEEN for _, m in [*open_marks, (0, flags)]):
                text = line("".join(pieces[start:at]))
                if text.count(" ") >= 2:
                    return text
    return None


def _parts(pieces: list[str], start: int, marks: list[tuple[int, int]], outer: int) -> list[tuple[str, int]]:
    """The texts that the outermost marks part, with their flags."""
    found: list[tuple[str, int]] = []
    depth, flags, at = 0, outer, start
    for position, mark in [*marks, (len(pieces), -2)]:
        if mark == -1:
            depth = max(depth - 1, 0)
            if depth:
                continue
        elif mark >= 0:
            depth += 1
            if depth > 1:
                flags |= mark & class_names.TITLE
                continue
        if position > at:
            text = line("".join(pieces[at:position]))
            if text:
                found.append((text, flags))
            at = position
        flags = max(mark, 0) | outer
    return found
