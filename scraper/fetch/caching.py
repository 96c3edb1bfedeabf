"""What makes a request conditional (RFC 9110 section 13): validators out of answers, and into requests. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from scraper.model import Validators

MAX_VALIDATOR_BYTES = 512


def validators_of(headers: Mapping[str, str], old: Validators | None = None) -> Validators:
    """What to send next time. Only what can be sent back is kept: a validator that breaks requests breaks them for ever.

    ``old`` are those that a 304 confirmed: it replaces what it carries and leaves the rest.
    """
    etag, modified = headers.get("etag", "").strip(), headers.get("last-modified", "").strip()
    return Validators(
        etag=etag if _sendable(etag) else (old.etag if old else None),
        last_modified=modified if _sendable(modified) else (old.last_modified if old else None),
    )


def conditional_headers(validators: Validators | None) -> dict[str, str]:
    """If-None-Match alone where there is an ETag: servers that or the two conditions together hide news."""
    if validators is None:
        return {}
    if validators.etag and _sendable(validators.etag):
        return {"If-None-Match": validators.etag}
    if validators.last_modified and _sendable(validators.last_modified):
        return {"If-Modified-Since": validators.last_modified}
    return {}


def _sendable(value: str) -> bool:
    return 0 < len(value) <= MAX_VALIDATOR_BYTES and value.isascii() and value.isprintable()
