"""Parse the public page of a Telegram channel (``/s/NAME``) to a Feed: each post with a text is an entry, newest first. Pure.

A page shows some twenty posts, the oldest first; ``older`` leads to those before. No post has a page of its own that says
more, so each entry carries a ``Post``. What a reply quotes is another post's.
"""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from urllib.parse import urljoin, urlsplit

from scraper.errors import NotAFeed
from scraper.extract.html import Node, Tree, parse, select
from scraper.feeds import limits
from scraper.feeds.attachments import seconds_of
from scraper.feeds.markup import absolute_link, to_text
from scraper.guard import read_or_skip
from scraper.model import Entry, Feed, Media, Post
from scraper.text.dates import parse_date

MARK = "tgme_"  # stands in the classes of every such page
MAX_TITLE_CHARS = 120
MAX_LINKS = 30

_MESSAGE = ".tgme_widget_message[data-post]"
_LINE_END = re.compile(r"<br\s*/?>|</(?:blockquote|pre|p|div)>|<(?:blockquote|pre)\b[^<>]*>", re.IGNORECASE)
_BACKGROUND = re.compile(r"""background-image\s*:\s*url\(\s*["']?([^"')]+)""", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?։…])\s")
_COUNT = re.compile(r"([\d.,]+)\s*([KM]?)", re.IGNORECASE)
_THOUSANDS = {"": 1, "k": 1_000, "m": 1_000_000}


def parse_channel(text: str, *, url: str | None = None, now: datetime | None = None) -> Feed:
    """Parse a channel's page. Raises NotAFeed for a page that shows no channel, PageTooComplex."""
    tree = parse(text)
    messages = select(tree, _MESSAGE)
    if not messages and not select(tree, ".tgme_channel_info, .tgme_channel_history"):
        raise NotAFeed(
            "the channel shows no posts without the app: it is private, gone, or no channel", url=url
        )
    titles = select(tree, 'meta[property="og:title"][content]')
    channel = _text(tree, ".tgme_channel_info_header_title")
    channel = channel or next((title.attributes.get("content") for title in titles), None)
    entries = [read_or_skip(url, _entry, message, url, channel, now) for message in messages]
    kept = [entry for entry in reversed(entries) if entry is not None]
    silent = len(messages) - len(kept)
    return Feed(
        kind="telegram",
        entries=tuple(kept[: limits.MAX_ENTRIES]),
        title=channel,
        link=url,
        older=_older(tree, url, messages),
        notes=(f"without_text:{silent}",) if silent else (),
    )


def _entry(message: Node, url: str | None, channel: str | None, now: datetime | None) -> Entry | None:
    """Return a post; None for one without a text (a picture alone, a service message)."""
    name = message.attributes.get("data-post") or ""
    own = select(message, ".tgme_widget_message_text")
    told = [node for node in own if not _is_quoted(node, message)]
    lines = [line for node in told for line in _lines(node)]
    lines = lines or [line for line in (_text(message, s) for s in _OTHER_TEXTS) if line]
    if not lines or "service_message" in (message.attributes.get("class") or ""):
        return None
    dates = (node.attributes.get("datetime") for node in select(message, _DATES))
    date = next(filter(None, dates), None)
    # its address if it is a public channel's, else the name
    forwarded = select(message, _FORWARDED)[:1]
    author = _text(message, ".tgme_widget_message_from_author") or _text(message, _OWNER) or channel
    styles = (_BACKGROUND.search(node.attributes.get("style") or "") for node in select(message, _PICTURES))
    photos = [style[1] for style in styles if style]
    return Entry(
        url=_permalink(message, name, url),
        guid=name,
        title=_title(lines[0]),
        content="".join(f"<p>{escape(line, quote=False)}</p>" for line in lines),
        published=parse_date(date, now=now) if date else None,
        published_raw=date,
        authors=(author,) if author else (),
        images=tuple(dict.fromkeys(found for p in photos if (found := absolute_link(p, url)))),
        media=tuple(_media(message, url)),
        post=Post(
            links=tuple(_links(told, message, url)),
            forwarded_from=next(
                (n.attributes.get("href") or to_text(n.html or "") or None for n in forwarded), None
            ),
            views=_count(_text(message, ".tgme_widget_message_views")),
        ),
    )


_OTHER_TEXTS = (".tgme_widget_message_poll_question", ".tgme_widget_message_document_title")
_DATES = ".tgme_widget_message_date time[datetime], time[datetime]"
_OWNER = ".tgme_widget_message_owner_name"
_PICTURES = ".tgme_widget_message_photo_wrap, .tgme_widget_message_video_thumb"
_FORWARDED = ".tgme_widget_message_forwarded_from_name"


def _is_quoted(node: Node, message: Node) -> bool:
    at = node.parent
    while at is not None and at.mem_id != message.mem_id:
        if "tgme_widget_message_reply" in (at.attributes.get("class") or "").split():
            return True
        at = at.parent
    return "js-message_reply_text" in (node.attributes.get("class") or "")


def _lines(node: Node) -> list[str]:
    markup = node.html or ""
    inner = markup[markup.find(">") + 1 : markup.rfind("</")]
    return [line for part in _LINE_END.split(inner) if (line := to_text(part))]


def _title(line: str) -> str:
    """Return the first line, cut at a sentence or a word."""
    if len(line) <= MAX_TITLE_CHARS:
        return line
    sentence = _SENTENCE_END.split(line, maxsplit=1)[0]
    return sentence if len(sentence) <= MAX_TITLE_CHARS else line[:MAX_TITLE_CHARS].rpartition(" ")[0] + "…"


def _permalink(message: Node, name: str, url: str | None) -> str | None:
    dated = select(message, "a.tgme_widget_message_date[href]")
    said = dated[-1].attributes.get("href") if dated else None
    found = absolute_link(said, url) or absolute_link(f"/{name}", url)
    return found.partition("?")[0] if found else None  # "?single": one of an album


def _links(told: list[Node], message: Node, url: str | None) -> list[str]:
    """Return the addresses that a post's text leads to, and that of its preview; hashtags are searches in the channel."""
    nodes = [link for node in told for link in select(node, "a[href]")]
    nodes += select(message, "a.tgme_widget_message_link_preview[href]")
    hrefs = [node.attributes.get("href") or "" for node in nodes]
    found = [absolute_link(href, url) for href in hrefs if not href.startswith(("?", "#", "tg:"))]
    return list(dict.fromkeys(link for link in found if link))[:MAX_LINKS]


def _media(message: Node, url: str | None) -> list[Media]:
    kinds = {"video": "video/mp4", "audio": "audio/ogg"}
    length = seconds_of(_text(message, ".message_video_duration, .tgme_widget_message_voice_duration"))
    nodes = select(message, "video[src], audio[src]")
    return [
        Media(url=found, type=kinds.get(node.tag or ""), seconds=length if len(nodes) == 1 else None)
        for node in nodes
        if (found := absolute_link(node.attributes.get("src"), url))
    ]


def _older(tree: Tree, url: str | None, messages: list[Node]) -> str | None:
    for node in select(tree, "link[rel=prev][href], a.tme_messages_more[data-before][href]"):
        if "before=" in (node.attributes.get("href") or ""):
            return absolute_link(node.attributes.get("href"), url)
    names = ((m.attributes.get("data-post") or "").rpartition("/")[2] for m in messages)
    numbers = [int(name) for name in names if name.isdecimal()]
    if not url or min(numbers, default=0) <= 1:
        return None
    return urljoin(url, f"{urlsplit(url).path}?before={min(numbers)}")


def _count(printed: str | None) -> int | None:
    """Return a number like "1.2K"."""
    match = _COUNT.fullmatch(printed or "")
    try:
        return round(float(match[1].replace(",", ".")) * _THOUSANDS[match[2].lower()]) if match else None
    except ValueError:
        return None


def _text(root: Node | Tree, selector: str) -> str | None:
    return next((text for node in select(root, selector) if (text := to_text(node.html or ""))), None)
