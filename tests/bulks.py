"""Bulk requests for tests, in few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.running import Scim

Operation = dict[str, Any]


def post(bulk_id: str, path: str, **data: Any) -> Operation:
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def put(path: str, **data: Any) -> Operation:
    return {"method": "PUT", "path": path, "data": data}


def patch(path: str, *operations: Operation) -> Operation:
    return {"method": "PATCH", "path": path, "data": {"Operations": list(operations)}}


def delete(path: str) -> Operation:
    return {"method": "DELETE", "path": path}


def refer(*names: str) -> list[dict[str, str]]:
    """Return members that are named by their bulkIds."""
    return [{"value": f"bulkId:{name}"} for name in names]


def send(scim: Scim, *operations: Operation, **more: Any) -> list[dict[str, Any]]:
    """Send a bulk and return what its answer tells of each operation."""
    reply = scim.post("/Bulk", {"Operations": list(operations)} | more)
    assert reply.status == 200, reply.body
    told: list[dict[str, Any]] = reply.body["Operations"]
    return told


def statuses(told: list[dict[str, Any]]) -> list[str]:
    return [one["status"] for one in told]


def ident(told: dict[str, Any]) -> str:
    """Return the id in the location of an operation."""
    location: str = told["location"]
    return location.rsplit("/", 1)[1]
