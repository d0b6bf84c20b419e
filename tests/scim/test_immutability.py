"""What is set once stays, in every door."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.scim.errors import ScimError
from optiid.scim.immutability import check_kept, keeping_fixed, remember
from tests.geared import GEAR, GEARED

BEFORE: dict[str, Any] = {
    "userName": "a",
    "title": "x",
    GEAR: {
        "name": "n",
        "code": "C1",
        "seals": ["s", "t"],
        "pin": "1",
        "oneString": "x",
        "case": {"color": "red", "serial": "S1"},
        "costs": [{"code": "k", "year": 1}],
    },
}


def put(gear: dict[str, Any] | None) -> Any:
    sent = {"userName": "a"} | ({} if gear is None else {GEAR: {"name": "n"} | gear})
    return keeping_fixed(GEARED, BEFORE, sent).get(GEAR)


def attribute(name: str) -> Any:
    return GEARED.extensions[GEAR].attribute(name)


def test_put_keeps_what_it_could_not_mean_to_take_away() -> None:
    assert put({}) == {"name": "n", "code": "C1", "seals": ["s", "t"], "pin": "1", "case": {"serial": "S1"}}
    assert put({"pin": "2", "case": {"color": "blue"}})["case"] == {"color": "blue", "serial": "S1"}
    assert put({"pin": "2"})["pin"] == "2"
    assert put(None) is None
    assert keeping_fixed(GEARED, {"userName": "a"}, {"userName": "b", GEAR: {"code": "new"}})[GEAR] == {"code": "new"}


def test_equal_value_of_an_immutable_attribute_passes() -> None:
    kept = put({"code": "c1", "seals": ["T", "S"]})
    assert (kept["code"], kept["seals"]) == ("C1", ["s", "t"])


@pytest.mark.parametrize("gear", [{"code": "C2"}, {"seals": ["s"]}, {"case": {"serial": "S2"}}])
def test_other_value_of_an_immutable_attribute_is_refused(gear: dict[str, Any]) -> None:
    with pytest.raises(ScimError, match="immutable") as caught:
        put(gear)
    assert (caught.value.status, caught.value.scim_type) == (400, "mutability")


def test_put_may_take_away_or_bring_values_with_immutable_parts() -> None:
    assert "costs" not in put({})
    assert put({"costs": [{"code": "k", "year": 2}]})["costs"] == [{"code": "k", "year": 2}]


def test_documents_are_left_as_they_are() -> None:
    sent = {"userName": "a", GEAR: {"name": "n"}}
    keeping_fixed(GEARED, BEFORE, sent)
    assert sent == {"userName": "a", GEAR: {"name": "n"}}


def test_nothing_is_remembered_of_what_may_change() -> None:
    assert remember(attribute("oneString"), {"oneString": "x"}) == []
    assert remember(attribute("code"), {}) == []
    assert remember(attribute("pairs"), {"pairs": [{"string": "x"}]}) == []


def test_value_of_many_may_go_but_not_change() -> None:
    costs = [{"code": "k", "year": 1}, {"code": "l"}]
    remembered = remember(attribute("costs"), {"costs": costs})
    check_kept(attribute("costs"), remembered, {"costs": costs[1:]})
    check_kept(attribute("costs"), remembered, {})
    costs[1]["year"] = 7
    check_kept(attribute("costs"), remembered, {"costs": costs})
    costs[0]["year"] = 2
    with pytest.raises(ScimError, match="year is immutable"):
        check_kept(attribute("costs"), remembered, {"costs": costs})


def test_single_value_may_neither_go_nor_change() -> None:
    container = {"case": {"serial": "S1"}, "code": "a"}
    remembered = remember(attribute("case"), container)
    container["case"]["color"] = "red"  # type: ignore[index]
    check_kept(attribute("case"), remembered, container)
    with pytest.raises(ScimError, match="serial is immutable"):
        check_kept(attribute("case"), remembered, {})
    remembered = remember(attribute("code"), container)
    container["code"] = "b"
    with pytest.raises(ScimError, match="code is immutable"):
        check_kept(attribute("code"), remembered, container)


def test_equal_value_in_another_spelling_is_put_back() -> None:
    container: dict[str, Any] = {"seals": ["a", "b"]}
    remembered = remember(attribute("seals"), container)
    container["seals"] = ["B", "A"]
    check_kept(attribute("seals"), remembered, container)
    assert container == {"seals": ["a", "b"]}
