"""Build the ASGI application: the routes of all modules, compression, ETags, access control and errors.

A module of handlers has ``routes(context)``; to add one, name it in MODULES.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from litestar import Litestar, Request, Response
from litestar.config.compression import CompressionConfig
from litestar.exceptions import HTTPException, ValidationException
from litestar.middleware.compression import CompressionMiddleware

from scraper import clock, logs
from scraper.errors import StoreError
from scraper.web import openapi, templates
from scraper.web.access import AccessControl
from scraper.web.context import AppContext
from scraper.web.middleware import Middleware, with_etags

MODULES = ("routes", "desk_routes", "api", "change_routes", "stories_page", "feed_routes", "ops_routes")
MAX_BODY_BYTES = 16 * 1024  # nothing that is sent here is large
# An event is too small to compress, and each listener would hold a compressor.
COMPRESSION = CompressionConfig(backend="gzip", gzip_compress_level=5, minimum_size=600, exclude="^/live$")
_BAD_REQUESTS = frozenset({"bad_query", "bad_filter"})


def build_app(
    context: AppContext, access: AccessControl, *, monotonic: Callable[[], float] = clock.monotonic
) -> Middleware:
    """Build the ASGI application. Compression stands outside of the ETags: gzip writes the time into its header."""
    modules = [importlib.import_module(f"scraper.web.{name}") for name in MODULES]
    app = Litestar(
        route_handlers=[handler for module in modules for handler in module.routes(context)],
        exception_handlers={Exception: _on_error, HTTPException: _on_error},
        openapi_config=openapi.config(),
        logging_config=None,
        debug=False,
        request_max_body_size=MAX_BODY_BYTES,
    )
    compressed: Any = CompressionMiddleware(with_etags(app), COMPRESSION)  # type: ignore[arg-type]
    return Middleware(compressed, access, monotonic=monotonic)


def _on_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer programs with a code and people with a page. Log what was not expected."""
    status, code, message = _status_of(error)
    if status == 500:
        logs.get_logger().error("web_broke", path=request.url.path, exc_info=error)
    if request.url.path.startswith("/api/"):
        body, media_type = templates.problem_json(code, message), "application/json"
    else:
        body, media_type = templates.refusal_page(status, message), "text/html"
    return Response(body, status_code=status, media_type=media_type)


def _status_of(error: Exception) -> tuple[int, str, str]:
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
            unknown = error.detail == "Not Found"
            return 404, "not_found", "There is nothing at this address." if unknown else error.detail
        case HTTPException():
            return error.status_code, "bad_request", error.detail
    return 500, "bug", "Something went wrong here; it is in the log."
