"""Find the address of a saved page in the page itself. Pure.

Browsers, SingleFile and HTTrack write it into the page; otherwise rel=canonical or og:url names it. The front page of a site
is not accepted: many templates print it on every page.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

SOUGHT_CHARS = 262_144  # the head of a page, scripts included

_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+?)\s*-->", re.IGNORECASE)
_SINGLE_FILE = re.compile(r"saved with SingleFile\s*[\r\n]+\s*url:\s*(\S+)", re.IGNORECASE)
_MIRRORED = re.compile(r"<!--\s*Mirrored from (\S+) by HTTrack", re.IGNORECASE)
_TAG = re.compile(r"<(link|meta)\b([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w:-])([\w:-]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")


def saved_page_url(markup: str) -> str | None:
    """Return the absolute http(s) address of a saved page; None if the page does not tell it."""
    head = markup[:SOUGHT_CHARS]
    for pattern, scheme in ((_SAVED_FROM, ""), (_SINGLE_FILE, ""), (_MIRRORED, "http://")):
        if (found := pattern.search(head)) and (url := _address(scheme + found[1])):
            return url
    canonical = graph = None
    for tag, inside in _TAG.findall(head):
        has = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(inside)}
        if tag.lower() == "link" and "canonical" in has.get("rel", "").lower().split():
            canonical = canonical or _address(has.get("href", ""))
        elif tag.lower() == "meta" and (has.get("property") or has.get("name") or "").lower() == "og:url":
            graph = graph or _address(has.get("content", ""))
    return next((url for url in (canonical, graph) if url and urlsplit(url).path.strip("/")), None)


def _address(text: str) -> str | None:
    text = text.strip()
    text = "https:" + text if text.startswith("//") else text
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme.lower() in ("http", "https") and parts.hostname else None
