"""The web framework in our words: the only import of litestar.

A module of handlers has a function ``routes(desk)`` that gives its handlers; ``application`` puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.concurrency import sync_to_thread as in_thread
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

__all__ = [
    "FromPath",
    "FromQuery",
    "HTTPException",
    "Handler",
    "NamedDependency",
    "PathParameter",
    "Provide",
    "QueryParameter",
    "Request",
    "Response",
    "ResponseSpec",
    "Stream",
    "ValidationException",
    "application",
    "described",
    "get",
    "in_thread",
]

Handler = ControllerRouterHandler
SCHEMA_PATH = "/api/v1/schema"  # where litestar puts its own; ours is /api/v1/openapi.json
MAX_BODY_BYTES = 16 * 1024  # nothing that is sent here is large


def application(
    handlers: Sequence[Handler],
    *,
    title: str,
    version: str,
    description: str,
    on_error: Callable[[Request[Any, Any, Any], Exception], Response[Any]],
) -> Litestar:
    """An ASGI application that answers errors with ``on_error`` and describes itself as OpenAPI."""
    return Litestar(
        route_handlers=list(handlers),
        exception_handlers={Exception: on_error, HTTPException: on_error},
        openapi_config=OpenAPIConfig(
            title=title,
            version=version,
            description=description,
            path=SCHEMA_PATH,
            render_plugins=[JsonRenderPlugin()],
            use_handler_docstrings=True,
        ),
        logging_config=None,
        debug=False,
        request_max_body_size=MAX_BODY_BYTES,
    )


def described(app: Litestar) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    return app.openapi_schema.to_schema()
