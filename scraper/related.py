"""Headlines of other articles printed on a page: what stands after the body, and between its paragraphs.

In: a Layout, which blocks are body, the page's own addresses. Out: Headlines in page order, one for each target, each
with the heading of its list and the kind which that heading announces. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from scraper import headings, hints, phrases
from scraper.blocks import Block, Layout
from scraper.model import Headline, Kind, Where

MAX_HEADLINES = 200
MAX_TITLE = 300
MAX_URL = 2048

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_AWAY = hints.NAV | hints.FOOTER | hints.SIDE  # elsewhere on the page, unless a heading says otherwise
_NO_ARTICLE = re.compile(
    r"/(?:tags?|topics?|temas?|themes?|categor(?:y|ies)|authors?|autor(?:es)?|people|person|profiles?|users?|search"
    r"|log-?in|sign-?(?:in|up)|register|subscri\w*|accounts?|about(?:-us)?|contacts?|privacy\w*|terms\w*|cookies?|help|faq|rss|feed"
    r"|newsletters?|advertis\w*|sitemap|share|sharer|intent|careers?|wp-login\.php|legal|donate|membership|shop|store|app|apps)"
    r"(?:/|$|\?|\.|#)",
    re.IGNORECASE,
)
_SERVICE_HOST = re.compile(
    r"^(?:[\w-]+\.)*(?:facebook|twitter|x|t|telegram|whatsapp|wa|linkedin|pinterest|reddit|vk|ok|instagram|youtube|youtu|tiktok"
    r"|viber|apple|google|disqus|addtoany|flipboard|threads|bsky|messenger|addthis)\.(?:com|me|ru|org|net|be|app|social)(?::\d+)?$"
)
_TIME = r"(?:\d{1,2}[:.]\d{2}(?:\s*(?:[AaPp]\.?[Mm]\.?))?)"
_DATE = r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}\s+\w{3,12}\.?,?\s+\d{4})"
_STAMP = rf"(?:{_DATE}[\s,|/•·-]*{_TIME}|{_TIME}[\s,|/•·-]*{_DATE}|{_DATE}|{_TIME})"
_LEADING = re.compile(rf"^(?:{_STAMP}(?=[\s,|/•·–—-])[\s,|/•·–—-]*|[•·▪►»›→|–—-]+\s*(?=\w))")
_TRAILING = re.compile(
    rf"(?:\s*[,|/•·–—-]\s*{_STAMP}|\s+{_DATE}[\s,|]*{_TIME}|\s*[→›»|•·]+|\s*\(\d{{1,5}}\)|\s+(?:next|previous)\s*[→←])$",
    re.IGNORECASE,
)
_PURE_STAMP = re.compile(rf"^{_STAMP}$")


class _Candidate:
    __slots__ = ("block", "foreign", "rank", "strong", "title", "url", "words")

    def __init__(
        self, block: Block, title: str, url: str, words: int, rank: int, strong: bool, foreign: bool
    ) -> None:
        self.block = block
        self.title = title
        self.url = url
        self.words = words
        self.rank = rank
        self.strong = strong
        self.foreign = foreign


def clean_title(text: str) -> str:
    """A headline without the dates, counters and arrows that lists put around it."""
    text = _LEADING.sub("", text, count=1)
    return _TRAILING.sub("", text, count=1).strip()


def identity(url: str) -> str:
    """Enough of a URL to tell whether two links lead to the same article."""
    bare = url.partition("://")[2] or url
    bare = bare.removeprefix("www.").removeprefix("m.")
    path, _, query = bare.partition("?")
    if query and ("utm_" in query or "ref=" in query or "from=" in query):
        query = ""
    return (path.rstrip("/") + ("?" + query if query else "")).lower()


_SECOND_LEVEL = frozenset(("co", "com", "org", "net", "gov", "edu", "ac", "info"))


def _brand(host: str) -> str:
    """The name under which an outlet registers domains: the same for example.com, example.co.uk and www.example.am."""
    labels = host.partition(":")[0].split(".")
    if len(labels) > 2 and labels[-2] in _SECOND_LEVEL:
        return labels[-3]
    return labels[-2] if len(labels) > 1 else host


class _Addresses:
    """Links of one page made absolute and judged: does this look like the address of an article?"""

    __slots__ = ("_base", "_brand", "_numbered", "_origin", "_scheme")

    def __init__(self, base: str | None) -> None:
        parts = urlsplit(base or "")
        self._base = base
        self._scheme = parts.scheme or "https"
        self._origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
        self._brand = _brand(parts.hostname or "")
        self._numbered = sum([c.isdigit() for c in parts.path + parts.query]) >= 4

    def absolute(self, href: str) -> str | None:
        """None for anchors, scripts, mail."""
        href = href.strip()
        if href.startswith(("http://", "https://")):
            url = href
        elif href.startswith("//"):
            url = f"{self._scheme}:{href}"
        elif href.startswith("/"):
            url = self._origin + href
        elif not href or href[0] == "#" or ":" in href.partition("/")[0]:
            return None
        else:
            try:
                url = urljoin(self._base, href) if self._base else href
            except ValueError:
                return None
        return url.partition("#")[0] if len(url) <= MAX_URL else None

    def judge(self, url: str) -> tuple[bool, bool, bool]:
        """(may be an article's, has what section pages lack: a slug, a number, a file; leads to another site)."""
        scheme, _, rest = url.partition("://")
        if not rest:
            scheme, rest = "", url
        host, slash, path = rest.partition("/")
        host = host.lower()
        if (scheme and _SERVICE_HOST.match(host)) or _NO_ARTICLE.search("/" + path):
            return False, False, False
        foreign = bool(scheme) and _brand(host) != self._brand
        bare, _, query = path.partition("?")
        if not bare.strip("/") and not (query and any([c.isdigit() for c in query])):
            return False, False, foreign
        last = bare.rstrip("/").rpartition("/")[2]
        digits = sum([c.isdigit() for c in path])
        strong = last.count("-") >= 2 or last.count("_") >= 2 or digits >= 4 or len(last) > 30
        if strong and self._numbered and digits < 2 and not foreign:
            strong = False  # the page's own address carries a number or a date, this one does not
        return bool(slash), strong, foreign


def extract(
    layout: Layout,
    body: Sequence[int],
    *,
    url: str | None,
    own: Sequence[str] = (),
    title: str | None = None,
    only: bool = False,
) -> tuple[Headline, ...]:
    """All headlines of a page whose body is the blocks ``body``. ``own`` are the article's own addresses.

    ``only``: take those in elements marked "related", whatever they look like, and no others.
    """
    if not body:
        return ()
    return _Finder(layout, body, url, own, title).find(only=only)


def _key(title: str) -> str:
    return "".join([c for c in title.casefold() if c.isalnum()])


def _is_kicked(block: Block) -> bool:
    """An item of a list, or a heading, that is a link but for a kicker of a word or three before it."""
    if block.tag != "li" and block.tag not in _HEADINGS:
        return False
    before = block.text.partition(block.links[0].text)[0].split()
    return len(before) <= 3 and len(block.text) - block.linked <= 30


class _Finder:
    def __init__(
        self, layout: Layout, body: Sequence[int], url: str | None, own: Sequence[str], title: str | None
    ) -> None:
        self.layout = layout
        self.body = frozenset(body)
        self.first, self.last = min(body), max(body)
        self.addresses = _Addresses(url)
        self.mine = {identity(u) for u in (*own, url) if u}
        self.own_title = _key(title or "")
        self.labels: dict[int, tuple[str | None, Kind | None]] = {}
        self.found: dict[str, Headline] = {}
        self.titles: set[str] = set()

    def find(self, *, only: bool) -> tuple[Headline, ...]:
        inline: Sequence[int] = [i for i in range(self.first, self.last) if i not in self.body]
        trailing: Sequence[int] = range(self.last + 1, len(self.layout.blocks))
        if only:
            named = self._marked()
            inline, trailing = [i for i in inline if i in named], [i for i in trailing if i in named]
        self._take(inline, self.first, "inline", trusted=only)
        self._take(trailing, self.last, "trailing", trusted=only)
        return tuple(self.found.values())

    def _marked(self) -> set[int]:
        elements = self.layout.elements
        return {
            i
            for index, mark in self.layout.marked.items()
            if mark == "related"
            for i in range(elements[index].start, elements[index].end)
        }

    def _take(self, places: Sequence[int], anchor: int, where: Where, *, trusted: bool) -> None:
        targets: dict[str, list[_Candidate]] = {}
        for i in places:
            block = self.layout.blocks[i]
            if block.links and block.linked >= 0.5 * len(block.text):
                for candidate in self._candidates(block, where):
                    targets.setdefault(identity(candidate.url), []).append(candidate)
        chosen = {}
        for target, group in targets.items():
            if target in self.mine or target in self.found:
                continue
            best = max(group, key=lambda c: c.rank)  # the first of the highest
            if best.rank > 0:
                chosen[target] = best
        # Lists, not single links, are what pages end with: count the company that each headline keeps.
        company: dict[int, list[_Candidate]] = {}
        for candidate in chosen.values():
            e = candidate.block.element
            for _ in range(5):
                if e < 0:
                    break
                company.setdefault(e, []).append(candidate)
                e = self.layout.elements[e].parent
        for target, candidate in chosen.items():
            if len(self.found) >= MAX_HEADLINES:
                break
            folded = _key(candidate.title)
            if not folded or folded == self.own_title or folded in self.titles:
                continue
            if candidate.words <= 3 and not trusted and self._heads_a_list(candidate, company):
                continue
            if trusted:
                label, kind = self._label(candidate.block, anchor)
                verdict: tuple[str | None, Kind] | None = (label, kind or "related")
            else:
                verdict = self._verdict(candidate, anchor, where, company)
            if verdict is not None:
                label, kind = verdict
                self.titles.add(folded)
                self.found[target] = Headline(
                    title=candidate.title, url=candidate.url, where=where, label=label, kind=kind
                )

    def _candidates(self, block: Block, where: Where) -> list[_Candidate]:
        out = []
        loose = block.linked < len(block.text) - 4
        if where == "inline" and loose and headings.lead_in(block.text) is None and not _is_kicked(block):
            return out
        for link in block.links:
            title = link.title
            if len(title) < 4 or len(title) > MAX_TITLE:
                continue
            title = clean_title(title)
            words = title.count(" ") + 1
            if len(title) < 4 or _PURE_STAMP.match(title):
                continue
            heading = (
                block.tag in _HEADINGS
                or link.marked
                or self.layout.elements[block.element].flags & hints.TITLE
            )
            if words < 3 and not heading and (words < 2 or len(title) < 10):
                continue
            url = self.addresses.absolute(link.href)
            if url is None:
                continue
            possible, strong, foreign = self.addresses.judge(url)
            if (
                not possible
                or headings.kind_of(title) is not None
                or phrases.is_call(title)
                or phrases.is_label(title)
            ):
                continue
            if heading:
                rank = 5 if words > 3 else 4 if words > 1 else 3 if len(title) > 5 else 0
            else:
                rank = 3 if words > 3 or (words > 2 and len(title) >= 18) else 1
            if title[-1] == "." and len(title) > 100 and not heading:
                rank = 0
            if not strong:
                rank -= 2 if words > 4 else 5
            if foreign:
                rank -= 1
            out.append(_Candidate(block, title, url, words, rank, strong and not foreign, foreign))
        return out

    def _verdict(
        self, candidate: _Candidate, anchor: int, where: Where, company: dict[int, list[_Candidate]]
    ) -> tuple[str | None, Kind] | None:
        """The label and kind of a headline; None if it belongs to no list of other articles."""
        elements = self.layout.elements
        block = candidate.block
        flags, e, peers = 0, block.element, 1
        while e >= 0:
            element = elements[e]
            if element.start <= anchor < element.end:
                break
            flags |= element.flags
            peers = max(peers, len(company.get(e, ())))
            e = element.parent
        if flags & hints.COMMENT:
            return None
        label, kind = self._label(block, anchor)
        named = kind is not None or bool(flags & hints.RELATED)
        if label is not None and kind is None and phrases.is_label(label):
            return None
        if flags & (_AWAY if where == "trailing" else hints.NAV | hints.FOOTER) and not named:
            return None
        if not named:
            if where == "inline":
                return None if candidate.foreign or candidate.rank < 3 else (label, "related")
            if candidate.rank < 3:
                return None
            if peers < 2 and not (candidate.rank >= 5 and candidate.strong):
                return None
        if (
            kind is None
            and candidate.rank < 4
            and candidate.words < 6
            and self._is_keyword(candidate, company)
        ):
            return None
        if kind is None:
            kind = "related" if label is None or flags & hints.RELATED or where == "inline" else "section"
        return label, kind

    def _heads_a_list(self, candidate: _Candidate, company: dict[int, list[_Candidate]]) -> bool:
        """Whether a short linked heading is the name of the list: the first of several, and unlike the others."""
        e = candidate.block.element
        while e >= 0:
            peers = company.get(e, ())
            if len(peers) > 2:
                return peers[0] is candidate and all([c.block.tag != candidate.block.tag for c in peers[1:]])
            e = self.layout.elements[e].parent
        return False

    def _is_keyword(self, candidate: _Candidate, company: dict[int, list[_Candidate]]) -> bool:
        """Whether a short link stands in a row of such: names of topics, not headlines."""
        e = candidate.block.element
        while e >= 0:
            peers = company.get(e, ())
            if len(peers) > 2:
                return sum([c.words for c in peers]) < 4.5 * len(peers)
            e = self.layout.elements[e].parent
        return False

    def _label(self, block: Block, anchor: int) -> tuple[str | None, Kind | None]:
        """The heading of the list in which a block stands, and its kind if it is one that we know."""
        if block.linked < len(block.text):
            opening = headings.lead_in(block.text)
            if opening is not None:
                return opening
        elements, i = self.layout.elements, block.index
        passed = []
        e = block.element
        top = e
        result: tuple[str | None, Kind | None] = (None, None)
        while e >= 0:
            element = elements[e]
            if element.start <= anchor < element.end:
                # Where the heading is a sibling of the list, next to the text itself.
                start = elements[top].start if top != e else i
                result = self._heading(range(start - 1, max(anchor, start - 3), -1), i) or result
                break
            known = self.labels.get(e)
            if known is not None:
                result = known
                break
            passed.append(e)
            heading = self._heading(range(element.start, min(i, element.start + 3)), i)
            if heading is not None:
                result = heading
                break
            top = e
            e = element.parent
        if result[0] is not None:
            for e in passed[-1:]:
                self.labels[e] = result
        return result

    def _heading(self, places: range, i: int) -> tuple[str, Kind | None] | None:
        blocks, elements = self.layout.blocks, self.layout.elements
        for j in places:
            block = blocks[j]
            text = block.text
            if j in self.body or j == i or len(text) > 80:
                continue
            kind = headings.kind_of_heading(text) or headings.kind_of(text)
            if kind is not None:
                return text, kind
            if block.linked > 0.5 * len(text):
                continue
            if block.tag in _HEADINGS or elements[block.element].flags & hints.TITLE:
                return text, None
        return None
