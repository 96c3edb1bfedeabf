"""Turn markup inside a feed's texts into plain text: tags out, entities replaced, CDATA unwrapped. Pure, linear.

For the few lines of a title or a summary; pages go through ``html``.
"""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import urljoin, urlsplit

from scraper.text.normalize import clean_line
from scraper.urls import MAX_URL_BYTES, without_unseen

_BREAKS = re.compile(r"[\t\r\n]+")
_CDATA_MARK = re.compile(r"<!\[CDATA\[|\]\](?:>|\s*\Z)")
_TAG = re.compile(r"<(/?[a-zA-Z][\w:-]*|[!?])[^<>]*>")
_ESCAPED_TWICE = re.compile(r"</(?:a|b|i|p|em|strong|span|div|font)>|<(?:br|img|p)\b[^<>]*>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style|head|template)\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_LEGACY = re.compile(r"[\x80-\x9f]")
_IMAGE = re.compile(r"<img\b([^<>]{1,2000})", re.IGNORECASE)
_SRC = re.compile(r"""\bsrc\s*=\s*(?:"([^"]+)"|'([^']+)'|([^\s"'>]+))""", re.IGNORECASE)
# Tags that stand inside a word or a line: nothing comes in their place; all others part words.
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code del em font i ins kbd mark nobr q s samp small span strike strong sub sup tt u var wbr".split()  # noqa: SIM905
)
_PLAIN_TAGS = re.compile(r"</?(?:br|wbr|hr|p|nobr)\s*/?>|<img\s[^<>]*>", re.IGNORECASE)


def to_text(markup: str) -> str:
    """Return HTML as one line of plain text."""
    if markup.isascii() and not ("<" in markup or "&" in markup or "]" in markup):
        return clean_line(markup)  # an address, a date: what sitemaps hold by the hundred thousand
    text = unwrap_cdata(markup)
    if "<" in text:
        if "<!--" in text:
            text = _without(text, "<!--", "-->")
        if _HIDDEN.search(text):
            text = _without_hidden(text)
        text = _TAG.sub(_gap, text)
    text = replace_entities(text)
    if _ESCAPED_TWICE.search(text):
        text = clean_line(_TAG.sub(_gap, text))
    return text


def to_plain(text: str) -> str:
    """Return text that is declared plain, but often holds entities and a stray <br>, as one line."""
    text = unwrap_cdata(text)
    return replace_entities(_PLAIN_TAGS.sub(" ", text) if "<" in text else text)


def replace_entities(text: str) -> str:
    """Replace entities, twice where they were escaped twice; C1 controls are windows-1252 in disguise."""
    if "&" in text:
        text = unescape(text)
        if _ENTITY.search(text):
            text = unescape(text)
    if _LEGACY.search(text):
        text = _LEGACY.sub(_windows_1252, text)
    return clean_line(text)


def unwrap_cdata(text: str) -> str:
    """Remove CDATA marks that survived the parser, because they were nested or escaped."""
    return _CDATA_MARK.sub("", text) if "<![CDATA[" in text or "]]>" in text else text


def lines_as_html(text: str) -> str:
    """Return text as HTML: text without tags has a paragraph for each line."""
    if _TAG.search(text):
        return text
    lines = (escape(unescape(line.strip()), quote=False) for line in unwrap_cdata(text).splitlines())
    return "".join(f"<p>{line}</p>" for line in lines if line)


def image_sources(markup: str, limit: int = 10) -> list[str]:
    """Return the src of each img."""
    found: list[str] = []
    for tag in _IMAGE.finditer(markup):
        if match := _SRC.search(tag[1]):
            found.append(_ENTITY.sub(lambda m: unescape(m[0]), match[1] or match[2] or match[3]))
            if len(found) >= limit:
                break
    return found


def absolute_link(printed: str | None, base: str | None) -> str | None:
    """Return a printed link as an absolute URL (relative if there is no base); None for other schemes than http and https."""
    if not printed:
        return None
    printed = without_unseen(unwrap_cdata(_BREAKS.sub("", printed))).replace(" ", "%20")
    if printed.startswith(("https://", "http://")) and "[" not in printed and "]" not in printed:
        # nearly all are absolute: joining costs more
        return printed if 8 < len(printed) <= MAX_URL_BYTES else None
    if printed[:4].lower() == "www.":  # a host without a scheme, which would be taken for a folder
        printed = f"//{printed}"
    try:
        joined = urljoin(base, printed) if base else printed
        scheme = urlsplit(joined).scheme.lower()
    except ValueError:
        return None
    return joined if joined and len(joined) <= MAX_URL_BYTES and scheme in ("http", "https", "") else None


def _gap(match: re.Match[str]) -> str:
    return "" if match[1].lstrip("/").lower() in _INLINE else " "


def _windows_1252(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("cp1252", "ignore")


def _without(text: str, opening: str, closing: str) -> str:
    """Remove what stands between two marks; an unclosed one ends with its tag, or hides all that follows."""
    parts, at = [], 0
    while (start := text.find(opening, at)) >= 0:
        parts.append(text[at:start])
        end = text.find(closing, start)
        if end < 0:
            end, closing = text.find(">", start), ">"
        if end < 0:
            return "".join(parts)
        at = end + len(closing)
    return "".join([*parts, text[at:]])


def _without_hidden(text: str) -> str:
    lower = text.lower()
    if len(lower) != len(text):  # a letter that grows when lowered would shift every index
        return text
    parts, at, missing = [], 0, set()
    for match in _HIDDEN.finditer(text):
        name = match[1].lower()
        if match.start() < at or name in missing:
            continue
        end = lower.find(f"</{name}", match.end())
        if end < 0:
            missing.add(name)
            continue
        parts.append(text[at : match.start()])
        at = end
    parts.append(text[at:])
    return " ".join(parts)
