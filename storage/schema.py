"""The JSON Schema of a record, made from the types. ``python -m storage.schema`` writes it to schema/article.schema.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scraper.codec import encode, field_names, pretty, schema_components
from scraper.model import Record

PATH = Path(__file__).parent / "schema" / "article.schema.json"
_ABOUT = {
    "schema": "Version of this format.",
    "seq": "Number of this line in the store's change log: dense, from 1.",
    "id": "Stable name of the article, made from its canonical address.",
    "revision": "Number of this revision of the article, from 1.",
    "source": "Id of the source in sources.toml, or 'import'.",
    "country": "Country of the source, as sources.toml has it: ge, am, az, ru, tr ...",
    "url": "Canonical address: the one spelling by which the article is recognised. Some sites do not answer at it.",
    "link": "The address that was opened, for people and programs that want to read the page.",
    "urls": "Other addresses that led here, as they were written.",
    "published": "As the source says, in UTC; null where it does not say.",
    "published_raw": "The date as printed.",
    "published_from": "Where the date stood: json-ld, meta, rules, time, feed, url, text.",
    "fetched": "When this revision was fetched. All times are UTC, with milliseconds and Z.",
    "first_seen": "When the article's first revision was fetched.",
    "language": "ISO 639-1 code of the body's language.",
    "body": "Paragraphs of the article itself, plain text.",
    "related": "Headlines of other articles printed on the page; never part of the body.",
    "duplicate_of": "Id of the earliest article with nearly the same text, as known when the line was written.",
    "cluster": "Id of the cluster of articles with nearly the same text: that of its earliest member.",
    "similarity": "Share of the shorter text's word pairs found in the other, 0 to 1.",
    "role": "What the article is in its cluster: original, reprint, excerpt or update.",
    "credits": "News agencies that the text or its byline credits.",
    "media": "Recordings that belong to the article: address, media type, length in seconds.",
    "post": "Of a channel's post: its links, whom it was forwarded from, its views when this revision was first seen.",
    "hash": "Hash of the title's and body's words: equal for typographically different copies.",
    "status": "Whether the page still stands at its address: published, deleted, redirected. A changed status is a revision that keeps the text.",
    "purged": "Seqs of the article's lines that were deleted, for their age or by name. Not empty only in the line that stands for them, "
    "which has no text; no later line of the article follows.",
    "moved_to": "Where the address of a redirected page leads.",
    "found_by": "feed, sitemap, listing, related, url or import.",
}


def schema() -> dict[str, Any]:
    """Every key is always present; unknown keys are allowed, since later versions may add some."""
    components = schema_components(Record)["$defs"]
    record = components.pop("Record")
    record["description"] = "One line of Darial's JSON Lines: a whole revision of an article."
    record["required"] = [field.encode_name for field in field_names(Record)]
    for name, words in _ABOUT.items():
        record["properties"][name]["description"] = words
    for component in (record, *components.values()):
        for value in component["properties"].values():
            value.pop("default", None)
        component["required"] = list(component["properties"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://darial.example/article.schema.json",
        **record,
        "$defs": components,
    }


def schema_text() -> bytes:
    return pretty(encode(schema())) + b"\n"


if __name__ == "__main__":
    PATH.write_bytes(schema_text())
