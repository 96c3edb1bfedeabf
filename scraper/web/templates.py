"""Views to HTML: the only import of jinja2 and its markupsafe. Everything that is shown is escaped; a name that a template misspells is an error."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup

from scraper.codec import encode
from scraper.error_messages import explain_code
from scraper.web import formatting, plots

STATIC = {
    "app.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@cache
def static_asset(name: str) -> bytes:
    return (resources.files("scraper.web") / "static" / name).read_bytes()


def static_url(name: str) -> str:
    """The address of a file of ours. It changes with the file, so that browsers may keep it for ever."""
    return f"/static/{hashlib.blake2b(static_asset(name), digest_size=6).hexdigest()}/{name}"


def web_address(url: str | None) -> str | None:
    """An address that may be linked to: http or https. Anything else (javascript:, data:, urn:) is shown as text."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def _spark(values: Sequence[int], title: str) -> Markup:
    return Markup(plots.sparkline(values, title=title))  # noqa: S704  (it escapes what it is given)


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
    made.filters |= formatting.FILTERS
    return made


def render_template(name: str, **values: Any) -> bytes:
    return _environment().get_template(name).render(**values).encode("utf-8", "replace")


def refusal_page(status: int, words: str) -> bytes:
    """A page that says why there is none."""
    return render_template("refusal.html", status=status, words=words)


def token_page(*, problem: str, to: str) -> bytes:
    """The page that asks for the token."""
    return render_template("token.html", problem=problem, to=to)


def problem_json(code: str, message: str) -> bytes:
    """An error for programs."""
    return encode({"error": {"code": code, "message": message}})
