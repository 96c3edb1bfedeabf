"""``postgresql://user@host:5432/database?schema=darial`` as what libpq takes and what may be shown. Pure.

Passwords belong into PGPASSWORD, ~/.pgpass or a file that holds the whole URL; ``shown`` never has one.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from scraper.codec import Struct
from scraper.errors import StoreError
from storage import location

DEFAULT_SCHEMA = "darial"
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,47}\Z")


class Location(Struct, frozen=True):
    """``url`` is for libpq alone; tables live in ``schema``, so that one database may hold several stores."""

    url: str
    shown: str
    schema: str

    def __repr__(self) -> str:
        return f"Location({self.shown!r})"


def parse_location(url: str) -> Location:
    """Raise StoreError (bad_location), which does not repeat what it could not read."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise StoreError("the store's URL cannot be read", code="bad_location") from None
    options = dict(pairs)
    schema = options.pop("schema", DEFAULT_SCHEMA)
    if not _SCHEMA.match(schema):
        raise StoreError(
            "the schema in the store's URL is not a plain name (a-z, 0-9, _)", code="bad_location"
        )
    return Location(
        url=urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(options, quote_via=quote), "")),
        shown=location.shown(url),
        schema=schema,
    )
