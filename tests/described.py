"""The OpenAPI document in the hands of tests: which operation a request is, and whether an answer is described."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from optiid.web.scim import openapi

BASE_URL = "https://scim.example.com/scim/v2"
DOCUMENT = openapi.document(BASE_URL)
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    described: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def statuses(self) -> set[int]:
        return {int(status) for status in self.described["responses"]}

    @property
    def query(self) -> set[str]:
        return {one["name"] for one in self._parameters if one["in"] == "query"}

    @property
    def _parameters(self) -> list[dict[str, Any]]:
        shared = DOCUMENT["paths"][self.path].get("parameters", [])
        return [resolved(one) for one in [*shared, *self.described.get("parameters", [])]]

    def faults(self, status: int, headers: Any, body: Any) -> list[str]:
        """Return in what an answer differs from what is described."""
        if status not in self.statuses:
            return [f"{self.name}: {status} is not described in optiid/web/scim/openapi"]
        answer = resolved(self.described["responses"][str(status)])
        missing = [name for name, one in answer["headers"].items() if resolved(one)["required"] and name not in headers]
        found = [f"{self.name} {status}: no header {name}" for name in missing]
        content = answer.get("content", {})
        media_type = headers.get("Content-Type")
        if (media_type is None) != (not content) or (content and media_type not in content):
            return [*found, f"{self.name} {status}: {media_type} is not described"]
        if content:
            errors = validator(orjson.dumps(content[media_type]["schema"])).iter_errors(body)
            found += [f"{self.name} {status}: {error.instance_path}: {error.message}" for error in errors]
        return found


def resolved(described: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference names, or the thing itself."""
    return pointed(described["$ref"]) if "$ref" in described else described


def pointed(reference: str) -> Any:
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


@cache
def validator(schema: bytes) -> Any:
    """Return what checks values by a schema of the document."""
    whole = {**orjson.loads(schema), "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def operations() -> list[Operation]:
    return [
        Operation(method.upper(), path, methods[method])
        for path, methods in DOCUMENT["paths"].items()
        for method in METHODS
        if method in methods
    ]


OPERATIONS = {operation.name: operation for operation in operations()}


PATTERNS = [
    (one, re.compile(re.sub(r"\{\w+\}", "[^/]+", one.path)))
    for one in sorted(OPERATIONS.values(), key=lambda one: "{" in one.path)
]


def operation_of(method: str, path: str) -> Operation | None:
    """Return the operation of a request, by its path below the base URL; endpoints are known in lower case as well."""
    tidy = re.sub("/+", "/", path.partition("?")[0]).rstrip("/") or "/"
    tidy = re.sub("^/(users|groups)(?=/|$)", lambda found: found[0].title(), tidy)
    return next((one for one, pattern in PATTERNS if one.method == method and pattern.fullmatch(tidy)), None)


def check_described(method: str, path: str, status: int, headers: Any, body: Any) -> None:
    """Fail for an answer that the document does not describe; what no route answers is in it in words only."""
    operation = operation_of(method, path)
    if operation is None:
        assert status in (404, 405), f"{method} {path} is not described in optiid/web/scim/openapi"
    else:
        assert not (faults := operation.faults(status, headers, body)), faults
