"""The messages of a bulk (RFC 7644, section 3.7): reading a BulkRequest, writing a BulkResponse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from optiid.scim.bulk.references import names_in
from optiid.scim.errors import ScimError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from optiid.scim.resource_types import ResourceType

REQUEST_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE_URN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
METHODS = ("POST", "PUT", "PATCH", "DELETE")
SHOWN = 60
LONGEST_ECHO = 1024


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation: as it was sent as far as that can be told back, and what it refers to.

    One with a `fault` cannot be carried out; it is told in its turn, and the others go on.
    """

    method: str
    path: str
    bulk_id: str | None = None
    version: str | None = None
    data: Any = None
    resource_type: ResourceType | None = None
    ident: str | None = None
    refers_to: tuple[str, ...] = ()
    fault: ScimError | None = None


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """The operations, and after how many errors to stop (None: never)."""

    operations: tuple[BulkOperation, ...]
    fail_on_errors: int | None = None

    def creators(self) -> dict[str, int]:
        """Return the position of the POST that each bulkId names; the first one, if several bear it."""
        found: dict[str, int] = {}
        for position, operation in enumerate(self.operations):
            if operation.method == "POST" and operation.bulk_id is not None:
                found.setdefault(operation.bulk_id, position)
        return found

    def needs(self) -> list[list[int]]:
        """Return which operations each one needs to be there first."""
        creators = self.creators()
        return [
            [] if operation.fault else [creators[name] for name in operation.refers_to] for operation in self.operations
        ]


def read_bulk(body: Mapping[str, Any], resource_types: Iterable[ResourceType], limit: int) -> BulkRequest:
    """Return the request in a body; names of members may come in any case, and `schemas` may be missing.

    Raises invalidSyntax and invalidValue for what is no BulkRequest at all, and 413 for more than `limit` operations
    (section 3.7.4). What is wrong with one operation is that operation's fault.
    """
    members = {name.lower(): value for name, value in body.items()}
    schemas = members.get("schemas")
    if schemas and not (isinstance(schemas, list) and REQUEST_URN.lower() in [str(urn).lower() for urn in schemas]):
        raise ScimError.invalid_syntax(f"schemas of a bulk must be [{REQUEST_URN!r}]")
    sent = members.get("operations")
    if not isinstance(sent, list):
        raise ScimError.invalid_syntax("A bulk needs a list named Operations")
    if len(sent) > limit:
        raise ScimError.too_large(f"{len(sent)} operations in one bulk; maxOperations is {limit}: send several bulks")
    reader = _Reader({one.endpoint.lower(): one for one in resource_types}, sent)
    return BulkRequest(tuple(reader.read(entry) for entry in sent), _read_fail_on_errors(members.get("failonerrors")))


def _read_fail_on_errors(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ScimError.invalid_value(f"failOnErrors is {str(value)[:SHOWN]!r}; it must be a whole number from 0 on")
    return value or None


class _Reader:
    """Reads the operations of one bulk, which must not bear a bulkId twice nor refer to one that nobody bears."""

    def __init__(self, types: Mapping[str, ResourceType], sent: list[Any]) -> None:
        self._types = types
        self._named = {
            members["bulkid"]
            for members in map(_lowered, sent)
            if _method(members) == "POST" and isinstance(members.get("bulkid"), str)
        }
        self._seen: set[str] = set()

    def read(self, entry: Any) -> BulkOperation:
        """Return one operation, with its fault if it has one."""
        members = _lowered(entry)
        method, path, bulk_id = _method(members), members.get("path"), members.get("bulkid")
        echo = BulkOperation(
            method, path if isinstance(path, str) else "", bulk_id if isinstance(bulk_id, str) else None
        )
        try:
            if not isinstance(entry, dict):
                raise ScimError.invalid_syntax("Each of Operations must be an object with method, path and data")
            return self._checked(echo, members)
        except ScimError as error:
            return replace(echo, fault=error)

    def _checked(self, echo: BulkOperation, members: Mapping[str, Any]) -> BulkOperation:
        _check_method(echo.method)
        self._check_bulk_id(echo, members.get("bulkid"))
        resource_type, ident = self._target(echo.method, members.get("path"))
        data = None if echo.method == "DELETE" else _data(echo.method, members.get("data"))
        named = () if ident is None else names_in(ident)
        refers_to = tuple(dict.fromkeys((*named, *names_in(data))))
        for name in refers_to:
            if name not in self._named:
                raise ScimError.invalid_value(
                    f"No POST of this bulk has the bulkId {name[:SHOWN]!r}: refer to one that has, or to an id"
                )
        version = None if echo.method == "POST" else _version(members.get("version"))
        return replace(echo, version=version, data=data, resource_type=resource_type, ident=ident, refers_to=refers_to)

    def _check_bulk_id(self, echo: BulkOperation, sent: Any) -> None:
        if sent is not None and not (isinstance(sent, str) and sent):
            raise ScimError.invalid_value("bulkId must be text that is not empty")
        if echo.method != "POST":
            return
        if echo.bulk_id is None:
            raise ScimError.invalid_value("A POST in a bulk needs a bulkId of the client's own choice")
        if echo.bulk_id in self._seen:
            raise ScimError.invalid_value(f"The bulkId {echo.bulk_id[:SHOWN]!r} stands twice: give each POST its own")
        self._seen.add(echo.bulk_id)

    def _target(self, method: str, path: Any) -> tuple[ResourceType, str | None]:
        if not isinstance(path, str) or not path.strip("/"):
            raise ScimError.invalid_syntax("An operation needs a path such as /Users, relative to the base URL")
        endpoint, _, ident = path.strip("/").partition("/")
        resource_type = self._types.get(f"/{endpoint.lower()}")
        if resource_type is None:
            offered = ", ".join(one.endpoint for one in self._types.values())
            raise ScimError.not_found(f"A bulk has no path {path[:SHOWN]!r}: it changes resources of {offered}")
        ident = ident.lstrip("/")
        if method == "POST" and ident:
            raise ScimError.invalid_value(f"The path of a POST is {resource_type.endpoint}, not {path[:SHOWN]!r}")
        if method != "POST" and not ident:
            raise ScimError.invalid_value(f"The path of a {method} names one resource: {resource_type.endpoint}/ID")
        return resource_type, ident or None


def _lowered(entry: Any) -> dict[str, Any]:
    return {name.lower(): value for name, value in entry.items()} if isinstance(entry, dict) else {}


def _method(members: Mapping[str, Any]) -> str:
    method = members.get("method")
    return method.upper() if isinstance(method, str) else ""


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise ScimError.invalid_syntax(
            f"method is {method[:SHOWN]!r}; in a bulk it must be one of {', '.join(METHODS)}"
        )


def _data(method: str, data: Any) -> dict[str, Any]:
    if method == "PATCH" and isinstance(data, list):
        # Section 3.7.3 shows the bare list of operations where section 3.5.2 wants a PatchOp: both are understood.
        return {"Operations": data}
    if not isinstance(data, dict):
        raise ScimError.invalid_syntax(f"A {method} in a bulk needs data: the object that would be its body")
    return data


def _version(version: Any) -> str | None:
    """Return a version as If-Match has it; a bare one, without quotes, is taken for its tag."""
    if version is None:
        return None
    if not isinstance(version, str) or not version.isprintable():
        raise ScimError.invalid_value('version must be text, such as W/"3"')
    return version if '"' in version or version.strip() == "*" else f'"{version.strip()}"'


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of an operation; `error` is the body that tells of a failure."""

    status: int
    location: str | None = None
    version: str | None = None
    error: dict[str, Any] | None = None

    def document(self, operation: BulkOperation) -> dict[str, Any]:
        """Return the entry of a BulkResponse; `status` is text (section 3.7.3).

        Successful operations have no `response`, as section 3.7 allows: what was made can be read at its location.
        """
        told = {
            "location": self.location,
            "method": operation.method or None,
            "bulkId": operation.bulk_id,
            "version": self.version,
            "status": str(self.status),
            "response": self.error,
        }
        return {name: value for name, value in told.items() if value is not None}


def location_of_path(path: str, base_url: str) -> str | None:
    """Return the URL of a path that names no resource: a failure tells its location too, except that of a POST."""
    return f"{base_url}/{quote(path.strip('/'), safe='/:')}" if path and len(path) <= LONGEST_ECHO else None


def render_bulk(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a BulkResponse."""
    return {"schemas": [RESPONSE_URN], "Operations": results}
