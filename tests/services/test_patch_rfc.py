"""PATCH of users clause by clause (RFC 7644, section 3.5.2), through the door and on both databases."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from tests.running import ENTERPRISE, Scim
from tests.running import USER as CORE

WORK = {"value": "w@x.example", "type": "work", "primary": True, "display": "W"}
HOME = {"value": "h@x.example", "type": "home"}
NEW = {"value": "n@x.example"}
ADDRESS = {"type": "work", "streetAddress": "1 Lane", "locality": "London"}
BEFORE: dict[str, Any] = {
    "title": "Boss",
    "name": {"givenName": "B", "familyName": "J"},
    "emails": [WORK, HOME],
    "addresses": [ADDRESS],
    ENTERPRISE: {"department": "Sales", "manager": {"value": "26"}},
}
MANAGER = {"value": "26"}
_numbers = itertools.count()


@pytest.fixture
def scim(service: Any) -> Scim:
    client: Scim = service.scim()
    return client


def operation(op: str, path: str | None = None, *value: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"op": op} | ({} if path is None else {"path": path})
    return made | ({"value": value[0]} if value else {})


def a_user(scim: Scim) -> dict[str, Any]:
    reply = scim.post("/Users", BEFORE | {"userName": f"user{next(_numbers)}@example.com"})
    assert reply.status == 201, reply.body
    found: dict[str, Any] = reply.body
    return found


def shown(case: Any) -> str:
    return json.dumps(case)[:60]


def changed(scim: Scim, *operations: dict[str, Any]) -> dict[str, Any]:
    """Return what of a user a PATCH changes (None: taken away); version and time move exactly with it."""
    user = a_user(scim)
    reply = scim.patch(f"/Users/{user['id']}", *operations)
    assert reply.status == 200, reply.body
    after = scim.get(f"/Users/{user['id']}").body
    assert reply.body == after
    assert reply.headers["ETag"] == after["meta"]["version"]
    names = {name for name in user | after if user.get(name) != after.get(name)}
    assert ("meta" in names) is bool(names - {"meta"})
    assert after["meta"]["created"] == user["meta"]["created"]
    return {name: after.get(name) for name in names - {"meta"}}


def refused(scim: Scim, *operations: dict[str, Any]) -> tuple[int, str]:
    """Return status and scimType of a PATCH that changes nothing, not even by the good operation before it."""
    user = a_user(scim)
    good = operation("replace", "nickName", "changed before")
    reply = scim.patch(f"/Users/{user['id']}", good, *operations)
    assert scim.get(f"/Users/{user['id']}").body == user
    return reply.status, reply.body["scimType"]


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize(
    ("path", "value", "after"),
    [
        ("title", "Chief", {"title": "Chief"}),
        ("TITLE", "BOSS", {"title": "BOSS"}),
        ("nickName", "B", {"nickName": "B"}),
        ("externalId", "e", {"externalId": "e"}),
        ("name", {"givenName": "Q"}, {"name": {"givenName": "Q", "familyName": "J"}}),
        ("name", {"GIVENNAME": "Q"}, {"name": {"givenName": "Q", "familyName": "J"}}),
        ("name.middleName", "M", {"name": {"givenName": "B", "familyName": "J", "middleName": "M"}}),
        (f"{CORE}:title", "Chief", {"title": "Chief"}),
        (f"{CORE.upper()}:name.familyName", "Q", {"name": {"givenName": "B", "familyName": "Q"}}),
        (CORE, {"title": "Chief"}, {"title": "Chief"}),
        (None, {"title": "Chief", "NICKNAME": "B"}, {"title": "Chief", "nickName": "B"}),
        (None, {CORE: {"title": "Chief"}}, {"title": "Chief"}),
        (None, {f"{CORE}:title": "Chief"}, {"title": "Chief"}),
        (None, {"id": "x", "meta": {}, "groups": [{"value": "x"}], "schemas": [], "title": "C"}, {"title": "C"}),
        ('emails[type eq "work"].value', "v", {"emails": [WORK | {"value": "v"}, HOME]}),
        (f'{CORE}:emails[type eq "work"].value', "v", {"emails": [WORK | {"value": "v"}, HOME]}),
        ('EMAILS[TYPE EQ "WORK"].VALUE', "v", {"emails": [WORK | {"value": "v"}, HOME]}),
        ('emails[type eq "home" and value ew "example"].display', "H", {"emails": [WORK, HOME | {"display": "H"}]}),
        ("emails.type", "other", {"emails": [WORK | {"type": "other"}, HOME | {"type": "other"}]}),
        (
            'emails[type eq "home"].primary',
            True,
            {"emails": [WORK | {"primary": False}, HOME | {"primary": True}]},
        ),
        ('addresses[type eq "work"].streetAddress', "2", {"addresses": [ADDRESS | {"streetAddress": "2"}]}),
        ("phoneNumbers", [{"value": "1"}], {"phoneNumbers": [{"value": "1"}]}),
        ("phoneNumbers", {"value": "1"}, {"phoneNumbers": [{"value": "1"}]}),
        (f"{ENTERPRISE}:department", "D", {ENTERPRISE: {"department": "D", "manager": MANAGER}}),
        (ENTERPRISE, {"department": "D"}, {ENTERPRISE: {"department": "D", "manager": MANAGER}}),
        (ENTERPRISE.upper(), {"DEPARTMENT": "D"}, {ENTERPRISE: {"department": "D", "manager": MANAGER}}),
        (None, {ENTERPRISE: {"department": "D"}}, {ENTERPRISE: {"department": "D", "manager": MANAGER}}),
        (None, {f"{ENTERPRISE}:department": "D"}, {ENTERPRISE: {"department": "D", "manager": MANAGER}}),
        (
            f"{ENTERPRISE}:manager",
            {"value": "7", "displayName": "ignored"},
            {ENTERPRISE: {"department": "Sales", "manager": {"value": "7"}}},
        ),
        (f"{ENTERPRISE}:manager.value", "7", {ENTERPRISE: {"department": "Sales", "manager": {"value": "7"}}}),
        ("active", False, {"active": False}),
        ("title", None, {"title": None}),
        (ENTERPRISE, None, {ENTERPRISE: None, "schemas": [CORE]}),
        # Nothing changes, and neither version nor time:
        ("title", "Boss", {}),
        ("name", {}, {}),
        ("name", {"familyName": "J"}, {}),
        ('emails[type eq "work"]', WORK, {}),
        ("emails", [WORK, HOME], {}),
        ("password", "geheim", {}),
        ("schemas", [CORE], {}),
        (ENTERPRISE, {}, {}),
        (f"{ENTERPRISE}:manager", {"displayName": "ignored"}, {}),
        (None, {}, {}),
    ],
    ids=shown,
)
def test_assignment(scim: Scim, op: str, path: str | None, value: Any, after: dict[str, Any]) -> None:
    assert changed(scim, operation(op, path, value)) == after


@pytest.mark.parametrize(
    ("path", "value", "emails"),
    [
        ("emails", [NEW], [WORK, HOME, NEW]),
        ("emails", NEW, [WORK, HOME, NEW]),
        (None, {"emails": [NEW, HOME]}, [WORK, HOME, NEW]),
        ("emails", [NEW | {"primary": True}], [WORK | {"primary": False}, HOME, NEW | {"primary": True}]),
        ("emails", [HOME | {"primary": True}], [WORK | {"primary": False}, HOME | {"primary": True}]),
        ('emails[type eq "home"]', NEW, [WORK, HOME | NEW]),
        ("emails", [{"value": "W@X.EXAMPLE", "type": "Work"}], None),
        ("emails", [], None),
    ],
    ids=shown,
)
def test_add_to_many_values(scim: Scim, path: str | None, value: Any, emails: Any) -> None:
    assert changed(scim, operation("add", path, value)) == ({} if emails is None else {"emails": emails})


@pytest.mark.parametrize(
    ("path", "value", "emails"),
    [
        ("emails", [NEW], [NEW]),
        ("emails", NEW, [NEW]),
        (None, {"emails": [NEW]}, [NEW]),
        ("emails", [], None),
        ("emails", None, None),
        ('emails[type eq "home"]', NEW, [WORK, NEW]),
        (
            'emails[type eq "home"]',
            HOME | {"primary": True},
            [WORK | {"primary": False}, HOME | {"primary": True}],
        ),
    ],
    ids=shown,
)
def test_replace_of_many_values(scim: Scim, path: str | None, value: Any, emails: Any) -> None:
    assert changed(scim, operation("replace", path, value)) == {"emails": emails}


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("title", {"title": None}),
        (f"{CORE}:title", {"title": None}),
        ("nickName", {}),
        ("phoneNumbers", {}),
        ("name", {"name": None}),
        ("name.givenName", {"name": {"familyName": "J"}}),
        ("emails", {"emails": None}),
        ('emails[type eq "work"]', {"emails": [HOME]}),
        (f'{CORE}:emails[type eq "work"]', {"emails": [HOME]}),
        ("emails[value pr]", {"emails": None}),
        (
            'emails[type eq "work"].display',
            {"emails": [{"value": "w@x.example", "type": "work", "primary": True}, HOME]},
        ),
        ('emails[type eq "home"].display', {}),
        (f"{ENTERPRISE}:department", {ENTERPRISE: {"manager": MANAGER}}),
        (f"{ENTERPRISE}:manager.value", {ENTERPRISE: {"department": "Sales"}}),
        (ENTERPRISE, {ENTERPRISE: None, "schemas": [CORE]}),
    ],
    ids=shown,
)
def test_removal(scim: Scim, path: str, after: dict[str, Any]) -> None:
    assert changed(scim, operation("remove", path)) == after


@pytest.mark.parametrize(
    ("case", "scim_type"),
    [
        *((case, "mutability") for case in (
            ("remove", "userName"), ("replace", "userName", None), ("replace", "userName", ""),
            ("add", None, {"userName": None}), ("remove", f"{CORE}:userName"),
            ("replace", "id", "x"), ("remove", "id"), ("add", "meta", {"version": "x"}), ("remove", "meta.created"),
            ("replace", "meta.lastModified", "2020-01-01T00:00:00Z"), ("add", "groups", [{"value": "x"}]),
            ("replace", "groups.value", "x"), ("remove", 'groups[value eq "x"]'), ("remove", "schemas"),
            ("replace", "schemas", []), ("replace", f"{ENTERPRISE}:manager.displayName", "x"),
            ("remove", f"{ENTERPRISE}:manager.displayName"),
        )),
        *((case, "noTarget") for case in (
            ("remove",), ("remove", None, {"title": "Boss"}), ("remove", ""), ("remove", CORE),
            ("replace", 'emails[type eq "other"].value', "v"), ("replace", 'emails[type eq "other"]', NEW),
            ("add", 'emails[type eq "other"].value', "v"), ("remove", 'emails[type eq "other"]'),
            ("remove", 'ims[type eq "other"]'), ("replace", "phoneNumbers.type", "x"),
        )),
        *((case, "invalidPath") for case in (
            ("replace", "shoeSize", 46), ("replace", "name.shoeSize", 46), ("remove", f"{ENTERPRISE}:shoeSize"),
            ("replace", 'emails[type eq "work"].shoeSize', 46), ("replace", 'emails[type eq "work"]value', "v"),
            ("replace", "a b", 1), ("replace", "name.", 1), ("replace", 'title[value eq "x"]', "x"),
            ("replace", 'name[givenName eq "B"]', "x"), ("replace", "department", "D"), ("add", None, {"shoeSize": 46}),
        )),
        *((case, "invalidFilter") for case in (
            ("remove", "emails[]"), ("remove", "emails[type]"), ("remove", 'emails[type is "work"]'),
            ("remove", 'emails[shoeSize eq "x"]'), ("remove", "emails[type eq work]"),
            ("replace", "emails[primary gt true].value", "v"), ("remove", 'emails[type eq "work"'),
        )),
        *((case, "invalidValue") for case in (
            ("add", "title"), ("replace", "title"), ("add",), ("replace", "title", 5), ("replace", "title", []),
            ("replace", "title", {}), ("replace", "name", "x"), ("replace", "name", [{"givenName": "x"}]),
            ("add", "emails", ["x"]), ("add", "emails", [{"value": 5}]), ("replace", "active", "maybe"),
            ("replace", "active", None), ("add", None, "x"), ("add", None, []), ("add", ENTERPRISE, "x"),
            ("add", "emails", [NEW | {"primary": True}, {"value": "m", "primary": True}]),
            ("replace", "emails", [NEW | {"primary": True}, {"value": "m", "primary": True}]),
            ("replace", "emails[value pr].primary", True), ("add", "x509Certificates", [{"value": "no base64!"}]),
        )),
        *((case, "invalidSyntax") for case in (("move", "title"), ("", "title"), (None, "title"), (1, "title"))),
    ],
    ids=shown,
)  # fmt: skip
def test_refusal(scim: Scim, case: tuple[Any, ...], scim_type: str) -> None:
    assert refused(scim, operation(*case)) == (400, scim_type)


def test_operations_apply_in_sequence(scim: Scim) -> None:
    after = changed(
        scim,
        operation("remove", "emails"),
        operation("add", "emails", [NEW | {"type": "x"}]),
        operation("replace", 'emails[type eq "x"].display', "X"),
        operation("add", "name.givenName", "first"),
        operation("replace", "name", {"givenName": "second"}),
    )
    assert after == {
        "emails": [NEW | {"type": "x", "display": "X"}],
        "name": {"givenName": "second", "familyName": "J"},
    }


def test_operations_that_undo_each_other_change_nothing(scim: Scim) -> None:
    assert changed(scim, operation("add", "emails", NEW), operation("remove", 'emails[value eq "n@x.example"]')) == {}
    assert changed(scim, operation("replace", "title", "x"), operation("replace", "title", "Boss")) == {}
    assert changed(scim, operation("remove", ENTERPRISE), operation("add", ENTERPRISE, BEFORE[ENTERPRISE])) == {}


def test_extension_joins_and_leaves_schemas(scim: Scim) -> None:
    path = f"/Users/{scim.a_user()['id']}"
    joined = scim.patch(path, operation("add", f"{ENTERPRISE}:department", "D")).body
    assert joined["schemas"] == [CORE, ENTERPRISE]
    left = scim.patch(path, operation("remove", f"{ENTERPRISE}:department")).body
    assert (left["schemas"], ENTERPRISE in left) == ([CORE], False)
