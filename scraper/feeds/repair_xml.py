"""Repair the text of a feed to XML that a strict parser accepts as often as possible. Pure, linear.

Drops junk around the document, mends what is commonly broken (control characters, bare ampersands, HTML entities,
undeclared prefixes, a cut end) and keeps within a budget: an XML parser in Python is slow, in places quadratic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html.entities import html5
from itertools import pairwise

from scraper.feeds import limits
from scraper.text.dates import parse_date

MAX_CHARS = 3_000_000  # of the items that are kept
# of the items that are kept, in us of a quiet machine; see cost(). 200 real items cost 42,000
MAX_COST = 200_000
_TAG_COST = 10
_WORD_COST = 2
_VALUE_COST = 4
MAX_DECLARATIONS = 1_000  # and comments before the first tag
MAX_ATTRIBUTES = 300  # of one tag: the parser is quadratic in them
MAX_TAG_CHARS = 20_000
MAX_PERSON_CHARS = 2000  # of one author or keyword element: the parser is quadratic in it
MAX_CATEGORIES = 300  # of one item: likewise
MAX_PREFIXES = 50
TAGS_OF_NESTED_SOURCES = 4
MAX_ENTITIES = 300  # that a document declares for itself; HTML 4 has 252
MAX_EXPANSION = 1_000_000  # characters that they may add

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ROOT = re.compile(r"<(?:[\w.-]+:)?(rss|rdf|feed|channel|urlset|sitemapindex)(?=[\s>/])", re.IGNORECASE)
_OPENING = re.compile(r"<(?=[a-zA-Z_!?])")
_FIRST_TAG = re.compile(r"<([a-zA-Z_][\w.-]*)(?::([a-zA-Z_][\w.-]*))?")
_ITEM = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)(?=[\s>/])", re.IGNORECASE)
_ITEM_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ANY_DATE = re.compile(r"<(?:[\w.-]+:)?(?:pubdate|date|published|updated|issued|modified|created)\b[^<>]{0,200}>\s*(?:<!\[CDATA\[)?([^<\]]{4,64})", re.IGNORECASE)  # fmt: skip
_DOCTYPE = re.compile(r"<!DOCTYPE\s", re.IGNORECASE)
_OPAQUE = re.compile(r"<!\[CDATA\[|<!--|<\?")
_ENTITY = re.compile(
    r"""<!ENTITY\s{1,20}([A-Za-z_][\w.-]{0,30})\s{1,20}(?:"([^"]{0,500})"|'([^']{0,500})')"""
)
_BARE_AMPERSAND = re.compile(r"&(?!(?:#\d{1,8}|#[xX][0-9a-fA-F]{1,7}|[a-zA-Z][\w.-]{0,31});)")
_REFERENCE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos);)(#\d{1,8}|#[xX][0-9a-fA-F]{1,7}|[a-zA-Z][\w.-]{0,31});"
)
_ATOM_ID = re.compile(r"(<(?:[\w.-]+:)?id)>")
_SURROGATES = re.compile(
    r"&#(?:x(d[89ab][0-9a-f]{2})|(5[56]\d{3}));&#(?:x(d[c-f][0-9a-f]{2})|(5[67]\d{3}));", re.IGNORECASE
)
_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]*):[A-Za-z_]|\s([A-Za-z_][\w.-]*):[\w.-]+\s*=\s*[\"']", re.ASCII)
_DECLARED_PREFIX = re.compile(r"\sxmlns:([\w.-]+)\s*=")
# Possessive: to go back costs 100 bytes a character, which is 700 MB for one tag of 500,000 attributes.
_TAG = re.compile(r"<(/?)([A-Za-z_][\w:.-]*+)((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>")
_ANY_TAG = re.compile(r"<[A-Za-z_][^<>]*+")
_LONG_TAG = re.compile(r"<([A-Za-z_][\w:.-]*)\s[^<>]{2000,}(?:>|\Z)")
_PERSON = re.compile(
    r"(</?(?:[\w.-]+:)?)(author|creator|managingeditor|webmaster|publisher|owner|keywords|tags)(?=[\s>/])",
    re.IGNORECASE,
)
_CATEGORY = re.compile(r"(</?(?:[\w.-]+:)?)(category|subject)(?=[\s>/])", re.IGNORECASE)
_CATEGORY_OR_ITEM = re.compile(r"(<(?:[\w.-]+:)?)(category|subject|item|entry)(?=[\s>/])", re.IGNORECASE)
# A leaf of an RSS item that is followed by another one or by the item's end before its own end tag.
_UNCLOSED = re.compile(
    r"<(title|link|guid|pubdate|author|category)((?:\s[^<>]*)?)>([^<]*)"
    r"(?=<(?:/(?:item|entry|channel)|title|link|guid|pubdate|author|category|description|item)[\s>/])",
    re.IGNORECASE,
)
_SOURCE = re.compile(r"<(/?)(?:[\w.-]+:)?(source|item|entry)(?=[\s>/])[^<>]*+(?<!/)>", re.IGNORECASE)
_HTML_ELEMENTS = frozenset(("html", "head", "body", "div", "meta", "title", "script", "p", "table", "br", "a", "center", "h1"))  # fmt: skip
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom", "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/", "dcterms": "http://purl.org/dc/terms/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd", "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/", "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}  # fmt: skip


class Document:
    """A text and its first elements: ``root`` in lower case, without prefix; "" if there is no element."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.notes: list[str] = []
        first = _first_tag(text) or _FIRST_TAG.search(text)
        found = _ROOT.search(text)
        self.first = (first[2] or first[1]).lower() if first else ""
        self.is_rooted = found is not None
        self.root = found[1].lower() if found else self.first
        self.start = found.start() if found else first.start() if first else 0
        self.doctype = ""
        if found and first and first.start() < found.start():
            self.notes.append("junk_before_feed")
        elif (doctype := _DOCTYPE.search(text, 0, self.start)) is not None:
            self.doctype = text[doctype.start() : self.start]

    @property
    def is_html(self) -> bool:
        return self.first in _HTML_ELEMENTS


def _first_tag(text: str) -> re.Match[str] | None:
    at = 0
    for _ in range(MAX_DECLARATIONS):
        match = _OPENING.search(text, at)
        if match is None:
            return None
        if text.startswith("<!--", match.start()):
            at = text.find("-->", match.start())
        elif text[match.start() + 1] in "!?":
            at = _declaration_end(text, match.start())
        else:
            return _FIRST_TAG.match(text, match.start())
        if at < 0:
            return None
    return None


def _declaration_end(text: str, start: int) -> int:
    """Return the position behind <?xml ...?> or <!DOCTYPE ...[...]>."""
    close = text.find(">", start)
    subset = text.find("[", start, close if close >= 0 else None)
    if subset >= 0 and (end := text.find("]", subset)) >= 0:
        close = text.find(">", end)
    return close + 1 if close >= 0 else -1


def repair_document(doc: Document) -> str:
    """Return the XML of the feed alone: within budget, closed, with nothing that a strict parser stumbles over."""
    text = _without_nested_sources(_ILLEGAL.sub("", doc.text[doc.start :]))
    text = _within_budget(text, doc.notes)
    text = _limit_quadratic_parts(_closed(text, doc.notes) if doc.is_rooted else text, doc.notes)
    if _SURROGATES.search(text):
        text = _SURROGATES.sub(_pair, text)
    entities = _own_entities(doc.doctype, text)
    has_base = "xml:base" in text
    parts: list[str] = []
    prefixes: set[str] = set()
    for chunk, opaque in _chunks(text):
        if opaque:
            parts.append(chunk)
            continue
        prefixes.update(a or b for a, b in _PREFIX.findall(chunk))
        markup = chunk.replace("]]>", "]]&gt;")
        markup = _BARE_AMPERSAND.sub("&amp;", markup)
        # feedparser would resolve ids against it; an id is an opaque string (RFC 4287 section 4.2.6)
        if has_base:
            markup = _ATOM_ID.sub(r'\1 isPermaLink="false">', markup)
        parts.append(_REFERENCE.sub(lambda m: _reference(m, entities), markup))
    text = "".join(parts)
    missing = prefixes - set(_DECLARED_PREFIX.findall(text)) - {"xml", "xmlns"}
    if 0 < len(missing) <= MAX_PREFIXES and (root := _FIRST_TAG.match(text)):
        declared = "".join(
            f' xmlns:{p}="{_NAMESPACES.get(p, "urn:undeclared:" + p)}"' for p in sorted(missing)
        )
        text = text[: root.end()] + declared + text[root.end() :]
    return text


def _without_nested_sources(text: str) -> str:
    """Remove each source of a source (a feed of feeds): behind its end feedparser takes the outer one's fields for the entry's."""
    if text.count("source") < TAGS_OF_NESTED_SOURCES:
        return text
    parts, at, depth, start = [], 0, 0, 0
    for tag in _SOURCE.finditer(text):
        if tag[2].lower() != "source":
            depth = 0
        elif not tag[1]:
            depth += 1
            start = tag.start() if depth == 2 else start
        elif depth:
            depth -= 1
            if depth == 1:
                parts.append(text[at:start])
                at = tag.end()
    return "".join([*parts, text[at:]])


def _without_attributes(tag: re.Match[str]) -> str:
    return f"<{tag[1]}>" if tag[0].count("=") > MAX_ATTRIBUTES or len(tag[0]) > MAX_TAG_CHARS else tag[0]


def harmless_text(doc: Document) -> str:
    """Return the whole text, made harmless but not repaired: for what the repair cut away by mistake."""
    notes: list[str] = []
    text = _limit_quadratic_parts(_within_budget(_ILLEGAL.sub("", doc.text), notes), notes)
    return text.replace("<!DOCTYPE", "<!doctype-")


def close_leaves(text: str) -> str:
    """Add end tags for titles, links ... that have none: a second try for a text that was not well-formed."""
    return _UNCLOSED.sub(lambda m: m[0] if m[2].endswith("/") else f"{m[0]}</{m[1]}>", text)


def _chunks(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces: markup, and parts in which no markup is looked for (CDATA, comments, instructions)."""
    at = 0
    while (match := _OPAQUE.search(text, at)) is not None:
        closing = {"<!": "]]>", "<?": "?>"}[match[0][:2]] if match[0] != "<!--" else "-->"
        end = text.find(closing, match.end())
        end = len(text) if end < 0 else end + len(closing)
        yield text[at : match.start()], False
        yield text[match.start() : end], True
        at = end
    yield text[at:], False


def _own_entities(doctype: str, text: str) -> dict[str, str]:
    """Return the entities that the document type declares, text only: the parser never sees the declaration, so it can open or
    multiply nothing.
    """
    found = {}
    for name, double, single in _ENTITY.findall(doctype):
        value = double or single
        if "&" not in value.replace("&#", "") and "%" not in value:
            found[name] = value.replace("<", "&lt;")
    size = sum(text.count(f"&{name};") * len(value) for name, value in list(found.items())[:MAX_ENTITIES])
    return found if size <= MAX_EXPANSION and len(found) <= MAX_ENTITIES else {}


def _reference(match: re.Match[str], entities: Mapping[str, str]) -> str:
    """Replace one reference outside CDATA: a legal one stays, an HTML one becomes its character, another one is escaped."""
    name = match[1]
    if name[0] == "#":
        code = int("0" + name[1:], 0) if name[1] in "xX" else int(name[1:])
        if 0x80 <= code <= 0x9F:
            return bytes((code,)).decode("cp1252", "ignore")
        in_plane = 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF
        return match[0] if in_plane or code in (9, 10, 13) else ""
    if name in entities:
        return entities[name]
    char = html5.get(name + ";")
    if char is None:
        return "&amp;" + match[0][1:]
    return char if char not in "<&>\"'" else f"&#{ord(char)};"


def _pair(match: re.Match[str]) -> str:
    high = int(match[1], 16) if match[1] else int(match[2])
    low = int(match[3], 16) if match[3] else int(match[4])
    if 0xD800 <= high < 0xDC00 <= low < 0xE000:
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    return ""


def _within_budget(text: str, notes: list[str]) -> str:
    """Keep at most limits.MAX_ENTRIES items, MAX_COST and MAX_CHARS characters, taken from the newer end."""
    starts = [m.start() for m in _ITEM.finditer(text)]
    if len(text) <= MAX_CHARS and len(starts) <= limits.MAX_ENTRIES and parse_cost(text) <= MAX_COST:
        return text
    if not starts:
        notes.append("capped")
        return _cut_to_budget(text)
    last_end = next((m.end() for m in _ITEM_END.finditer(text, starts[-1])), len(text))
    spans = list(pairwise([*starts, last_end]))
    newest_last = _date_near(text, starts[-1]) > _date_near(text, starts[0])
    kept: list[tuple[int, int]] = []
    spent = chars = 0
    for start, end in reversed(spans) if newest_last else spans:
        chars += end - start
        spent += parse_cost(text[start:end])
        if len(kept) == limits.MAX_ENTRIES or (kept and (spent > MAX_COST or chars > MAX_CHARS)):
            break
        kept.append((start, end))
    if len(kept) == len(spans) and spent <= MAX_COST and chars <= MAX_CHARS:
        return text
    notes.append(f"capped:{len(spans)}")
    head = _cut_to_budget(text[: starts[0]])
    if len(kept) == 1 and (spent > MAX_COST or chars > MAX_CHARS):  # one item alone is over the budget
        return head + _cut_to_budget(text[slice(*kept[0])])
    kept.sort()
    tail = text[last_end:]
    return head + text[kept[0][0] : kept[-1][1]] + (tail if len(tail) < 10_000 else "")


def parse_cost(text: str) -> int:
    """Return what the XML parser will spend, in us: 10 for a tag or a part that is not markup, 2 for a word in a tag, 4 more if it
    has a value, 1 for a reference.
    """
    spent = 0
    for chunk, opaque in _chunks(text):
        if opaque:
            spent += _TAG_COST
            continue
        tags = "".join(_ANY_TAG.findall(chunk))
        spent += _TAG_COST * (chunk.count("<") + chunk.count("/>")) + chunk.count("&")
        spent += _WORD_COST * sum(map(tags.count, " \n\t")) + _VALUE_COST * chunk.count("=")
    return spent


def _cut_to_budget(text: str) -> str:
    """Return the text up to what the budget allows."""
    text = text[:MAX_CHARS]
    while (spent := parse_cost(text)) > MAX_COST:
        text = text[: int(len(text) * 0.9 * MAX_COST / spent)]
    opened = text.rfind("<")
    return text[:opened] if opened > text.rfind(">") else text


def _date_near(text: str, start: int) -> float:
    match = _ANY_DATE.search(text, start, start + 20_000)
    found = parse_date(match[1]) if match else None
    return found.timestamp() if found else 0.0


def _limit_quadratic_parts(text: str, notes: list[str]) -> str:
    """Rename or drop what feedparser would spend quadratic time on; no honest feed has it."""
    if _LONG_TAG.search(text):
        text = _LONG_TAG.sub(_without_attributes, text)
    opened = None
    oversized = False
    for match in _PERSON.finditer(text):
        closes = match[0][1] == "/"
        oversized |= closes and opened is not None and match.start() - opened > MAX_PERSON_CHARS
        opened = None if closes else match.end()
    if oversized:
        text = _PERSON.sub(r"\1long-\2", text)
        notes.append("oversized_names")
    if text.count("<category") + text.count(":category") + text.count(":subject") > MAX_CATEGORIES:
        count = 0
        for match in _CATEGORY_OR_ITEM.finditer(text):
            count = count + 1 if match[2].lower() not in ("item", "entry") else 0
            if count > MAX_CATEGORIES:
                notes.append("too_many_categories")
                return _CATEGORY.sub(r"\1many-\2", text)
    return text


def _closed(text: str, notes: list[str]) -> str:
    """Return the text up to the end of its root; a document that was cut is closed behind its last whole element."""
    root = _FIRST_TAG.match(text)
    if root is None:
        return text
    name = root[0][1:]
    end = text.rfind(f"</{name}")
    if end < 0:
        end = text.lower().rfind(f"</{name.lower()}")
    close = text.find(">", end) if end >= 0 else -1
    if close >= 0:
        if text[close + 1 :].strip():
            notes.append("junk_after_feed")
        return text[: close + 1]
    if end < 0 and re.compile(r"[^<>]*/>").match(text, root.end()):
        return text  # an empty root
    notes.append("truncated")
    return _close_cut(text)


def _close_cut(text: str) -> str:
    """Return everything up to the last end tag, and the end tags that are missing."""
    whole = 0
    at = 0
    for chunk, opaque in _chunks(text):
        if not opaque:
            for match in _TAG.finditer(chunk):
                if match[1] or match[3].endswith("/"):
                    whole = at + match.end()
        at += len(chunk)
    if not whole:
        return text
    stack: list[str] = []
    waiting: Counter[str] = Counter()
    for chunk, opaque in _chunks(text[:whole]):
        for match in () if opaque else _TAG.finditer(chunk):
            name = match[2]
            if match[1]:
                while waiting[name] and (closed := stack.pop()):
                    waiting[closed] -= 1
                    if closed == name:
                        break
            elif not match[3].endswith("/"):
                stack.append(name)
                waiting[name] += 1
    return text[:whole] + "".join(f"</{name}>" for name in reversed(stack))
