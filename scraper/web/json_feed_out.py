"""Records to a JSON Feed (jsonfeed.org, version 1.1). Pure. The counterpart of atomout, of the same records and Head.

An item has the article's canonical address as its id. What JSON Feed has no key for stands under ``_darial``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from scraper.codec import encode
from scraper.model import Record
from scraper.web.atom import AtomHead, iri, last_changed, openable_url

MEDIA_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"
_SUMMARY_CHARS = 300


def json_feed(records: Iterable[Record], head: AtomHead, *, whole: bool = True) -> bytes:
    """The document. Without ``whole`` items have a summary instead of the text."""
    links = {link.rel: link.href for link in head.links}
    known = {
        "version": VERSION,
        "title": head.title,
        "home_page_url": links.get("alternate"),
        "feed_url": links.get("self"),
        "description": head.subtitle,
        "next_url": links.get("next"),
    }
    return encode({**_said(known), "items": [json_feed_item(record, whole=whole) for record in records]})


def json_feed_item(record: Record, *, whole: bool = True) -> dict[str, Any]:
    text, address = "\n\n".join(record.body), openable_url(record)
    short = text if len(text) <= _SUMMARY_CHARS else text[:_SUMMARY_CHARS].rsplit(" ", 1)[0] + " …"
    known = {
        "id": iri(record.url),
        "url": iri(address) if address else None,
        "title": record.title,
        "summary": record.summary or (None if whole else short),
        "image": iri(record.images[0].url) if record.images else None,
        "date_published": _time(record.published) if record.published else None,
        "date_modified": _time(last_changed(record)),
        "authors": [{"name": name} for name in record.authors],
        "tags": list(dict.fromkeys(tag for tag in (record.section, *record.tags) if tag)),
        "language": record.language,
        # one of the two texts must be there (section "Items"), though it be empty
        "content_text": text if whole else short,
        "_darial": {
            "id": record.id,
            "seq": record.seq,
            "revision": record.revision,
            "source": record.source,
            "cluster": record.cluster,
            "related": [
                _said({"title": one.title, "url": one.url, "label": one.label}) for one in record.related
            ],
        },
    }
    return _said(known) | {"content_text": known["content_text"]}


def _said(values: dict[str, Any]) -> dict[str, Any]:
    """Without the keys that say nothing: null is no value of theirs."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
