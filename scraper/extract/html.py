"""Text in, parsed page out: guard, parse, select. The only module that knows the HTML parser. Pure.

``guard`` refuses pages that would cost quadratic time; ``parse`` calls it. ``Tree`` and ``Node`` are the parser's own
types: callers may read what they hold (tags, attributes, texts, neighbours, what a selector finds), and must not change the
tree: one parse serves metadata, body and headlines.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from urllib.parse import urljoin

from selectolax.lexbor import LexborDocumentOptions, SelectolaxError
from selectolax.lexbor import LexborHTMLParser as Tree
from selectolax.lexbor import LexborNode as Node

from scraper.errors import PageTooComplex

__all__ = ["MAX_DEPTH", "Node", "Tree", "base_url", "guard", "numbers", "parse", "select", "selector_error"]

# Whatever a page is made of, an element costs 5 us and 1 KB in all: this many stay below a second and 100 MB. News pages
# have 2,000 of these marks; the largest of 1,190 real ones has 8,648.
MAX_MARKS = 50_000  # "<"
# lexbor walks up its open elements for each tag: 50,000 nested divs take 3.5 s, 5,000 take 0.02 s.
MAX_OPEN = 5_000
MAX_DEPTH_TIMES_TAGS = 150_000_000  # 2,000 open divs and 50,000 pairs in them: 10^8, 0.2 s
# Formatting elements that stay open are opened anew in every block (HTML standard, section 13.2.4.3).
MAX_REOPENED = 2_000_000
MAX_ATTRIBUTES = 5_000  # of one tag: lexbor compares each with all before it; 10,000 take 0.1 s
MAX_STRAY = 20_000  # "<" that opens no tag: each may be an attribute of an unclosed one
MAX_NAMES = 5_000  # kinds of tags: each may be an attribute of an unclosed one
MAX_DEPTH = 1_000  # for those who walk the tree
# lexbor keeps the names of attributes in a table of 128 chains: 20,000 names take 0.1 s, 80,000 take 4 s.
MAX_ATTRIBUTE_NAMES = 25_000  # a real page has 2,796 at most
MAX_ALL_ATTRIBUTES = 100_000  # 250 bytes each; a real page has 12,726 at most

_MANY_TAGS = 5_000  # with fewer, and a good part of them closing tags, nothing below can become slow
_SOME_TAGS = 2_500
_MANY_WORDS = 40_000  # with fewer, attributes take half a second, whatever they are called
_NAME_BYTES = 4  # of an attribute at least, where so many have different names
_DENSE_BYTES = 40  # a tag every so many bytes: hardly any text, no news page
_WINDOW = 16_384
_TAG_HEAD = 8_000
_TAG = re.compile(rb"<(/?[a-zA-Z][^\s/>]{0,30})")
_VALUE = rb"""(?:\s*+=\s*+(?:"[^"]*+"?+|'[^']*+'?+|[^\s>]*+))?+"""
_ATTRIBUTES = re.compile(rb"<[a-zA-Z][^\s/>]*+((?:[\s/]++(?:[^\s/>=][^\s/>=]*+" + _VALUE + rb"|=)?+)*+)")
_ATTRIBUTE = re.compile(rb"[\s/]([^\s/>=][^\s/>=]*+)" + _VALUE)
_FORMATTING = frozenset(b"b big code em font i nobr s small strike strong tt u".split())
# Tags that close themselves, by nature or when the next of their kind comes.
_SELF_CLOSING = frozenset(
    b"p li td tr th option optgroup dd dt rp rt tbody thead tfoot br img hr meta link input area base col embed source track wbr a".split()
)
_RAW = (b"<script", b"<style", b"<textarea", b"<noscript", b"<title", b"<iframe", b"<xmp", b"<noembed")


def guard(text: str) -> None:
    """Raise PageTooComplex for a page that would cost the parser quadratic time. Linear itself."""
    _guard(text.encode("utf-8", "ignore"))


def parse(page: str | bytes) -> Tree:
    """Guard, then parse as a browser that runs scripts does: the content of noscript stays text. Bytes are UTF-8.

    (With noscript parsed as markup, a tracking image in the head's noscript would end the head.) Without events the
    parser does not copy each option of a select into its button, which is quadratic and has crashed.
    """
    data = page if isinstance(page, bytes) else page.encode("utf-8", "ignore")
    _guard(data)
    return Tree(data, scripting=True, options=LexborDocumentOptions.WO_EVENTS)


def select(root: Tree | Node, selector: str) -> list[Node]:
    """All matches, in document order; a selector that does not parse matches nothing."""
    try:
        return root.css(selector)
    except SelectolaxError:
        return []


def base_url(tree: Tree, url: str | None) -> str | None:
    """Return what relative addresses of a page are relative to: its <base href>, else its own address."""
    for node in select(tree.head, "base[href]")[:1] if tree.head is not None else ():
        with contextlib.suppress(ValueError):
            found = urljoin(url or "", (node.attributes.get("href") or "").strip())
            return found if found.startswith(("http://", "https://", "/")) else url
    return url


def selector_error(selector: str) -> str | None:
    """Why a selector cannot be used, or None."""
    if not selector.strip():
        return "empty selector"
    try:
        _PROBE.css(selector)
    except SelectolaxError as error:
        return str(error)
    return None


_PROBE = Tree(b"<p>text<!-- comment --></p>")


def numbers(names: Iterable[str]) -> dict[str, int]:
    """Return the parser's own numbers of tags: comparing those is several times as fast as reading names."""
    found: dict[str, int] = {}
    text = _PROBE.css("p")[0].child
    comment = text.next if text is not None else None
    for name in names:
        node = text if name == "-text" else comment if name == "-comment" else _PROBE.create_node(name)
        if node is not None:
            found[name] = node.tag_id
    return found


def _guard(data: bytes) -> None:
    """Cheap signs first: most pages are cleared by counting."""
    at, end = 0, len(data) - _WINDOW
    while at < end:
        if data.find(b"<", at, at + _WINDOW) < 0:
            at = _check_tag_around(data, at)
        at += _WINDOW
    tags = data.count(b"<")
    if tags > MAX_MARKS:
        raise PageTooComplex(f"more than {MAX_MARKS} tags")
    if len(data) > _NAME_BYTES * _MANY_WORDS and _has_many_words(data):
        _check_attributes(data)
    if tags > _MANY_TAGS or (
        tags > _SOME_TAGS and tags * _DENSE_BYTES > len(data) and data.count(b"</") * 3 < tags
    ):
        _check_nesting(data, tags)


def _check_tag_around(data: bytes, at: int) -> int:
    """Return a long stretch without "<" is a script, a text, or the attributes of one tag. Returns where it ends."""
    end = data.find(b"<", at + _WINDOW)
    if end < 0:
        end = len(data)
    start = data.rfind(b"<", 0, at)
    if start < 0 or not data[start + 1 : start + 2].isalpha():
        return end
    if data[start : start + 10].lower().startswith(_RAW) and data.find(b">", start, start + _TAG_HEAD) >= 0:
        return end
    close = data.find(b">", start, end)
    if close < 0 or close - start > _TAG_HEAD:
        many = len(data[start : close if close >= 0 else end].split())
    else:
        many = data.count(b'="', start, end) + data.count(b"='", start, end)  # quoted values may hold ">"
    if many > MAX_ATTRIBUTES and len(_attributes(data, start)) > MAX_ATTRIBUTES:
        raise PageTooComplex(f"a tag has more than {MAX_ATTRIBUTES} attributes")
    return end


def _has_many_words(data: bytes) -> bool:
    """Whether there is room for many attributes: each is a word, a part of a path or stands before "="."""
    # A third of what to split costs; half of the signs are indentation as a rule.
    signs = len(data) - len(data.translate(None, b" \t\n\f\r/="))
    if signs <= _MANY_WORDS or signs - 3 * data.count(b"    ") - data.count(b"\t\t") <= _MANY_WORDS:
        return False
    return len(data.split()) + data.count(b"/") + data.count(b"=") > _MANY_WORDS


def _attributes(data: bytes, start: int) -> list[bytes]:
    """Return the names in the tag that begins there."""
    tag = _ATTRIBUTES.match(data, start)
    return _ATTRIBUTE.findall(tag[1]) if tag else []


def _check_attributes(data: bytes) -> None:
    """Count them as the parser will: a quoted value may hold anything."""
    names = _ATTRIBUTE.findall(b" ".join(_ATTRIBUTES.findall(data)))
    if len(names) > MAX_ALL_ATTRIBUTES:
        raise PageTooComplex(f"more than {MAX_ALL_ATTRIBUTES} attributes")
    if len(set(names)) > MAX_ATTRIBUTE_NAMES:
        raise PageTooComplex(f"more than {MAX_ATTRIBUTE_NAMES} names of attributes")


def _check_nesting(data: bytes, tags: int) -> None:
    names = [name.lower() for name in _TAG.findall(data)]
    if tags - len(names) > MAX_STRAY:
        raise PageTooComplex("too much in the page looks like a tag and is none")
    counts = Counter(names)
    if len(counts) > MAX_NAMES:
        raise PageTooComplex("too many kinds of tags")
    opened = sum([count for name, count in counts.items() if name[0] != 0x2F])
    closed_by_end_tags = {name for name in counts if name[0] != 0x2F} - _SELF_CLOSING
    possible = sum([counts[name] for name in closed_by_end_tags])
    if possible > MAX_OPEN or possible * opened > MAX_DEPTH_TIMES_TAGS:
        deepest = _deepest(names, closed_by_end_tags)
        if deepest > MAX_OPEN or deepest * opened > MAX_DEPTH_TIMES_TAGS:
            raise PageTooComplex(f"{deepest} elements are open at once")
    formatting = sum([counts[name] for name in _FORMATTING])
    if formatting * opened > MAX_REOPENED and _deepest(names, _FORMATTING) * opened > MAX_REOPENED:
        raise PageTooComplex("too many unclosed formatting elements")


def _deepest(names: list[bytes], wanted: AbstractSet[bytes]) -> int:
    """How many of these elements are open at once. An end tag ends one of its own name, if one is open."""
    opened = dict.fromkeys(wanted, 0)
    ends = {b"/" + name: name for name in wanted}
    depth = deepest = 0
    for name in names:
        if name in opened:
            opened[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif (ended := ends.get(name)) is not None and opened[ended]:
            opened[ended] -= 1
            depth -= 1
    return deepest
