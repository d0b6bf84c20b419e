"""Edits of multi-valued attributes of every kind (RFC 7644, section 3.5.2)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from optiid.scim.errors import ScimError
from optiid.scim.patch.engine import apply_edits
from optiid.scim.patch.operations import MISSING, PatchOperation
from optiid.scim.patch.planner import plan_patch
from optiid.scim.validation import validate_touched
from tests.geared import GEAR, GEARED

WORK = {"value": "babs@work.example", "type": "work", "primary": True, "display": "Work"}
HOME = {"value": "babs@home.example", "type": "home"}
COSTS = [{"code": "A", "amount": 1, "year": 2020}, {"code": "b", "amount": 2.5}]
BABS: dict[str, Any] = {
    "userName": "babs",
    "emails": [WORK, HOME],
    GEAR: {
        "name": "g",
        "manyString": ["a", "B"],
        "manyInteger": [1, 10],
        "costs": COSTS,
        "code": "C1",
        "seals": ["s"],
        "case": {"color": "red", "serial": "S1"},
    },
}


def patched(*operations: tuple[Any, ...]) -> dict[str, Any]:
    before = copy.deepcopy(BABS)
    plan = plan_patch([PatchOperation(*operation) for operation in operations], GEARED)
    after = validate_touched(GEARED, *apply_edits(BABS, plan.edits, GEARED))
    assert before == BABS
    return after


def gear(op: str, name: str, value: Any = MISSING) -> dict[str, Any]:
    found: dict[str, Any] = patched((op, f"{GEAR}:{name}", value))[GEAR]
    return found


def emails(op: str, path: str, value: Any = MISSING) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = patched((op, path, value))["emails"]
    return found


def refusal(op: str, path: str, value: Any = MISSING) -> str | None:
    with pytest.raises(ScimError) as caught:
        patched((op, path, value))
    assert caught.value.status == 400
    return caught.value.scim_type


@pytest.mark.parametrize(
    ("name", "value", "after"),
    [
        ("manyString", ["c", "A"], ["a", "B", "c"]),
        ("manyString", "c", ["a", "B", "c"]),
        ("manyString", [], ["a", "B"]),
        ("manyInteger", [10, 2, 2], [1, 10, 2]),
        ("manyExact", ["a", "A", "a"], ["a", "A"]),
        ("manyBoolean", [True, False, True], [True, False]),
        ("manyDatetime", ["2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00"], ["2026-01-31T12:00:00Z"]),
        ("manyBinary", ["YQ=="], ["YQ=="]),
        ("manyReference", ["https://a.example/"], ["https://a.example/"]),
        ("costs", {"code": "B", "amount": 2.5}, COSTS),
        ("costs", {"code": "c"}, [*COSTS, {"code": "c"}]),
    ],
)
def test_add_appends_what_is_not_there(name: str, value: Any, after: list[Any]) -> None:
    assert gear("add", name, value)[name] == after


def test_replace_of_simple_values_is_of_all_or_of_those_selected() -> None:
    assert gear("replace", "manyString", ["x", "y"])["manyString"] == ["x", "y"]
    assert gear("replace", "manyString", "x")["manyString"] == ["x"]
    assert "manyString" not in gear("replace", "manyString", [])
    assert gear("replace", 'manyString[value eq "b"]', "x")["manyString"] == ["a", "x"]
    assert gear("add", "manyInteger[value gt 5]", 7)["manyInteger"] == [1, 7]
    assert gear("replace", "manyString[value pr]", "x")["manyString"] == ["x"]


def test_removal_of_simple_values() -> None:
    assert gear("remove", 'manyString[value eq "A"]')["manyString"] == ["B"]
    assert gear("remove", "manyInteger[value lt 5]")["manyInteger"] == [10]
    assert "manyString" not in gear("remove", "manyString[value pr]")
    assert "manyString" not in gear("remove", "manyString")
    assert refusal("remove", f'{GEAR}:manyString[value eq "x"]') == "noTarget"


@pytest.mark.parametrize(
    ("op", "path", "value", "scim_type"),
    [
        ("add", "manyString", [5], "invalidValue"),
        ("add", "manyString", [None], "invalidValue"),
        ("add", "manyInteger", ["1"], "invalidValue"),
        ("add", "manyInteger", [True], "invalidValue"),
        ("add", "costs", [{"amount": 1}], "invalidValue"),
        ("add", "costs", ["A"], "invalidValue"),
        ("replace", 'manyString[value eq "a"]', ["x"], "invalidValue"),
        ("replace", 'manyString[value eq "a"].value', "x", "invalidPath"),
        ("remove", 'manyString[type eq "a"]', MISSING, "invalidFilter"),
        ("remove", 'manyInteger[value eq "a"]', MISSING, "invalidFilter"),
        ("remove", 'costs[code eq "a"].code', MISSING, "mutability"),
        ("replace", 'costs[code eq "a"].code', None, "mutability"),
        ("replace", 'costs[code eq "a"]', {"amount": 2}, "invalidValue"),
        ("add", 'costs[code eq "a"]', {"code": None}, "mutability"),
        ("remove", "name", MISSING, "mutability"),
        ("replace", "name", None, "mutability"),
        ("add", "issuer", "x", "mutability"),
        ("replace", "code", "C2", "mutability"),
        ("add", "code", "C2", "mutability"),
        ("remove", "code", MISSING, "mutability"),
        ("add", "seals", ["t"], "mutability"),
        ("remove", 'seals[value eq "s"]', MISSING, "mutability"),
        ("replace", "case.serial", "S2", "mutability"),
        ("remove", "case", MISSING, "mutability"),
        ("replace", 'costs[code eq "a"].year', 2021, "mutability"),
        ("replace", 'costs[code eq "a"]', {"code": "a", "year": 2021}, "mutability"),
        ("remove", "costs.year", MISSING, "mutability"),
    ],
)
def test_what_does_not_fit_is_refused(op: str, path: str, value: Any, scim_type: str) -> None:
    assert refusal(op, f"{GEAR}:{path}", value) == scim_type


def test_immutable_values_can_be_set_once_and_sent_again() -> None:
    assert gear("add", "code", "c1")["code"] == "C1"
    assert gear("replace", "seals", ["S"])["seals"] == ["s"]
    assert gear("add", 'costs[code eq "b"].year', 2021)["costs"][1]["year"] == 2021
    assert gear("replace", "case", {"color": "blue"})["case"] == {"color": "blue", "serial": "S1"}


def test_value_with_an_immutable_part_may_go_and_keeps_it_when_replaced() -> None:
    assert gear("remove", 'costs[code eq "a"]')["costs"] == COSTS[1:]
    assert gear("replace", "costs", {"code": "a", "year": 1})["costs"] == [{"code": "a", "year": 1}]
    assert gear("replace", 'costs[code eq "a"]', {"code": "z"})["costs"][0] == {"code": "z", "year": 2020}


def test_additions_see_what_was_done_between_them() -> None:
    one, two = ("add", f"{GEAR}:costs", {"code": "x"}), ("add", f"{GEAR}:costs", {"code": "y"})
    whole = patched(one, ("replace", f'{GEAR}:costs[code eq "x"].code', "z"), one, two, one)[GEAR]["costs"]
    assert [cost["code"] for cost in whole] == ["A", "b", "z", "x", "y"]
    again = patched(one, ("remove", f"{GEAR}:costs"), one, ("replace", f"{GEAR}:costs", {"code": "y"}), two)
    assert again[GEAR]["costs"] == [{"code": "y"}]
    anew = patched(one, ("remove", GEAR), ("add", f"{GEAR}:name", "g"), one)
    assert anew[GEAR] == {"name": "g", "costs": [{"code": "x"}]}
    renamed = patched(one, ("add", f'{GEAR}:costs[code eq "x"].code', "z"), one)[GEAR]["costs"]
    assert [cost["code"] for cost in renamed] == ["A", "b", "z", "x"]


def test_large_whole_numbers_stay_apart() -> None:
    assert gear("add", "manyInteger", [2**53, 2**53 + 1])["manyInteger"] == [1, 10, 2**53, 2**53 + 1]


def test_part_of_a_selected_value_is_set_or_removed() -> None:
    assert gear("replace", 'costs[code eq "a"].amount', 9)["costs"] == [COSTS[0] | {"amount": 9}, COSTS[1]]
    assert gear("remove", 'costs[code eq "B"].amount')["costs"] == [COSTS[0], {"code": "b"}]
    assert gear("replace", "costs.amount", 0)["costs"] == [COSTS[0] | {"amount": 0}, COSTS[1] | {"amount": 0}]


def test_read_only_part_in_a_value_is_passed_over() -> None:
    assert gear("add", "costs", {"code": "c", "by": "me"})["costs"][2] == {"code": "c"}


def test_value_that_is_there_already_keeps_its_spelling_and_takes_the_marks() -> None:
    assert emails("add", "emails", {"value": "BABS@work.example", "type": "WORK"}) == [WORK, HOME]
    shown = emails("add", "emails", {"value": "babs@home.example", "type": "home", "display": "Home"})
    assert shown == [WORK, HOME | {"display": "Home"}]
    moved = emails("add", "emails", [HOME | {"primary": True}])
    assert moved == [WORK | {"primary": False}, HOME | {"primary": True}]


def test_value_of_another_type_is_another_value() -> None:
    assert emails("add", "emails", {"value": "babs@work.example", "type": "other"})[2:] == [
        {"value": "babs@work.example", "type": "other"}
    ]


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("emails", [{"value": "x", "primary": True}, {"value": "y", "primary": True}]),
        ("emails[value pr].primary", True),
        ("emails.primary", True),
        ("emails[value pr]", {"value": "x", "primary": True}),
    ],
)
def test_one_operation_marks_one_value_as_primary(op: str, path: str, value: Any) -> None:
    assert refusal(op, path, value) == "invalidValue"


@pytest.mark.parametrize(
    ("op", "path", "value"),
    [
        ("replace", 'emails[type eq "home"]', {"value": "x", "type": "home", "primary": True}),
        ("replace", 'emails[type eq "home"].primary', True),
        ("add", 'emails[type eq "home"]', {"primary": True}),
    ],
)
def test_new_primary_value_takes_the_mark_from_the_old_one(op: str, path: str, value: Any) -> None:
    assert [email.get("primary") for email in emails(op, path, value)] == [False, True]


def test_later_operation_has_the_last_word_on_primary() -> None:
    after = patched(
        ("add", "emails", {"value": "x", "primary": True}), ("replace", 'emails[type eq "work"].primary', True)
    )
    assert [email.get("primary") for email in after["emails"]] == [True, None, False]


def test_extension_can_go_with_what_is_immutable_in_it() -> None:
    assert GEAR not in patched(("remove", GEAR))
    assert GEAR not in patched(("replace", GEAR, None))
