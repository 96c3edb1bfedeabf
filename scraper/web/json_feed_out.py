"""Write records as a JSON Feed (jsonfeed.org, version 1.1), with the same metadata as the Atom feed. Pure.

An item's id is the article's canonical URL. What JSON Feed has no key for is in ``_darial``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scraper.codec import encode
from scraper.model import Record
from scraper.web.atom import AtomHead, iri, last_changed, openable_url, utc_time

MEDIA_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"
_SUMMARY_CHARS = 300


def json_feed(records: Iterable[Record], head: AtomHead, *, whole: bool = True) -> bytes:
    """Write the document. Without ``whole``, items have a summary instead of the text."""
    links = {link.rel: link.href for link in head.links}
    fields = {
        "version": VERSION,
        "title": head.title,
        "home_page_url": links.get("alternate"),
        "feed_url": links.get("self"),
        "description": head.subtitle,
        "next_url": links.get("next"),
    }
    return encode(
        {**_without_empty(fields), "items": [json_feed_item(record, whole=whole) for record in records]}
    )


def json_feed_item(record: Record, *, whole: bool = True) -> dict[str, Any]:
    text, address = "\n\n".join(record.body), openable_url(record)
    short = text if len(text) <= _SUMMARY_CHARS else text[:_SUMMARY_CHARS].rsplit(" ", 1)[0] + " …"
    fields = {
        "id": iri(record.url),
        "url": iri(address) if address else None,
        "title": record.title,
        "summary": record.summary or (None if whole else short),
        "image": iri(record.images[0].url) if record.images else None,
        "date_published": utc_time(record.published) if record.published else None,
        "date_modified": utc_time(last_changed(record)),
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
                _without_empty({"title": one.title, "url": one.url, "label": one.label})
                for one in record.related
            ],
        },
    }
    return _without_empty(fields) | {"content_text": fields["content_text"]}


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    """Remove empty values: JSON Feed does not allow null."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}
