"""What the OpenAPI document says beyond types, and the check that a request has no parameters that it does not name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Parameter, SecurityScheme

from scraper.version import __version__

ABOUT = (
    "The articles of a Darial store, read-only. Lists come in pages: pass `next` as `cursor` for the one that follows, until it"
    ' is null. Every answer has an ETag. Errors are `{"error": {"code", "message"}}`; a parameter that is not named here is one.'
)
SCHEMA_PATH = "/api/v1/schema"  # where litestar puts its own; ours is /api/v1/openapi.json
_TOKEN = "token"  # noqa: S105  (the name of a scheme)
_RECORD, _SOME = "#/components/schemas/Record", "SomeOfRecord"


def config() -> OpenAPIConfig:
    """Return what the document is made with."""
    scheme = SecurityScheme(
        type="http", scheme="bearer", description="Needed where the server has a token: see docs/web.md."
    )
    return OpenAPIConfig(
        title="Darial",
        version=__version__,
        description=ABOUT,
        path=SCHEMA_PATH,
        render_plugins=[JsonRenderPlugin()],
        use_handler_docstrings=True,
        components=Components(security_schemes={_TOKEN: scheme}),
        security=[{_TOKEN: []}, {}],
    )


def document(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Return the document, with event streams, ETags, and records of which only some fields were asked for."""
    made: dict[str, Any] = request.app.openapi_schema.to_schema()
    schemas: dict[str, Any] = made["components"]["schemas"]
    some = {key: value for key, value in schemas["Record"].items() if key != "required"}
    some |= {"title": _SOME, "description": "A record with the fields that `fields` names."}
    for path in made["paths"].values():
        answer = path["get"]["responses"]["200"]
        answer.setdefault("headers", {})["ETag"] = {"schema": {"type": "string"}, "required": False}
        if any(parameter["name"] == "fields" for parameter in path["get"]["parameters"]):
            answer["content"] = _with_some(answer["content"])
    for name in ("ArticleList", "ChangeList", "Hit"):
        schemas[name] = _with_some(schemas[name])
    schemas[_SOME] = some
    changes = made["paths"]["/api/v1/changes"]["get"]["responses"]["200"]["content"]
    changes["text/event-stream"] = {
        "schema": {"type": "string", "description": "Events with a seq as `id` and a record as `data`."}
    }
    return made


def _with_some(schema: Any) -> Any:
    """Return a schema in which each record may have only some fields."""
    if isinstance(schema, list):
        return [_with_some(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("$ref") == _RECORD:
        return {"anyOf": [schema, {"$ref": f"#/components/schemas/{_SOME}"}]}
    return {key: _with_some(value) for key, value in schema.items()}


async def refuse_unknown_parameters(request: Request[Any, Any, Any]) -> None:
    """Raise HTTPException (400) for a query parameter that the operation does not name."""
    asked_for = request.route_handler.operation_id
    for path in (request.app.openapi_schema.paths or {}).values():
        operation = path.get
        if operation is not None and operation.operation_id == asked_for:
            known = [
                p.name
                for p in operation.parameters or ()
                if isinstance(p, Parameter) and p.param_in == "query"
            ]
            for name in request.query_params:
                if name not in known:
                    near = get_close_matches(name, known, n=1, cutoff=0.5)
                    hint = (
                        f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known) or 'none'}"
                    )
                    raise HTTPException(status_code=400, detail=f"there is no parameter {name[:40]}{hint}")
