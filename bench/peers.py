"""The other extractors, behind one shape: HTML text in, (body, title, date) out; or nothing, where they are not installed.

They are a dependency group of their own (``make bench``). What each is asked for is its documented main call.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple


class Found(NamedTuple):
    body: str
    title: str | None = None
    published: str | None = None


Peer = Callable[[str], Found]
# What is measured with which package; the order of the tables.
PEERS = {
    "trafilatura with metadata": "trafilatura",
    "trafilatura": "trafilatura",
    "trafilatura fast": "trafilatura",
    "trafilatura precision": "trafilatura",
    "newspaper4k": "newspaper",
    "readability-lxml": "readability",
    "resiliparse": "resiliparse",
}
SLOW = frozenset(("newspaper4k",))
_TAG = re.compile(r"<[^>]*>")
_BLOCK = re.compile(r"</(?:p|div|li|h\d|blockquote|tr|pre)>|<br\s*/?>", re.IGNORECASE)


def load() -> tuple[dict[str, Peer], tuple[str, ...]]:
    """The peers that are installed, and the names of those that are not."""
    warnings.simplefilter("ignore")  # theirs, about dates and missing extras
    there: dict[str, Peer] = {}
    missing = []
    makers = {
        "trafilatura": _trafilatura,
        "newspaper": _newspaper,
        "readability": _readability,
        "resiliparse": _resiliparse,
    }
    for package, make in makers.items():
        try:
            there |= make()
        except ImportError:
            missing += [name for name, needs in PEERS.items() if needs == package]
    return {name: there[name] for name in PEERS if name in there}, tuple(missing)


def _trafilatura() -> dict[str, Peer]:
    lib: Any = importlib.import_module("trafilatura")

    def with_metadata(text: str) -> Found:
        found = lib.bare_extraction(text, with_metadata=True)
        return Found(found.text or "", found.title, found.date) if found else Found("")

    def plain(**options: bool) -> Peer:
        return lambda text: Found(lib.extract(text, **options) or "")

    return {
        "trafilatura with metadata": with_metadata,
        "trafilatura": plain(),
        "trafilatura fast": plain(fast=True),
        "trafilatura precision": plain(favor_precision=True),
    }


def _newspaper() -> dict[str, Peer]:
    lib: Any = importlib.import_module("newspaper")

    def extract(text: str) -> Found:
        article = lib.Article(url="https://news.example/", fetch_images=False)
        article.download(input_html=text)
        article.parse()
        date = article.publish_date
        return Found(article.text or "", article.title, date.isoformat() if date else None)

    return {"newspaper4k": extract}


def _readability() -> dict[str, Peer]:
    lib: Any = importlib.import_module("readability")
    entities: Any = importlib.import_module("html")

    def extract(text: str) -> Found:
        document = lib.Document(text)
        body = _TAG.sub("", _BLOCK.sub("\n", document.summary(html_partial=True)))
        return Found(entities.unescape(body), document.short_title())

    return {"readability-lxml": extract}


def _resiliparse() -> dict[str, Peer]:
    lib: Any = importlib.import_module("resiliparse.extract.html2text")
    return {"resiliparse": lambda text: Found(lib.extract_plain_text(text, main_content=True))}
