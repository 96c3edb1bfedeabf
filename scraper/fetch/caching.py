"""Make requests conditional (RFC 9110 section 13): validators out of answers, and into requests. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scraper.model import Validators

MAX_VALIDATOR_BYTES = 512


def validators_of(headers: Mapping[str, str], old: Validators | None = None) -> Validators:
    """Return the validators to send next time. Only those that can be sent back are kept: a bad one would break every request.

    ``old`` are those that a 304 confirmed: it replaces what it carries and leaves the rest.
    """
    etag, modified = headers.get("etag", "").strip(), headers.get("last-modified", "").strip()
    return Validators(
        etag=etag if _sendable(etag) else (old.etag if old else None),
        last_modified=modified if _sendable(modified) else (old.last_modified if old else None),
    )


def conditional_headers(validators: Validators | None) -> dict[str, str]:
    """Return If-None-Match alone if there is an ETag: servers that treat the two conditions as alternatives hide news."""
    if validators is None:
        return {}
    if validators.etag and _sendable(validators.etag):
        return {"If-None-Match": validators.etag}
    if validators.last_modified and _sendable(validators.last_modified):
        return {"If-Modified-Since": validators.last_modified}
    return {}


def _sendable(value: str) -> bool:
    return 0 < len(value) <= MAX_VALIDATOR_BYTES and value.isascii() and value.isprintable()


MAX_RETRY_AFTER_SECONDS = 24 * 3600.0


def retry_after_seconds(value: str | None, *, now: datetime) -> float | None:
    """Read a Retry-After header (seconds or a date) as seconds from now, 0 to 24 h; None if it is unreadable."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), MAX_RETRY_AFTER_SECONDS)
    seconds = _seconds_until(text, now)
    return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def cache_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return how long an answer calls itself fresh (RFC 9111 section 4.2.1); None if it does not say."""
    directives = {}
    for part in headers.get("cache-control", "").lower().split(","):
        name, _, value = part.strip().partition("=")
        directives[name] = value.strip('" ')
    if "no-cache" in directives or "no-store" in directives:
        return None
    for name in ("s-maxage", "max-age"):
        value = directives.get(name, "")
        if value.isascii() and value.isdigit():
            age = headers.get("age", "").strip()
            passed = float(age[:12]) if age.isascii() and age.isdigit() else 0.0
            return max(float(value[:12]) - passed, 0.0)
    if "expires" in headers:
        seconds = _seconds_until(headers["expires"].strip(), now)
        return None if seconds is None else max(seconds, 0.0)
    return None


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        when = parsedate_to_datetime(text)
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        return (when - now).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
