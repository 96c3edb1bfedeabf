"""Turn a record into an item of IPTC ninjs 2.1 (https://iptc.org/standards/ninjs/). Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from scraper.model import Record

_STATES = {"published": "usable", "redirected": "usable", "deleted": "canceled"}
_STANDARD = {
    "name": "ninjs",
    "version": "2.1",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_2.1.json#",
}


def ninjs_item(record: Record) -> dict[str, Any]:
    """Return the item; what the record does not say is left out. Images and related headlines are ``associations``."""
    r = record
    uri = f"urn:darial:{r.id}"
    item = {
        "standard": _STANDARD,
        "uri": uri,
        "type": "text",
        "version": str(r.revision),
        "pubstatus": _STATES[r.status],
        "language": r.language,
        "firstcreated": _moment(r.published or r.first_seen),
        "versioncreated": _moment(r.modified or r.fetched),
        "headlines": _values("main", r.title),
        "descriptions": _values("summary", r.summary),
        "bodies": [{**value, "contenttype": "text/plain"} for value in _values("main", "\n\n".join(r.body))],
        "by": "; ".join(r.authors),
        "people": [{"name": author, "rel": "author"} for author in r.authors],
        "infosources": [
            {"name": r.source, "role": "publisher"},
            *({"name": name, "role": "agency"} for name in r.credits),
        ],
        "subjects": [{"name": tag} for tag in dict.fromkeys((r.section, *r.tags)) if tag],
        "located": r.country,
        "altids": [
            {"role": "canonical", "value": r.url},
            *({"role": "address", "value": other} for other in r.urls),
        ],
        "renditions": [{"name": "web", "href": r.link or r.url, "contenttype": "text/html"}],
        "associations": [
            *(
                _association("picture", f"image-{n}", image.url, image.caption)
                for n, image in enumerate(r.images, 1)
            ),
            *(
                _association("text", f"related-{n}", headline.url or f"{uri}:related-{n}", headline.title)
                for n, headline in enumerate(r.related, 1)
            ),
        ],
    }
    return {name: value for name, value in item.items() if value}


def _values(role: str, text: str | None) -> list[dict[str, Any]]:
    return [{"role": role, "value": text}] if text else []


def _association(kind: str, name: str, uri: str, headline: str | None) -> dict[str, Any]:
    item = {"type": kind, "name": name, "uri": uri, "headlines": _values("main", headline)}
    return {name: value for name, value in item.items() if value}


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
