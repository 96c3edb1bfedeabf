"""``postgresql://user@host:5432/database?schema=darial`` as what libpq takes and what may be shown. Pure.

Passwords belong into PGPASSWORD, ~/.pgpass or a file that holds the whole URL; ``shown`` never has one.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from scraper.codec import Struct
from scraper.errors import StoreError

DEFAULT_SCHEMA = "darial"
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,47}\Z")
_SECRET = frozenset(("password", "sslpassword"))


class Location(Struct, frozen=True):
    """``url`` is for libpq alone; tables live in ``schema``, so that one database may hold several stores."""

    url: str
    shown: str
    schema: str

    def __repr__(self) -> str:
        return f"Location({self.shown!r})"


def parse(url: str) -> Location:
    """Raises StoreError (bad_location), which does not repeat what it could not read."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise StoreError("the store's URL cannot be read", code="bad_location") from None
    options = dict(pairs)
    schema = options.pop("schema", DEFAULT_SCHEMA)
    if not _SCHEMA.match(schema):
        raise StoreError("the schema of the store's URL is no plain name (a-z, 0-9, _)", code="bad_location")
    user, at, host = parts.netloc.rpartition("@")
    public = {name: value for name, value in options.items() if name not in _SECRET}
    name = user.partition(":")[0]
    return Location(
        url=urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(options, quote_via=quote), "")),
        shown=urlunsplit(
            (
                "postgresql",
                f"{name}{at}{host}",
                parts.path,
                urlencode(
                    public if schema == DEFAULT_SCHEMA else {**public, "schema": schema}, quote_via=quote
                ),
                "",
            )
        ),
        schema=schema,
    )


def has_password(url: str) -> bool:
    """Whether a URL carries a password: such a one has no place in an argument, which everybody on the machine can read."""
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    return bool(unquote(user.partition(":")[2])) or any(
        name in _SECRET for name, _ in parse_qsl(parts.query, keep_blank_values=True)
    )
