"""The readers of what clients send, each as a function of bytes: it raises nothing but the project's own error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from optiid.scim.bulk.messages import read_bulk
from optiid.scim.cursors import Cursor, Cut, seal, unseal
from optiid.scim.errors import ScimError
from optiid.scim.filters.matcher import matches
from optiid.scim.filters.parser import parse_filter
from optiid.scim.json_text import read_object
from optiid.scim.patch.engine import apply_edits
from optiid.scim.patch.operations import read_operations
from optiid.scim.patch.planner import plan_patch
from optiid.scim.paths import parse_path
from optiid.scim.resource_types import GROUP, USER
from optiid.scim.search_form import search_form
from optiid.scim.validation import read_resource, validate_touched
from optiid.storage.dialects import POSTGRESQL, SQLITE
from optiid.storage.filter_sql import compile_filter

if TYPE_CHECKING:
    from collections.abc import Callable

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DOCUMENT: dict[str, Any] = {
    "userName": "ada@example.com",
    "title": "Countess",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"value": "ada@example.com", "type": "work", "primary": True}, {"value": "a@b.example", "type": "home"}],
    ENTERPRISE: {"department": "Engines", "manager": {"value": "26"}},
}
FORM = search_form(DOCUMENT, USER)
SECRET, BOUND = b"fuzz" * 8, ["organization", "connection", 'userName eq "x"']
GOOD_CURSOR = seal(SECRET, BOUND, Cursor(Cut("a", "b"), total=3))
LIFETIME = 3600.0 * 24 * 36500
# What a reader may take for an input: its bound for one of 8 KiB, and room in proportion beyond (rule R9).
LONGEST = 8192
SECONDS = 0.05


def _text(data: bytes) -> str:
    """Return what a client could have sent: a URL or a JSON text gives no lone surrogates."""
    return data.decode("utf-8", "replace")


def read_filter(data: bytes) -> None:
    """Parse a filter, resolve it, turn it into SQL of both databases, and hold a document against it."""
    tree = parse_filter(_text(data))
    for resource_type in (USER, GROUP):
        try:
            for dialect in (SQLITE, POSTGRESQL):
                sql, values = compile_filter(tree, resource_type, dialect, "organization")
                assert sql.count("?") == len(values), sql
            matches(tree, FORM, resource_type)
        except ScimError as error:
            lawful(error)


def read_path(data: bytes) -> None:
    """Parse a path of PATCH for either resource type."""
    for resource_type in (USER, GROUP):
        try:
            parse_path(_text(data), resource_type)
        except ScimError as error:
            lawful(error)


def read_json(data: bytes) -> None:
    """Read a body, and hold it against what any client of the service could then be told of it."""
    for name in read_object(data):
        name.encode()


def read_cursor(data: bytes) -> None:
    """Open a cursor; no text but a genuine one is one."""
    text = _text(data)
    cursor = unseal(SECRET, BOUND, text, LIFETIME)
    assert (cursor.cut, cursor.total) == (Cut("a", "b"), 3), text


def read_patch(data: bytes) -> None:
    """Carry out a PATCH on a document: it is lawful afterwards, and the one before is as it was."""
    before = repr(DOCUMENT)
    operations = read_operations(read_object(data), 1000)
    try:
        plan = plan_patch(operations, USER, "keep")
        changed = validate_touched(USER, *apply_edits(DOCUMENT, plan.edits, USER))
        assert isinstance(changed["userName"], str)
        search_form(changed, USER)
        plan_patch(operations, GROUP)
    finally:
        assert repr(DOCUMENT) == before


def read_new(data: bytes) -> None:
    """Read a resource that is to be made."""
    body = read_object(data)
    for resource_type in (USER, GROUP):
        try:
            search_form(read_resource(resource_type, body, unknown_extensions="keep").document, resource_type)
        except ScimError as error:
            lawful(error)


def read_many(data: bytes) -> None:
    """Read a bulk and the order of its operations."""
    bulk = read_bulk(read_object(data, 34), (USER, GROUP), 1000)
    assert bulk.needs() is not None


TARGETS: dict[str, Callable[[bytes], None]] = {
    "filter": read_filter,
    "path": read_path,
    "json": read_json,
    "cursor": read_cursor,
    "patch": read_patch,
    "resource": read_new,
    "bulk": read_many,
}


def lawful(error: ScimError) -> None:
    """Fail for an error that could not be sent: its status, its type and its one line."""
    assert 400 <= error.status < 500
    assert "\n" not in error.detail
    assert "\r" not in error.detail
    error.detail.encode()


def run(name: str, data: bytes) -> float:
    """Run a target on one input. Returns the seconds that it took; any other fault comes out."""
    began = time.thread_time()
    try:
        TARGETS[name](data)
    except ScimError as error:
        lawful(error)
    return time.thread_time() - began
