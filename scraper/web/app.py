"""The application: the routes of all modules put together, and what is said when something goes wrong.

A module of handlers has ``routes(desk)``; to add one, name it in MODULES.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from scraper import clock, logs
from scraper.errors import StoreError
from scraper.version import __version__
from scraper.web import templates
from scraper.web.access import AccessControl
from scraper.web.context import AppContext
from scraper.web.framework import HTTPException, Request, Response, ValidationException, application
from scraper.web.middleware import Middleware

MODULES = ("routes", "api", "feed_routes", "ops_routes")
ABOUT = (
    "The articles of a Darial store, read-only. Lists come in pages: pass `next` as `cursor` for the one that follows, until it"
    ' is null. Every answer has an ETag. Errors are `{"error": {"code", "message"}}`.'
)
_BAD_REQUESTS = frozenset({"bad_query", "bad_filter"})


def build_app(
    desk: AppContext, door: AccessControl, *, monotonic: Callable[[], float] = clock.monotonic
) -> Middleware:
    """The whole as an ASGI application."""
    handlers = [
        handler for name in MODULES for handler in importlib.import_module(f"scraper.web.{name}").routes(desk)
    ]
    inner = application(handlers, title="Darial", version=__version__, description=ABOUT, on_error=_on_error)
    return Middleware(inner, door, monotonic=monotonic)  # type: ignore[arg-type]


def _on_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A coded answer for programs, a page for people. What nobody expected is logged."""
    status, code, message = _verdict(error)
    if status == 500:
        logs.get_logger().error("web_broke", path=request.url.path, exc_info=error)
    if request.url.path.startswith("/api/"):
        body, media_type = templates.problem_json(code, message), "application/json"
    else:
        body, media_type = templates.refusal_page(status, message), "text/html"
    return Response(body, status_code=status, media_type=media_type)


def _verdict(error: Exception) -> tuple[int, str, str]:
    match error:
        case StoreError() if error.code in _BAD_REQUESTS:
            return 400, error.code, str(error)
        case StoreError():
            return 503, error.code, "the store cannot be read now"
        case ValidationException():
            wrong = error.extra if isinstance(error.extra, list) else []
            said = "; ".join(f"{part.get('key', '?')}: {part.get('message', '')}" for part in wrong)
            return 400, "bad_request", said or error.detail
        case HTTPException(status_code=404):
            return (
                404,
                "not_found",
                error.detail if error.detail != "Not Found" else "There is nothing at this address.",
            )
        case HTTPException():
            return error.status_code, "bad_request", error.detail
    return 500, "bug", "Something went wrong here; it is in the log."
