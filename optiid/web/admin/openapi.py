"""The OpenAPI document of the admin API, written from its routes and shapes by apispec."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import fields

from optiid import __version__
from optiid.web.admin.identifiers import Id
from optiid.web.admin.nouns import NOUNS
from optiid.web.admin.problems import KINDS, MEDIA_TYPE
from optiid.web.admin.repeating import HEADER
from optiid.web.admin.route import Shape

if TYPE_CHECKING:
    from marshmallow import Schema

    from optiid.web.admin.route import Route

JSON = "application/json"
DESCRIPTION = """What administrators do with the commands, over HTTP.

Lists are read page by page: `next` of one is `after` of the following. Errors are problem documents (RFC 9457)."""
_PART = re.compile(r"<(\w+)>")


class FieldError(Shape):
    """A field that cannot be used."""

    field = fields.String(required=True)
    detail = fields.String(required=True)


class Problem(Shape):
    """An error (RFC 9457)."""

    type = fields.Url(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldError))


@cache
def document(origin: str) -> dict[str, Any]:
    """Return the document of the service at an origin (rule R13: the configured one)."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="optiid admin API",
        version=__version__,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": DESCRIPTION, "license": {"name": "MIT", "identifier": "MIT"}},
        servers=[{"url": origin + "/api/v1"}],
        tags=[{"name": name} for name in NOUNS],
        security=[{"key": []}],
    )
    spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", schema=Problem)
    for kind in KINDS.values():
        content = {MEDIA_TYPE: {"schema": "Problem"}}
        described = {"description": f"{kind.title}. {kind.meaning}", "content": content}
        spec.components.response(kind.code, described | {"headers": _headers(kind.status)})
    converter: Any = plugin.converter
    for tag, route in ((tag, route) for tag, routes in NOUNS.items() for route in routes):
        operation = _operation(tag, route, converter)
        spec.path(_PART.sub(r"{\1}", route.path), operations={route.method.lower(): operation})
    return spec.to_dict()


@cache
def encoded(origin: str) -> bytes:
    """Return the document as JSON."""
    return orjson.dumps(document(origin))


def _name(shape: type[Schema] | Schema) -> str:
    return shape.__name__ if isinstance(shape, type) else type(shape).__name__


def _operation(tag: str, route: Route, converter: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": route.view.__name__,
        "tags": [tag],
        "summary": route.summary,
        "description": f"Needs a key of the scope `{route.scope}`.",
        "parameters": _parameters(route, converter),
        "responses": _responses(route),
    }
    if route.body:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": route.body}}}
    return described


def _parameters(route: Route, converter: Any) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in _PART.findall(route.path)
    ]
    for name, field in route.parameters.items():
        schema = converter.field2property(field)
        found.append({"name": name, "in": "query", "required": field.required, "schema": schema})
    headers = {
        "If-Match": (412 in _refusals(route), 428 in route.refusals, {"type": "string"}),  # noqa: PLR2004
        HEADER: (route.method == "POST", False, {"type": "string", "pattern": "^[!-~]{1,255}$"}),
    }
    found += [
        {"name": name, "in": "header", "required": is_required, "schema": schema}
        for name, (is_taken, is_required, schema) in headers.items()
        if is_taken
    ]
    return found


def _path_schema(name: str) -> dict[str, Any]:
    try:
        pattern = Id(name).metadata["pattern"]
    except KeyError:
        return {"type": "string", "minLength": 1}
    return {"type": "string", "pattern": pattern}


def _responses(route: Route) -> dict[str, Any]:
    answered: dict[str, Any] = {"description": "Done"}
    if route.answer:
        page = {
            "type": "object",
            "properties": {"data": {"type": "array", "items": route.answer}, "next": {"type": ["string", "null"]}},
            "required": ["data", "next"],
            "additionalProperties": False,
        }
        answered["content"] = {JSON: {"schema": page if route.listed else route.answer}}
    if route.versioned:
        answered["headers"] = {"ETag": {"schema": {"type": "string"}, "required": True}}
    return {str(route.status): answered} | {str(status): KINDS[status].code for status in _refusals(route)}


def _refusals(route: Route) -> list[int]:
    found = {400, 401, 403, 406, 429, 503} | set(route.refusals)
    if "<" in route.path or route.parameters.get("organization"):
        found.add(404)
    if route.body:
        found |= {413, 415, 422}
    if route.method == "POST":  # another request under the same Idempotency-Key, or one that is not answered yet
        found |= {409, 413, 422}
    if route.versioned and route.method == "PATCH":
        found.add(412)
    return sorted(found)


def _headers(status: int) -> dict[str, Any]:
    challenge, waiting = "WWW-Authenticate", "Retry-After"
    name = {401: challenge, 403: challenge, 405: "Allow", 429: waiting, 503: waiting}.get(status)
    return {name: {"schema": {"type": "string"}, "required": True}} if name else {}
