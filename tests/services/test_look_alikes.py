"""Names of system groups in other scripts, widths and cases; and names that only share letters with them."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.services import organization_rules
from optiid.services.look_alikes import readings
from optiid.services.rules import STANDARD, checked_rules

ALIKE = [
    "everyone",
    "\uff25\uff36\uff25\uff32\uff39\uff2f\uff2e\uff25",  # wide
    "\u0415v\u0435ry\u043en\u0435",  # Cyrillic
    "\u0395\u03bdery\u03bfn\u03b5",  # Greek, small nu for v
    "EVERYO\u039dE",  # Greek, capital nu for N
    "\u1d07\u1d20\u1d07\u0280\u028f\u1d0f\u0274\u1d07",  # small capitals
    "E\u200dveryone",
    "\u00c9very\u00f6ne",
    "\U0001d404\U0001d42f\U0001d41e\U0001d42b\U0001d432\U0001d428\U0001d427\U0001d41e",  # mathematical bold
    "\u0410dmin Center \u0410dministrators",
    "Admin\u00a0Center\u2003Administrator\u0455",
    "Every0ne",
    "Admln Center Adm1n|strat0r5",
    "Adrnin Center Administrators",
    "Everyone::cms-prod",
    "\u0415veryone::cms-prod",
]


@pytest.mark.parametrize("name", ALIKE)
def test_names_that_look_like_a_system_group_are_taken(name: str) -> None:
    assert STANDARD.is_system_group(name)


@pytest.mark.parametrize(
    "name",
    [
        "Everyone else",
        "Every",
        "Everyone 2",
        "Every1",
        "Admins",
        "\u0412\u0441\u0435",
        "\u03a0\u03ac\u03bd\u03c4\u03b5\u03c2",
        "Administrators",
        "",
    ],
)
def test_other_names_are_free(name: str) -> None:
    assert not STANDARD.is_system_group(name)


def test_names_of_the_rule_are_compared_alike() -> None:
    rules = checked_rules({"system_groups": ["Operators", "\u0421\u043e\u0432\u0435\u0442"]})
    assert rules.is_system_group("\u041eper\u0430tors")
    assert rules.is_system_group("\u0441\u043e\u0432\u0435\u0442")
    assert not rules.is_system_group("Operator")


def test_plain_names_have_one_reading() -> None:
    assert readings("staff") == {"staff"}


def test_nobody_can_push_or_rename_to_one(service: Any) -> None:
    scim = service.scim()
    group = scim.a_group("Staff")
    organization_rules.change(service.database, scim.connected.organization, {"system_groups": ["Operators"]})
    for name in (*ALIKE, "OPER\u0410TORS"):
        if "\u200d" in name:  # it is no name at all
            continue
        reply = scim.post("/Groups", {"displayName": name})
        assert (reply.status, reply.body["scimType"]) == (409, "uniqueness"), name
        reply = scim.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": name})
        assert reply.status == (400 if "::" in name else 409), name
    assert scim.post("/Groups", {"displayName": "\u0412\u0441\u0435"}).status == 201
