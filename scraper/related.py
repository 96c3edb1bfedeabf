"""Headlines of other articles printed on a page: what stands after the body, and between its paragraphs.

In: a Layout, which blocks are body, the page's own address. Out: Headlines, one for each target, in page order, each
with the heading of its block and the kind which that heading announces. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from scraper import headings, hints
from scraper.blocks import Block, Layout
from scraper.model import Headline, Where

MAX_HEADLINES = 200
MAX_TITLE = 300

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BARRED = hints.NAV | hints.FOOTER | hints.COMMENT | hints.SIDE
_NOT_ARTICLE = re.compile(
    r"/(?:tags?|topics?|temas?|tema|themes?|categor(?:y|ies)|authors?|autor|people|profile|users?|search|log-?in|sign-?(?:in|up)|register|subscribe|subscription"
    r"|account|about(?:-us)?|contacts?|privacy|terms|cookies?|help|faq|rss|feed|newsletters?|advertis\w*|sitemap|share|sharer|intent|jobs?|careers?|wp-login\.php|legal)(?:/|$|\?|\.)",
    re.IGNORECASE,
)
_SHARE_HOST = re.compile(
    r"(?:^|\.)(?:facebook|twitter|x|t|telegram|whatsapp|linkedin|pinterest|reddit|vk|ok|instagram|youtube|tiktok|viber|apple|google|disqus|addtoany|flipboard|threads)\.(?:com|me|ru|org|net)$"
)
_TIME = r"(?:\d{1,2}[:.]\d{2}(?:\s*(?:[AaPp]\.?[Mm]\.?))?)"
_DATE = r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}\s+\w{3,12}\.?,?\s+\d{4})"
_STAMP = rf"(?:{_DATE}(?:[\s,|/•·-]*{_TIME})?|{_TIME}(?:[\s,|/•·-]*{_DATE})?)"
_LEADING = re.compile(rf"^(?:{_STAMP}[\s,|/•·–—-]*|[\s•·▪►»›→|–—-]+(?=\w)|\d{{1,2}}[.)]\s+)")
_TRAILING = re.compile(rf"(?:\s*[,|/•·–—-]\s*{_STAMP}|\s*[→›»|•·]+|\s*\(\d{{1,5}}\))$")
_ONLY_STAMP = re.compile(rf"^{_STAMP}$")


def clean_title(text: str) -> str:
    """A headline without the dates, counters and arrows that lists put around it."""
    text = _LEADING.sub("", text, count=1)
    return _TRAILING.sub("", text, count=1).strip()


def target(href: str, base: str | None) -> str | None:
    """The absolute address of a link to another page; None for anchors, scripts, mail."""
    href = href.strip()
    if not href or href[0] == "#":
        return None
    try:
        url = urljoin(base, href) if base else href
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") and (parts.scheme or base):
        return None
    if len(url) > 2048:
        return None
    return url.partition("#")[0]


def identity(url: str) -> str:
    """Enough of a URL to tell whether two links lead to the same article."""
    bare = url.partition("://")[2] or url
    bare = bare.removeprefix("www.").removeprefix("m.")
    path, _, query = bare.partition("?")
    if "utm_" in query or "ref=" in query:
        query = ""
    return (path.rstrip("/") + ("?" + query if query else "")).lower()


def is_article_url(url: str) -> bool:
    """Whether an address looks like that of one article, as opposed to a section, a tag, a person, a service."""
    parts = urlsplit(url)
    if _SHARE_HOST.search(parts.hostname or ""):
        return False
    path = parts.path
    if _NOT_ARTICLE.search(path):
        return False
    if not path.strip("/"):
        return "=" in parts.query and any(c.isdigit() for c in parts.query)
    return True


def _strong_url(url: str) -> bool:
    """A slug, a number or a file: what section pages do not have."""
    parts = urlsplit(url)
    last = parts.path.rstrip("/").rpartition("/")[2]
    return (
        last.count("-") >= 2
        or last.count("_") >= 2
        or sum(c.isdigit() for c in parts.path + parts.query) >= 4
        or len(last) > 30
    )


class _Candidate:
    __slots__ = ("block", "index", "rank", "title", "url")

    def __init__(self, index: int, block: Block, title: str, url: str, rank: int) -> None:
        self.index = index
        self.block = block
        self.title = title
        self.url = url
        self.rank = rank


def extract(
    layout: Layout,
    body: Sequence[int],
    *,
    url: str | None,
    own: Sequence[str] = (),
    title: str | None = None,
    keep: frozenset[int] = frozenset(),
) -> tuple[Headline, ...]:
    """All headlines of a page whose body is the blocks ``body``. ``own`` are the article's own addresses."""
    if not body:
        return ()
    in_body = set(body)
    first, last = min(body), max(body)
    mine = {identity(u) for u in (*own, *([url] if url else []))}
    own_title = _key(title or "")
    found: dict[str, Headline] = {}
    titles: set[str] = set()

    def emit(candidates: list[_Candidate], where: Where) -> None:
        groups: dict[str, list[_Candidate]] = {}
        for candidate in candidates:
            groups.setdefault(identity(candidate.url), []).append(candidate)
        for key, group in groups.items():
            if key in mine or key in found or len(found) >= MAX_HEADLINES:
                continue
            best = max(group, key=lambda c: (c.rank, -c.index))
            if best.rank <= 0:
                continue
            folded = _key(best.title)
            if not folded or folded == own_title or folded in titles:
                continue
            label, kind = _label(layout, best.index, in_body)
            titles.add(folded)
            found[key] = Headline(title=best.title, url=best.url, where=where, label=label, kind=kind)

    emit(
        [c for i in range(first, last) if i not in in_body for c in _inline(layout, i, url, first)], "inline"
    )
    emit(
        [c for i in range(last + 1, len(layout.blocks)) for c in _trailing(layout, i, url, last)], "trailing"
    )
    return tuple(found.values())


def _key(title: str) -> str:
    return "".join(c for c in title.casefold() if c.isalnum())


def _flags(layout: Layout, block: Block, body: int) -> int:
    """The flags of the elements around a block that do not hold the body's block ``body`` as well."""
    found = 0
    i = block.element
    while i >= 0:
        element = layout.elements[i]
        if element.start <= body < element.end:
            break
        found |= element.flags
        i = element.parent
    return found


def _candidates(layout: Layout, i: int, base: str | None) -> list[_Candidate]:
    block = layout.blocks[i]
    out = []
    for link in block.links:
        url = target(link.href, base)
        if url is None or not is_article_url(url):
            continue
        title = clean_title(link.title)
        if len(title) < 4 or len(title) > MAX_TITLE or _ONLY_STAMP.match(title):
            continue
        words = title.count(" ") + 1
        heading = (
            block.tag in _HEADINGS or link.marked or bool(layout.elements[block.element].flags & hints.TITLE)
        )
        if headings.kind_of(title) is not None:
            continue
        if heading and (words > 1 or len(title) > 5):
            rank = 5 if words >= 3 else 4
        elif words >= 4 or (words >= 3 and len(title) >= 18):
            rank = 3
        else:
            rank = 0
        if title[-1] == "." and len(title) > 100 and not heading:
            rank = 0
        if not _strong_url(url):
            rank -= 3 if words >= 5 else 5
        out.append(_Candidate(i, block, title, url, rank))
    return out


def _inline(layout: Layout, i: int, base: str | None, first: int) -> list[_Candidate]:
    block = layout.blocks[i]
    if not block.links or block.linked < 0.5 * len(block.text):
        return []
    flags = _flags(layout, block, first)
    if flags & (hints.NAV | hints.FOOTER | hints.COMMENT) and not flags & hints.RELATED:
        return []
    return _candidates(layout, i, base)


def _trailing(layout: Layout, i: int, base: str | None, last: int) -> list[_Candidate]:
    block = layout.blocks[i]
    if not block.links or block.linked < 0.5 * len(block.text):
        return []
    flags = _flags(layout, block, last)
    if flags & hints.COMMENT:
        return []
    if flags & _BARRED and not flags & hints.RELATED:
        label, kind = _label(layout, i, set())
        if label is None or kind == "section":
            return []
    return _candidates(layout, i, base)


def _label(layout: Layout, i: int, body: set[int]) -> tuple[str | None, str]:
    """The heading of the list in which a block stands: the nearest short text before it that is no link, and its kind."""
    block = layout.blocks[i]
    opening = headings.lead_in(block.text)
    if opening and block.linked < len(block.text):
        return opening
    elements = layout.elements
    e = block.element
    for _ in range(7):
        if e < 0:
            break
        element = elements[e]
        for j in range(element.start, min(i, element.start + 3)):
            text = layout.blocks[j]
            if j in body or text.linked > 0.5 * len(text.text) and headings.kind_of(text.text) is None:
                continue
            kind = headings.kind_of(text.text)
            if kind is not None:
                return text.text, kind
            if len(text.text) <= 60 and (text.tag in _HEADINGS or elements[text.element].flags & hints.TITLE):
                return text.text, "section"
        e = element.parent
    return None, "related"
