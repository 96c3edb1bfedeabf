"""Find the headlines of other articles that a page prints: between the paragraphs, after the text, beside it.

In: a Layout, which blocks are body, the page's own addresses. Out: Headlines, one for each target, each with the heading
of its list and the kind which that heading announces; and why other links are none. Each link is judged by the table
REFUSED: the first test that holds is the reason. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from scraper.codec import Struct
from scraper.extract import boilerplate, class_names, list_headings
from scraper.extract.block_scores import HEADINGS
from scraper.extract.blocks import Block, Layout
from scraper.extract.headlines import PURE_STAMP, Addresses, common_host, is_counter, key, link_identity
from scraper.extract.labels import Labels
from scraper.extract.links import Candidate, candidates, is_card_title
from scraper.extract.side_columns import Surroundings
from scraper.extract.thresholds import RELATED as LIMITS
from scraper.model import Headline, Kind, Where

_ANNOUNCED = frozenset(("read_also", "related", "recommended", "popular"))
_OF_THE_TOPIC = frozenset(("read_also", "related"))
_MENU = class_names.NAV | class_names.FOOTER


class Found(Struct, frozen=True, kw_only=True):
    """The headlines of a page, and by block why its other links are none."""

    headlines: tuple[Headline, ...] = ()
    reasons: dict[int, str]


class Listed(Struct, kw_only=True, gc=False):
    """A link and the list in which it stands: what the tests look at."""

    link: Candidate
    where: Where
    flags: int  # of the elements around it that do not hold the text as well
    peers: list[Candidate]
    label: str | None
    kind: Kind | None
    captioned: bool  # a short line that is no link stands before the list
    folded: str  # the title as titles are compared
    own_title: str

    @property
    def firm(self) -> bool:
        """True if the heading announces a list of articles; a section's name heads lists of services as well."""
        return self.kind is not None and (
            self.kind != "section" or self.link.rank >= LIMITS.firm_rank or self.link.words > LIMITS.few_words
        )

    @property
    def named(self) -> bool:
        return self.firm or self.flags & class_names.RELATED > 0


def extract_related(
    layout: Layout,
    body: Sequence[int],
    *,
    url: str | None,
    own: Sequence[str] = (),
    title: str | None = None,
    article_url: str | None = None,
    base: str | None = None,
    only: bool = False,
) -> Found:
    """Return the headlines of a page whose body is the blocks ``body``. ``own`` are the article's own addresses.

    ``article_url`` is the outlet's pattern for addresses of articles, ``base`` what relative ones are relative to, if that
    is not ``url``. ``only``: take those in elements marked "related", whatever they look like, and no others.
    """
    if not body:
        return Found(reasons={})
    blocks, chosen = layout.blocks, frozenset(body)
    first, last = min(body), max(body)
    own_title = key(title or "")
    marked = layout.blocks_marked("related" if only else "drop")
    before, after = Surroundings(layout, first), Surroundings(layout, last)
    places: dict[Where, list[Block]] = {"inline": [], "trailing": [], "elsewhere": []}
    for block in [*_opening(layout, first, last, own_title), *blocks[first:]]:
        i = block.index
        if not block.links or i in chosen or (i in marked) != only:
            continue
        if block.linked < LIMITS.linked * len(block.text) and not is_card_title(block):
            continue
        beside = i > last and not only and after.beside(block.element) is not None
        places["inline" if i < last else "elsewhere" if beside else "trailing"].append(block)
    page = _Page(
        layout=layout,
        addresses=Addresses(url, article_url, None if url or base else common_host(blocks), base=base),
        labels=Labels(layout, chosen, own_title),
        own_title=own_title,
        targets={link_identity(u) for u in (*own, url) if u},
        titles={own_title, ""},
        trusted=only,
        reasons={},
    )
    headlines: list[Headline] = []
    for where, found in places.items():
        room = LIMITS.max_elsewhere if where == "elsewhere" else LIMITS.max_headlines - len(headlines)
        if found:
            lists = _Lists(page, found, where, before if where == "inline" else after)
            headlines += lists.headlines(room)
    return Found(headlines=tuple(headlines), reasons=page.reasons)


def _opening(layout: Layout, first: int, last: int, own_title: str) -> list[Block]:
    """Return the one heading between the page's headline and its text, in the element that holds the text; several are a list."""
    blocks, elements = layout.blocks, layout.elements
    e = blocks[first].element
    while e >= 0 and elements[e].end <= last:
        e = elements[e].parent
    found: list[Block] = []
    start = elements[e].start if e >= 0 and elements[e].tag != "body" else first
    for block in reversed(blocks[start:first]):
        if key(block.text) == own_title:
            break
        if block.tag in HEADINGS:
            found.append(block)
    return found if len(found) == 1 else []


# ------------------------------------------------------------------------------------------ the tests


def _is_heading(it: Listed) -> bool:
    title, words = it.link.title, it.link.words
    if words > LIMITS.heading_words:
        return False
    return list_headings.kind_of_heading(title) is not None or (
        words <= LIMITS.few_words
        and (boilerplate.is_label(title) or list_headings.kind_of(title) is not None)
    )


def _is_own_headline(it: Listed) -> bool:
    """Return True if the title is the page's own with a word or two around it: "See more like ..."."""
    own, folded = it.own_title, it.folded
    return (
        own in folded
        and len(own) >= LIMITS.own_title_chars
        and len(folded) <= len(own) + LIMITS.own_title_extra
    )


def _heads_documents(it: Listed) -> bool:
    return (
        it.label is not None
        and it.kind is None
        and (boilerplate.is_label(it.label) or list_headings.heads_sources(it.label))
    )


def _is_in_menu(it: Listed) -> bool:
    return it.flags & _MENU > 0 and not (it.flags & class_names.RELATED or it.kind in _ANNOUNCED)


def _is_unproved(it: Listed) -> bool:
    """Return True if neither the address nor the list says that an article is behind the link."""
    link, peers = it.link, it.peers
    length = sum([len(peer.title) for peer in peers])
    if link.doubtful:
        boxed = it.where == "inline" and len(peers) >= LIMITS.list and (it.label is not None or it.captioned)
        return it.kind not in _OF_THE_TOPIC and not (boxed and length >= LIMITS.boxed_title * len(peers))
    if it.named:
        return False
    if it.where == "inline":
        # A link that has a line of the text to itself needs no slug to be a headline.
        if link.foreign:
            return (
                len(peers) < LIMITS.list
                or not (it.label or it.captioned)
                or link.words < LIMITS.few_words - 2
            )
        return link.rank < (1 if link.words > LIMITS.few_words - 1 else LIMITS.firm_rank)
    if link.rank >= LIMITS.firm_rank:
        return False
    # Lines that are long enough, and enough, are headlines whatever their addresses look like.
    return link.foreign or len(peers) < LIMITS.long_list or length < LIMITS.long_title * len(peers)


def _is_alone(it: Listed) -> bool:
    return (
        not it.named
        and it.where != "inline"
        and len(it.peers) < 2
        and not (it.link.heading and it.link.words > LIMITS.few_words - 2 and it.link.strong)
    )


def _are_key_words(it: Listed) -> bool:
    peers = it.peers
    weak = it.link.rank < (LIMITS.firm_rank + 1 if it.kind in (None, "section") else LIMITS.firm_rank)
    return (
        weak
        and it.link.words <= LIMITS.few_words
        and len(peers) >= LIMITS.list
        and sum([c.words for c in peers]) < LIMITS.key_words * len(peers)
        and sum([len(c.title) for c in peers]) < LIMITS.key_words_chars * len(peers)
    )


REFUSED: tuple[tuple[str, Callable[[Listed], bool]], ...] = (
    ("call to the reader", lambda it: boilerplate.is_call(it.link.title)),
    ("name of a list", _is_heading),
    ("the page's own headline", _is_own_headline),
    ("documents", _heads_documents),
    ("form", lambda it: len(it.peers) < LIMITS.list and it.flags & class_names.FORM > 0 and not it.named),
    ("menu", _is_in_menu),
    ("not an article's address", _is_unproved),
    ("alone", _is_alone),
    ("key words", _are_key_words),
)


# ------------------------------------------------------------------------------------------ the places


class _Page(Struct, kw_only=True):
    """What is known of a page, and what was found of it so far."""

    layout: Layout
    addresses: Addresses
    labels: Labels
    own_title: str
    targets: set[str]
    titles: set[str]
    trusted: bool
    reasons: dict[int, str]


class _Lists:
    """The links of one kind of place, and the lists that they make."""

    def __init__(self, page: _Page, places: list[Block], where: Where, around: Surroundings) -> None:
        self._page, self._where, self._around = page, where, around
        self._links = self._best_links(places)
        self._held = links_by_element(page.layout, self._links.values())
        self._runs = self._lists_without_element()

    def headlines(self, room: int) -> list[Headline]:
        """Return the headlines among the links, at most ``room``."""
        page = self._page
        found: list[Headline] = []
        for target, link in self._links.items():
            folded = key(link.title)
            if folded in page.titles:
                continue
            if len(found) >= room:
                break
            listed = self._listed(link, folded)
            reason = None if page.trusted else next((name for name, holds in REFUSED if holds(listed)), None)
            if reason is not None:
                page.reasons[link.block.index] = reason
                continue
            page.titles.add(folded)
            page.targets.add(target)
            found.append(_headline(listed))
        return found

    def _best_links(self, places: list[Block]) -> dict[str, Candidate]:
        """Return the link of each target that looks most like a headline, the first of several."""
        page = self._page
        targets: dict[str, list[Candidate]] = {}
        for block in places:
            if not page.trusted and self._around.flags(block.element) & class_names.COMMENT:
                page.reasons[block.index] = "comments"
                continue
            for link in candidates(page.layout, block, page.addresses, self._where, trusted=page.trusted):
                targets.setdefault(link_identity(link.url), []).append(link)
        best: dict[str, Candidate] = {}
        printed = Counter(title for links in targets.values() for title in {link.title for link in links})
        for target, links in targets.items():
            if target in page.targets:
                continue
            kept = [link for link in links if printed[link.title] < LIMITS.button and not _is_counter(link)]
            link = max(kept or links, key=attrgetter("rank"))
            if kept and link.rank > 0:
                best[target] = link
            else:
                page.reasons[link.block.index] = (
                    "not an article's address" if kept else "a counter, a service or the same line everywhere"
                )
        return best

    def _listed(self, link: Candidate, folded: str) -> Listed:
        block, page = link.block, self._page
        peers = self._peers(link)
        run = self._runs.get(block.index, [link])
        label, kind = link.label or page.labels.of(block, self._around.anchor, run[0].block.index, self._held)
        peers = run if len(run) > len(peers) else peers
        above = page.layout.blocks[max(peers[0].block.index - 1, 0)]
        return Listed(
            link=link,
            where=self._where,
            flags=self._around.flags(block.element),
            peers=peers,
            label=label,
            kind=kind,
            captioned=not above.links and len(above.text) <= LIMITS.line_chars,
            folded=folded,
            own_title=page.own_title,
        )

    def _peers(self, link: Candidate) -> list[Candidate]:
        """Return the smallest list of three or more in which a link stands, else the largest."""
        e, best = link.block.element, [link]
        while e >= 0 and len(best) < LIMITS.list and not self._around.holds(e):
            held = self._held.get(e)
            best = held if held is not None and len(held) > len(best) else best
            e = self._page.layout.elements[e].parent
        return best

    def _lists_without_element(self) -> dict[int, list[Candidate]]:
        """Return, by block, lists that no element holds: headlines, a line each, next to the text in its own element."""
        blocks, elements = self._page.layout.blocks, self._page.layout.elements
        runs: dict[int, list[Candidate]] = {}
        run: list[Candidate] = []
        holder, end = -1, -1
        for link in self._links.values():
            e = link.block.element
            if not self._around.holds(e):
                element = elements[e]
                e = element.parent
                if element.end - element.start > LIMITS.line_blocks or not self._around.holds(e):
                    continue
            at = link.block.index
            between = blocks[end + 1 : at] if end >= 0 else ()
            if e != holder or len(between) > 1 or any(len(b.text) > LIMITS.line_chars for b in between):
                run, holder = [], e
            run.append(link)
            runs[at] = run
            end = at
        return runs


def links_by_element(layout: Layout, links: Iterable[Candidate]) -> dict[int, list[Candidate]]:
    """Return which links stand in which element. Wrappers of the same blocks are one place; only the nearest five count."""
    elements = layout.elements
    held: dict[int, list[Candidate]] = {}
    for link in links:
        e, left, size = link.block.element, LIMITS.levels, 0
        while e >= 0 and left:
            element = elements[e]
            if element.end - element.start != size:
                size = element.end - element.start
                held.setdefault(e, []).append(link)
                left -= 1
            e = element.parent
    return held


def _is_counter(link: Candidate) -> bool:
    return link.words <= LIMITS.heading_words and is_counter(link.title)


def _headline(it: Listed) -> Headline:
    label, kind = it.label, it.kind
    if kind is None:
        plain = label is None or it.flags & class_names.RELATED or it.where == "inline"
        kind = "related" if plain else "section"
    if label is not None and PURE_STAMP.match(label):
        label = None  # a card's date is not what its list is called
    address = it.link.url if "://" in it.link.url else None  # no base, no address
    return Headline(title=it.link.title, url=address, where=it.where, label=label, kind=kind)
