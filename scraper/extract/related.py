"""Headlines of other articles printed on a page: what stands after the body, and between its paragraphs.

In: a Layout, which blocks are body, the page's own addresses. Out: Headlines in page order, one for each target, each
with the heading of its list and the kind which that heading announces. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from scraper.extract import boilerplate, class_names, list_headings
from scraper.extract.blocks import Layout
from scraper.extract.headlines import PURE_STAMP, Addresses, identity, key
from scraper.extract.labels import Labels
from scraper.extract.links import Candidate, candidates, heads_teaser
from scraper.model import Headline, Kind, Where

MAX_HEADLINES = 200
_LINE_BLOCKS, _LINE_CHARS = 2, 40  # a headline with a date; a date, a section's name
_FEW_WORDS, _FEW_CHARS = 4.5, 30  # of key words, on the average
_FIRM = 3  # rank of what looks like a headline by itself
_LISTED, _LISTED_CHARS = 4, 40  # titles of a list, and their length on the average
_TEASED = 3  # headlines that must stand together where each opens a block of text
_SMALL = 3  # blocks: a part of a card, no column

_ANNOUNCED = frozenset(("read_also", "related", "recommended", "popular"))
_COLUMNS = re.compile(r"\bcol-(?:lg|md|xl)-(\d{1,2})\b")
_SIDE_COLUMNS = 5
_SIDES = frozenset(
    ("right", "left", "side", "rside", "lside", "rightside", "leftside", "rightbar", "leftbar", "sidepanel")
)


def extract(
    layout: Layout,
    body: Sequence[int],
    *,
    url: str | None,
    own: Sequence[str] = (),
    title: str | None = None,
    article_url: str | None = None,
    only: bool = False,
) -> tuple[Headline, ...]:
    """All headlines of a page whose body is the blocks ``body``. ``own`` are the article's own addresses.

    ``article_url`` is the outlet's pattern for addresses of articles. ``only``: take those in elements marked "related", whatever they look like, and no others.
    """
    if not body:
        return ()
    finder = _Finder(layout, body, url=url, own=own, title=title, article_url=article_url)
    return finder.find(only=only)


def _rank(candidate: Candidate) -> int:
    return candidate.rank


def _is_apart(candidate: Candidate, peers: list[Candidate]) -> bool:
    """A short linked heading that is unlike all the others is the name of their list."""
    tag = candidate.block.tag
    return all(peer.block.tag != tag for peer in peers[1:])


def _are_key_words(peers: list[Candidate]) -> bool:
    return sum([c.words for c in peers]) < _FEW_WORDS * len(peers) and sum(
        [len(c.title) for c in peers]
    ) < _FEW_CHARS * len(peers)


def _reads_like_news(run: list[Candidate]) -> bool:
    """Whether lines next to the text are long enough, and enough, that their addresses need not look like articles'."""
    return len(run) >= _LISTED and sum([len(c.title) for c in run]) >= _LISTED_CHARS * len(run)


def _is_side(style: str | None) -> bool:
    """Whether an element next to the text's stands beside it: called so, or less than half of a grid's twelve columns."""
    if not style:
        return False
    if not _SIDES.isdisjoint(style.lower().split()):
        return True
    if "col-" not in style:
        return False
    width = _COLUMNS.search(style)
    return width is not None and int(width[1]) <= _SIDE_COLUMNS


class _Finder:
    def __init__(
        self,
        layout: Layout,
        body: Sequence[int],
        *,
        url: str | None,
        own: Sequence[str],
        title: str | None,
        article_url: str | None,
    ) -> None:
        self.layout = layout
        self.body = frozenset(body)
        self.first, self.last = min(body), max(body)
        self.addresses = Addresses(url, article_url)
        self.mine = {identity(u) for u in (*own, url) if u}
        self.own_title = key(title or "")
        self.labels = Labels(layout, self.body, self.own_title)
        self.runs: dict[int, list[Candidate]] = {}  # of blocks: the headlines next to each other there
        self.found: dict[str, Headline] = {}
        self.titles: set[str] = set()

    def find(self, *, only: bool) -> tuple[Headline, ...]:
        inline: Sequence[int] = [i for i in range(self.first, self.last) if i not in self.body]
        trailing: Sequence[int] = range(self.last + 1, len(self.layout.blocks))
        if only:
            named = self.layout.blocks_marked("related")
            inline, trailing = [i for i in inline if i in named], [i for i in trailing if i in named]
        elif dropped := self.layout.blocks_marked("drop"):
            inline = [i for i in inline if i not in dropped]
            trailing = [i for i in trailing if i not in dropped]
        self._take(inline, self.first, "inline", trusted=only)
        self._take(trailing, self.last, "trailing", trusted=only)
        return tuple(self.found.values())

    def _take(self, places: Sequence[int], anchor: int, where: Where, *, trusted: bool) -> None:
        blocks, elements = self.layout.blocks, self.layout.elements
        around: dict[int, int] = {}
        targets: dict[str, list[Candidate]] = {}
        for i in places:
            block = blocks[i]
            if not block.links or (block.linked < 0.5 * len(block.text) and not heads_teaser(block)):
                continue
            if not trusted:
                flags = self._around(block.element, anchor, around)
                if flags & class_names.COMMENT or (
                    flags & class_names.SIDE and where == "trailing" and not flags & class_names.RELATED
                ):
                    continue
            for candidate in candidates(self.layout, block, self.addresses, where, trusted=trusted):
                targets.setdefault(identity(candidate.url), []).append(candidate)
        chosen = {}
        for target, group in targets.items():
            if target in self.mine or target in self.found:
                continue
            best = max(group, key=_rank) if len(group) > 1 else group[0]  # the first of the highest
            if best.rank > 0:
                chosen[target] = best
        # Lists, not single links, are what pages end with: count the company that each headline keeps.
        company: dict[int, list[Candidate]] = {}
        for candidate in chosen.values():
            e, left, size = candidate.block.element, 5, 0
            while e >= 0 and left:
                element = elements[e]
                if element.end - element.start != size:  # wrappers of the same blocks are one place
                    size = element.end - element.start
                    company.setdefault(e, []).append(candidate)
                    left -= 1
                e = element.parent
        self.runs = self._runs(chosen.values(), anchor)
        for target, candidate in chosen.items():
            if len(self.found) >= MAX_HEADLINES:
                break
            folded = key(candidate.title)
            if not folded or folded == self.own_title or folded in self.titles:
                continue
            if trusted:
                label, kind = candidate.label or self._label(candidate, anchor, company)
                verdict: tuple[str | None, Kind] | None = (label, kind or "related")
            else:
                verdict = self._verdict(candidate, anchor, where, company, around)
            if verdict is not None:
                label, kind = verdict
                if label is not None and PURE_STAMP.match(label):
                    label = None  # a card's date is not what its list is called
                self.titles.add(folded)
                address = candidate.url if "://" in candidate.url else None  # no base, no address
                self.found[target] = Headline(
                    title=candidate.title, url=address, where=where, label=label, kind=kind
                )

    def _runs(self, chosen: Iterable[Candidate], anchor: int) -> dict[int, list[Candidate]]:
        """Lists that no element holds: headlines, a line each, in the element in which the text stands as well."""
        blocks, elements = self.layout.blocks, self.layout.elements
        runs: dict[int, list[Candidate]] = {}
        run: list[Candidate] = []
        holder, end = -1, -1
        for candidate in chosen:
            e = candidate.block.element
            element = elements[e]
            if not element.start <= anchor < element.end:
                if element.end - element.start > _LINE_BLOCKS or element.parent < 0:
                    continue
                e = element.parent
                if not elements[e].start <= anchor < elements[e].end:
                    continue
            at = candidate.block.index
            between = blocks[end + 1 : at] if end >= 0 else ()
            if e != holder or len(between) > 1 or any(len(b.text) > _LINE_CHARS for b in between):
                run, holder = [], e
            run.append(candidate)
            runs[at] = run
            end = at
        return runs

    def _around(self, e: int, anchor: int, known: dict[int, int]) -> int:
        """The flags of the elements around a place that do not hold the body as well."""
        elements = self.layout.elements
        path: list[int] = []
        flags = 0
        while e >= 0:
            found = known.get(e)
            if found is not None:
                flags = found
                break
            element = elements[e]
            if element.start <= anchor < element.end:
                if path and _is_side(elements[path[-1]].style):
                    flags = class_names.SIDE
                break
            path.append(e)
            e = element.parent
        for e in reversed(path):
            element = elements[e]
            own = element.flags
            if (
                own & class_names.SIDE
                and element.end - element.start <= _SMALL
                and class_names.is_column(element.tag, element.names)
            ):
                own &= ~class_names.SIDE
            flags |= own
            known[e] = flags
        return flags

    def _verdict(
        self,
        candidate: Candidate,
        anchor: int,
        where: Where,
        company: dict[int, list[Candidate]],
        around: dict[int, int],
    ) -> tuple[str | None, Kind] | None:
        """The label and kind of a headline; None if it belongs to no list of other articles."""
        words = candidate.words
        if boilerplate.is_call(candidate.title) or (
            words <= 7
            and (
                list_headings.kind_of_heading(candidate.title) is not None
                or (
                    words <= 5
                    and (
                        boilerplate.is_label(candidate.title)
                        or list_headings.kind_of(candidate.title) is not None
                    )
                )
            )
        ):
            return None
        flags = self._around(candidate.block.element, anchor, around)
        peers = self._peers(candidate, anchor, company)
        count = len(peers)
        if words <= 3 and count > 2 and peers[0] is candidate and _is_apart(candidate, peers):
            return None
        if candidate.teased and count < _TEASED:
            return None
        label, kind = candidate.label or self._label(candidate, anchor, company)
        if (
            label is not None
            and kind is None
            and (boilerplate.is_label(label) or list_headings.heads_sources(label))
        ):
            return None
        # A section's name heads lists of services as well.
        firm = kind is not None and (kind != "section" or candidate.rank >= _FIRM or words > 5)
        named = firm or bool(flags & class_names.RELATED)
        if (count < 3 and (words < 2 or (flags & class_names.FORM and not named))) or (
            words < 2 and self._has_partner(candidate, company)
        ):
            return None
        if count < 2 and kind == "sponsored" and candidate.foreign:
            return None
        if flags & (class_names.NAV | class_names.FOOTER) and not (
            flags & class_names.RELATED or kind in _ANNOUNCED
        ):
            return None
        if not named:
            if where == "inline":
                # A link that has a line of the text to itself needs no slug to be a headline.
                if candidate.foreign or candidate.rank < (1 if words > 4 else 3):
                    return None
            elif candidate.rank < _FIRM and (
                candidate.foreign or not _reads_like_news(self.runs.get(candidate.block.index, []))
            ):
                return None
            if where == "trailing" and count < 2 and not (candidate.rank >= 5 and candidate.strong):
                return None
        weak = candidate.rank < (4 if kind in (None, "section") else _FIRM)
        if weak and words < 6 and count > 2 and _are_key_words(peers):
            return None
        if kind is None:
            kind = (
                "related" if label is None or flags & class_names.RELATED or where == "inline" else "section"
            )
        return label, kind

    def _label(
        self, candidate: Candidate, anchor: int, company: dict[int, list[Candidate]]
    ) -> tuple[str | None, Kind | None]:
        block = candidate.block
        run = self.runs.get(block.index)
        return self.labels.of(block, anchor, run[0].block.index if run else block.index, company)

    def _peers(
        self, candidate: Candidate, anchor: int, company: dict[int, list[Candidate]]
    ) -> list[Candidate]:
        """The headlines of the smallest list of three or more in which this one stands, else of the largest."""
        elements = self.layout.elements
        e = candidate.block.element
        best = [candidate]
        while e >= 0:
            element = elements[e]
            if element.start <= anchor < element.end:
                break
            here = company.get(e, best)
            if len(here) > len(best):
                best = here
                if len(best) > 2:
                    break
            e = element.parent
        run = self.runs.get(candidate.block.index, best)
        return run if len(run) > len(best) else best

    def _has_partner(self, candidate: Candidate, company: dict[int, list[Candidate]]) -> bool:
        """Whether one other headline shares a card with this one: a single word there names a section."""
        e = candidate.block.element
        while e >= 0:
            here = company.get(e, ())
            if len(here) > 1:
                return len(here) == 2
            e = self.layout.elements[e].parent
        return False
