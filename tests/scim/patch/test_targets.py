"""The places in a document that a path means."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.scim.errors import ScimError
from optiid.scim.filters.parser import parse_filter
from optiid.scim.patch.targets import canonical, container_of, described, key_of_urn, new_element, selected
from optiid.scim.resource_types import USER, Location
from tests.geared import GEAR, GEARED
from tests.running import ENTERPRISE

EMAILS: Any = USER.locate(None, "emails")
NAME: Any = USER.locate(None, "name")
MANAGER: Any = USER.locate(ENTERPRISE, "manager")
WORK = {"value": "Babs@Example.com", "type": "work", "primary": True}
HOME = {"value": "babs@home.example", "type": "home"}


def test_container_is_the_document_or_the_extension() -> None:
    document: dict[str, Any] = {ENTERPRISE: {"department": "Sales"}}
    assert container_of(document, None) is document
    assert container_of(document, ENTERPRISE) is document[ENTERPRISE]


def test_container_of_a_new_extension_is_made() -> None:
    document: dict[str, Any] = {}
    container_of(document, ENTERPRISE)["department"] = "Sales"
    assert document == {ENTERPRISE: {"department": "Sales"}}


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ('type eq "work"', [WORK]),
        ('type eq "WORK"', [WORK]),
        ('value eq "BABS@example.COM"', [WORK]),
        ("primary eq true", [WORK]),
        ('not (type eq "work")', [HOME]),
        ('type eq "work" or type eq "home"', [WORK, HOME]),
        ('value co "babs" and not (primary pr)', [HOME]),
        ('type eq "other"', []),
    ],
)
def test_filter_selects_values_by_their_position(text: str, chosen: list[Any]) -> None:
    found = selected([WORK, HOME], EMAILS, parse_filter(text), USER)
    assert [[WORK, HOME][position] for position in found] == chosen


@pytest.mark.parametrize(
    ("name", "elements", "text", "positions"),
    [
        ("manyString", ["a", "B", "b"], 'value eq "b"', [1, 2]),
        ("manyExact", ["a", "B", "b"], 'value eq "b"', [2]),
        ("manyInteger", [1, 10, 9], "value gt 1 and not (value eq 9)", [1]),
        ("manyBoolean", [True, False], "value eq false", [1]),
        ("manyDatetime", ["2026-01-31T12:00:00Z"], 'value eq "2026-01-31T13:00:00+01:00"', [0]),
        ("costs", [{"code": "A", "amount": 1}, {"code": "a", "amount": 2}], 'code eq "a" and amount gt 1', [1]),
    ],
)
def test_filter_selects_among_values_of_an_extension(
    name: str, elements: list[Any], text: str, positions: list[int]
) -> None:
    location: Any = GEARED.locate(GEAR, name)
    assert selected(elements, location, parse_filter(text), GEARED) == positions


def test_filter_selects_nothing_of_no_values() -> None:
    assert selected([], EMAILS, parse_filter("value pr"), USER) == []


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ('type eq "work"', {"type": "work"}),
        ('TYPE eq "work" and Primary eq true', {"type": "work", "primary": True}),
    ],
)
def test_filter_of_equalities_describes_a_value(text: str, element: dict[str, Any]) -> None:
    assert described(parse_filter(text), EMAILS.attribute) == element


@pytest.mark.parametrize(
    "text",
    ['type eq "work" or type eq "home"', 'type ne "work"', "type pr", 'not (type eq "a")', 'shoe eq "a"'],
)
def test_any_other_filter_describes_no_value(text: str) -> None:
    with pytest.raises(ScimError, match="No value of emails") as caught:
        described(parse_filter(text), EMAILS.attribute)
    assert caught.value.scim_type == "noTarget"


def test_complex_value_is_spelt_as_its_schema_does() -> None:
    value = {"GIVENNAME": "Babs", "familyname": None, "shoeSize": 46}
    assert canonical(NAME.attribute, value) == {"givenName": "Babs", "familyName": None}


def test_read_only_part_of_a_value_is_passed_over() -> None:
    assert canonical(MANAGER.attribute, {"value": "1", "displayName": "Boss"}) == {"value": "1"}


@pytest.mark.parametrize("value", ["Babs", None, 1, ["Babs"], True])
@pytest.mark.parametrize("location", [NAME, EMAILS])
def test_complex_value_must_be_an_object(location: Location, value: Any) -> None:
    with pytest.raises(ScimError, match="must be an object") as caught:
        canonical(location.attribute, value)
    assert caught.value.scim_type == "invalidValue"


def test_simple_value_stays_as_it_is() -> None:
    location: Any = USER.locate(None, "title")
    assert canonical(location.attribute, "Boss") == "Boss"
    assert new_element(location.attribute, "Boss") == "Boss"


def test_new_value_is_as_it_will_be_stored() -> None:
    sent = {"VALUE": "a@example.com", "display": None, "shoeSize": 46, "type": "work"}
    assert new_element(EMAILS.attribute, sent) == {"value": "a@example.com", "type": "work"}
    assert len(sent) == 4


def test_extension_is_found_whatever_the_case_of_its_urn() -> None:
    assert key_of_urn({"urn:Example:a": {}}, "URN:example:A") == "urn:Example:a"
    assert key_of_urn({"urn:Example:a": {}}, "urn:example") is None
