from __future__ import annotations

import json
from typing import Any

import pytest

from optiid.profiles.api import PatchOperation
from optiid.profiles.examples import ENTERPRISE
from optiid.scim.resource_types import GROUP, USER
from tests.plugins.vendor_repairs import repaired, repairs_of

Op = PatchOperation
MANAGER = f"{ENTERPRISE}:manager"
entra = repairs_of("entra")


def test_boolean_in_a_path_is_compared_as_one() -> None:
    assert repaired(entra.booleans_in_path, 'roles[primary eq "True"].value', USER) == "roles[primary eq true].value"
    assert repaired(entra.booleans_in_path, 'roles[Primary Eq "false"]', USER) == "roles[Primary eq false]"


@pytest.mark.parametrize(
    "path", ["roles[primary eq true].value", 'emails[type eq "True"].value', "title", 'shoes[primary eq "True"]', "a[["]
)
def test_other_paths_stay(path: str) -> None:
    assert repaired(entra.booleans_in_path, path, USER) == path


def test_short_path_of_the_manager_gets_its_urn() -> None:
    assert repaired(entra.manager_path, "Manager", USER) == MANAGER
    for path in (MANAGER, "managerName", "title"):
        assert entra.manager_path(path, USER) == path
    assert entra.manager_path("manager", GROUP) == "manager"


@pytest.mark.parametrize("sent", ["1", {"value": "1"}, [{"value": "1"}], ["1"]])
def test_manager_is_set_as_an_object(sent: Any) -> None:
    assert repaired(entra.manager_operation, Op("add", MANAGER, sent)) == Op("add", MANAGER, {"value": "1"})


@pytest.mark.parametrize("sent", ["", None, {}, {"value": ""}, {"value": None}, [], [{"value": ""}]])
def test_manager_is_removed_when_nobody_is_named(sent: Any) -> None:
    assert repaired(entra.manager_operation, Op("replace", MANAGER, sent)) == Op("remove", MANAGER)


def test_removal_of_the_manager_loses_the_old_one() -> None:
    assert entra.manager_operation(Op("remove", MANAGER, "1")) == Op("remove", MANAGER)


def test_manager_in_a_representation_becomes_an_object() -> None:
    sent = {"userName": "a", ENTERPRISE: {"department": "Tools", "manager": "1"}}
    meant = {"userName": "a", ENTERPRISE: {"department": "Tools", "manager": {"value": "1"}}}
    assert repaired(entra.manager_to_object, sent, USER) == meant
    assert repaired(entra.manager_to_object, {MANAGER: "1"}, USER) == {MANAGER: {"value": "1"}}
    assert repaired(entra.manager_to_object, {MANAGER: ""}, USER) == {MANAGER: None}
    lawful = {ENTERPRISE: {"department": "Tools"}, "urn:x": {"manager": "1"}}
    assert repaired(entra.manager_to_object, lawful, USER) == lawful


def test_role_as_json_text_is_taken_apart() -> None:
    text = json.dumps({"id": "9", "value": "Buyer", "displayName": "Buyers"})
    assert repaired(entra.role_from_json_text, {"value": text}) == {"value": "Buyer", "display": "Buyers"}
    sent = {"roles": [{"value": text, "primary": True}, {"value": json.dumps({"value": "Grader"})}]}
    assert repaired(entra.roles_from_json_text, sent) == {
        "roles": [{"value": "Buyer", "primary": True, "display": "Buyers"}, {"value": "Grader"}]
    }
    assert repaired(entra.roles_from_json_text, {"roles": {"value": text}}) == {
        "roles": {"value": "Buyer", "display": "Buyers"}
    }


@pytest.mark.parametrize(
    "role", [{"value": "Buyer"}, {"value": "{Buyer"}, {"value": '{"id": "1"}'}, {"value": 7}, "Buyer"]
)
def test_other_roles_stay(role: Any) -> None:
    assert repaired(entra.role_from_json_text, role) == role


def test_deeply_nested_role_stays() -> None:
    role = {"value": '{"a":' * 100_000}
    assert entra.role_from_json_text(role) == role


def test_representation_without_roles_stays() -> None:
    assert repaired(entra.roles_from_json_text, {"userName": "a"}) == {"userName": "a"}


def test_filter_names_extension_attributes_by_their_urn() -> None:
    sent = 'id eq "1" and manager eq "2"'
    assert repaired(entra.qualify_filter, sent, USER) == f'id eq "1" and {MANAGER} eq "2"'
    assert repaired(entra.qualify_filter, "department pr", USER) == f"{ENTERPRISE}:department pr"


@pytest.mark.parametrize(
    "text", ['userName Eq  "a"', 'emails[type eq "work"]', "shoeSize pr", "((", f'{MANAGER} eq "1"']
)
def test_other_filters_stay(text: str) -> None:
    assert repaired(entra.qualify_filter, text, USER) == text


def test_operation_is_repaired_in_path_and_value() -> None:
    text = json.dumps({"value": "Buyer"})
    cases = [
        (Op("add", "manager", [{"$ref": "x", "value": "1"}]), Op("add", MANAGER, {"$ref": "x", "value": "1"})),
        (Op("add", "roles", [{"value": text}]), Op("add", "roles", [{"value": "Buyer"}])),
        (Op("add", 'roles[primary eq "True"].value', "B"), Op("add", "roles[primary eq true].value", "B")),
        (Op("replace", None, {MANAGER: "1"}), Op("replace", None, {MANAGER: {"value": "1"}})),
    ]
    for sent, meant in cases:
        assert repaired(entra.repair, sent, USER) == meant


@pytest.mark.parametrize("sent", [Op("replace", None, "x"), Op("remove", "title"), Op("replace", "active", "False")])
def test_other_operations_stay(sent: Op) -> None:
    assert entra.repair(sent, USER) == sent
