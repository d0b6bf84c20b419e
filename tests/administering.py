"""A client of the admin API whose every answer is held against the OpenAPI document."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson

from optiid.services import api_keys
from optiid.web.admin import PREFIX, openapi

if TYPE_CHECKING:
    from tests.running import Reply

DOCUMENT = openapi.document("https://scim.example.com")
METHODS = ("get", "post", "patch", "delete")


def pointed(reference: str) -> Any:
    """Return what a reference names."""
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def resolved(described: dict[str, Any]) -> dict[str, Any]:
    return pointed(described["$ref"]) if "$ref" in described else described


OPERATIONS = {
    (method.upper(), path): methods[method]
    for path, methods in DOCUMENT["paths"].items()
    for method in METHODS
    if method in methods
}
PATTERNS = [
    (method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), described)
    for (method, path), described in sorted(OPERATIONS.items(), key=lambda one: "{" in one[0][1])
]


@cache
def validator(schema: bytes) -> Any:
    whole = {**orjson.loads(schema), "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole)


def check_described(method: str, path: str, reply: Reply) -> None:
    """Fail for an answer that the document does not describe."""
    tidy = path.partition("?")[0].rstrip("/")
    described = next((one for known, form, one in PATTERNS if known == method and form.fullmatch(tidy)), None)
    if described is None:
        assert reply.status in (404, 405) or "/problems/" in path or path == "/openapi.json", f"{method} {path}"
        return
    assert str(reply.status) in described["responses"], f"{method} {path}: {reply.status} {reply.body}"
    answer = resolved(described["responses"][str(reply.status)])
    for name, one in answer.get("headers", {}).items():
        assert name in reply.headers or not one["required"], f"{method} {path} {reply.status}: {name}"
    content = answer.get("content", {})
    media_type = reply.headers.get("Content-Type")
    assert list(content) == ([media_type] if media_type else []), f"{method} {path} {reply.status}: {media_type}"
    if media_type:
        errors = validator(orjson.dumps(content[media_type]["schema"])).iter_errors(reply.body)
        assert not [f"{error.instance_path}: {error.message}" for error in errors], reply.body


@dataclass
class Admin:
    """A client with one key; `key` is a secret or any text, `organization` goes into each path when it is given."""

    send: Any
    key: str
    organization: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        sent = {"Authorization": f"Bearer {self.key}"} | self.headers | (headers or {})
        raw = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        if raw is not None:
            sent.setdefault("Content-Type", "application/json")
        if self.organization:
            path += ("&" if "?" in path else "?") + f"organization=org_{self.organization}"
        reply: Reply = self.send(method, PREFIX + path, raw, sent)
        if method != "HEAD":
            check_described(method, path, reply)
        return reply

    def get(self, path: str, **more: Any) -> Reply:
        return self.request("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Reply:
        return self.request("POST", path, body, **more)

    def patch(self, path: str, body: Any, **more: Any) -> Reply:
        return self.request("PATCH", path, body, **more)

    def delete(self, path: str, **more: Any) -> Reply:
        return self.request("DELETE", path, **more)


def an_admin(service: Any, organization: str, scope: Any = "admin") -> Admin:
    """Return a client with a new key of an organization, or of the installation when there is none."""
    _, secret = api_keys.create(service.database, organization, f"Test {scope}", scope)
    return Admin(service.send, secret)
