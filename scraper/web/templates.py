"""Render views as HTML with jinja2. Every value is escaped; an unknown name in a template is an error."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup

from scraper.codec import encode
from scraper.error_messages import explain_code
from scraper.web import formatting, plots
from scraper.web.article_page import why_in_words

STATIC = {
    "app.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@cache
def static_asset(name: str) -> bytes:
    return (resources.files("scraper.web") / "static" / name).read_bytes()


def static_url(name: str) -> str:
    """Return the URL of a static file. It changes with the file, so that browsers may cache it without limit."""
    return f"/static/{hashlib.blake2b(static_asset(name), digest_size=6).hexdigest()}/{name}"


def web_address(url: str | None) -> str | None:
    """Return a URL that may be linked (http, https); None for any other (javascript:, data:, urn:), which is shown as text."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def _spark(values: Sequence[int], title: str) -> Markup:
    return Markup(plots.sparkline(values, title=title))  # noqa: S704  (sparkline escapes its arguments)


def _zoned(formatted: Callable[..., str]) -> Callable[..., str]:
    """Return a filter that formats in the time zone of the page, its value ``zone``."""

    @jinja2.pass_context
    def with_zone(context: jinja2.runtime.Context, *values: Any) -> str:
        return formatted(*values, context.resolve("zone"))

    return with_zone


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("scraper.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["static"] = cache(static_url)
    made.globals["spark"] = _spark
    made.filters["svg"] = Markup  # what scraper.web.plots made, which escapes what it is given
    made.filters["web"] = web_address
    made.filters["cause"] = explain_code
    made.filters["why"] = why_in_words
    made.filters |= formatting.FILTERS | {name: _zoned(f) for name, f in formatting.ZONED.items()}
    return made


def render_template(name: str, **values: Any) -> bytes:
    """Render a template; its times are in the time zone ``zone``, UTC by default."""
    return (
        _environment()
        .get_template(name)
        .render(**{"zone": UTC, "watches": (), "position": 0} | values)
        .encode("utf-8", "replace")
    )


def refusal_page(status: int, message: str) -> bytes:
    """Render the page for an error."""
    return render_template("refusal.html", status=status, message=message)


def token_page(*, problem: str, to: str) -> bytes:
    """Render the page that asks for the token."""
    return render_template("token.html", problem=problem, to=to)


def problem_json(code: str, message: str) -> bytes:
    """Write an error as JSON, for programs."""
    return encode({"error": {"code": code, "message": message}})
