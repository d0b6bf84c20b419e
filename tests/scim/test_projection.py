"""`attributes` and `excludedAttributes` (RFC 7644, section 3.9)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.errors import ScimError
from optiid.scim.projection import EVERYTHING, Projection, read_projection
from optiid.scim.resource_types import GROUP, USER
from optiid.scim.schema_reading import read_schema
from tests.running import ENTERPRISE
from tests.running import USER as CORE

BABS: dict[str, Any] = {
    "schemas": [CORE, ENTERPRISE],
    "id": "1",
    "userName": "babs",
    "name": {"givenName": "Barbara", "familyName": "Jensen"},
    "emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com"}],
    ENTERPRISE: {"department": "Sales", "manager": {"value": "26"}},
    "meta": {"version": 'W/"1"', "resourceType": "User"},
}
ALWAYS = {"schemas": BABS["schemas"], "id": "1"}


def including(*names: str) -> Projection:
    return read_projection(USER, names, ())


def excluding(*names: str) -> Projection:
    return read_projection(USER, (), names)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("userName",), {"userName": "babs"}),
        (("USERNAME", "Name.GivenName"), {"userName": "babs", "name": {"givenName": "Barbara"}}),
        (("name",), {"name": BABS["name"]}),
        (("name", "name.givenName"), {"name": BABS["name"]}),
        (("name.givenName", "name"), {"name": BABS["name"]}),
        (("emails.value",), {"emails": [{"value": "a@example.com"}, {"value": "b@example.com"}]}),
        (("emails.type",), {"emails": [{"type": "work"}]}),
        (("emails.display",), {}),
        ((f"{CORE}:userName",), {"userName": "babs"}),
        ((ENTERPRISE.lower(),), {ENTERPRISE: BABS[ENTERPRISE]}),
        ((f"{ENTERPRISE}:department",), {ENTERPRISE: {"department": "Sales"}}),
        ((f"{ENTERPRISE}:manager.displayName",), {}),
        (("shoeSize",), {}),
        (("(",), {}),
    ],
)
def test_only_what_is_asked_for_is_answered(names: tuple[str, ...], expected: dict[str, Any]) -> None:
    assert including(*names).apply(BABS) == ALWAYS | expected


@pytest.mark.parametrize(
    ("names", "gone"),
    [
        (("userName",), ("userName",)),
        (("name.givenName",), ("name", "givenName")),
        (("name.givenName", "name"), ("name",)),
        ((f"{ENTERPRISE}:manager.value",), (ENTERPRISE, "manager")),
        ((ENTERPRISE,), (ENTERPRISE,)),
        (("meta.version",), ("meta", "version")),
    ],
)
def test_what_is_excluded_is_left_out(names: tuple[str, ...], gone: tuple[str, ...]) -> None:
    after = excluding(*names).apply(BABS)
    expected = {name: dict(value) if isinstance(value, dict) else value for name, value in BABS.items()}
    *above, last = gone
    del (expected[above[0]] if above else expected)[last]
    assert after == expected


def test_part_is_excluded_from_each_value() -> None:
    assert excluding("emails.value").apply(BABS)["emails"] == [{"type": "work"}]


@pytest.mark.parametrize("name", ["id", "schemas", "ID"])
def test_id_and_schemas_are_always_answered(name: str) -> None:
    assert excluding(name).apply(BABS) == BABS
    assert excluding(name, "userName").apply(BABS) == {key: BABS[key] for key in BABS if key != "userName"}


def test_nothing_asked_for_means_everything() -> None:
    assert read_projection(USER, (), ()) is EVERYTHING
    assert EVERYTHING.apply(BABS) == BABS
    assert EVERYTHING.wants("members")


def test_both_lists_exclude_each_other() -> None:
    with pytest.raises(ScimError, match="not both") as caught:
        read_projection(USER, ("userName",), ("name",))
    assert caught.value.scim_type == "invalidValue"


@pytest.mark.parametrize(
    ("projection", "wanted"),
    [
        (read_projection(GROUP, ("displayName",), ()), False),
        (read_projection(GROUP, ("members.value",), ()), True),
        (read_projection(GROUP, (), ("members",)), False),
        (read_projection(GROUP, (), ("members.display",)), True),
        (read_projection(GROUP, (), ("displayName",)), True),
    ],
)
def test_members_that_are_not_answered_need_not_be_loaded(projection: Projection, wanted: bool) -> None:
    assert projection.wants("members") is wanted


def test_what_is_returned_on_request_has_to_be_named() -> None:
    assert read_projection(GROUP, ("members.display",), ()).names("members", "display")
    assert not read_projection(GROUP, ("members",), ()).names("members", "display")
    assert not read_projection(GROUP, (), ("displayName",)).names("members", "display")


NAMES = st.lists(st.sampled_from(["userName", "name.givenName", "emails.type", ENTERPRISE, "meta", "x"]), min_size=1)


@given(NAMES)
def test_included_and_excluded_names_complement_each_other(names: list[str]) -> None:
    whole = [name for name in names if "." not in name or name == ENTERPRISE]
    if whole:
        shown, hidden = including(*whole).apply(BABS), excluding(*whole).apply(BABS)
        assert shown.keys() | hidden.keys() == BABS.keys()
        assert shown.keys() & hidden.keys() == set(ALWAYS)


@given(NAMES)
def test_projecting_twice_is_projecting_once(names: list[str]) -> None:
    for projection in (including(*names), excluding(*names)):
        once = projection.apply(BABS)
        assert projection.apply(once) == once


BADGE = "urn:example:Badge"
WITH_BADGE = USER.extended(
    read_schema(
        {
            "id": BADGE,
            "attributes": [
                {"name": "number"},
                {"name": "note", "returned": "request"},
                {"name": "pin", "mutability": "writeOnly"},
                {"name": "printed", "returned": "always"},
                {
                    "name": "photo",
                    "type": "complex",
                    "subAttributes": [{"name": "place"}, {"name": "hash", "returned": "request"}],
                },
            ],
        }
    )
)
HAVING = {
    "schemas": [USER.schema.urn, BADGE],
    "id": "1",
    "userName": "babs",
    BADGE: {"number": "7", "note": "n", "pin": "1", "printed": "yes", "photo": {"place": "Oslo", "hash": "x"}},
}


@pytest.mark.parametrize(
    ("attributes", "excluded", "expected"),
    [
        ((), (), {"number": "7", "printed": "yes", "photo": {"place": "Oslo"}}),
        (("userName",), (), {"printed": "yes"}),
        ((BADGE,), (), {"number": "7", "printed": "yes", "photo": {"place": "Oslo"}}),
        ((f"{BADGE}:NOTE",), (), {"note": "n", "printed": "yes"}),
        ((f"{BADGE}:pin",), (), {"printed": "yes"}),
        (
            (BADGE, f"{BADGE}:photo.hash"),
            (),
            {"number": "7", "printed": "yes", "photo": {"place": "Oslo", "hash": "x"}},
        ),
        ((f"{BADGE}:photo.hash",), (), {"printed": "yes", "photo": {"hash": "x"}}),
        ((), ("userName",), {"number": "7", "printed": "yes", "photo": {"place": "Oslo"}}),
        ((), (BADGE,), {"printed": "yes"}),
        ((), (f"{BADGE}:printed",), {"number": "7", "printed": "yes", "photo": {"place": "Oslo"}}),
        ((), (f"{BADGE}:number", f"{BADGE}:photo.place"), {"printed": "yes"}),
    ],
)
def test_returned_of_an_extension_is_kept(attributes: Any, excluded: Any, expected: dict[str, Any]) -> None:
    projection = read_projection(WITH_BADGE, attributes, excluded)
    assert projection.apply(HAVING)[BADGE] == expected


def test_urn_of_the_core_schema_means_all_its_attributes() -> None:
    having = HAVING | {"externalId": "x", "meta": {"resourceType": "User"}}
    only = read_projection(WITH_BADGE, (USER.schema.urn.upper().replace("URN:", "urn:"),), ()).apply(having)
    assert only == {"schemas": having["schemas"], "id": "1", "userName": "babs", BADGE: {"printed": "yes"}}
    rest = read_projection(WITH_BADGE, (), (USER.schema.urn,)).apply(having)
    assert set(rest) == {"schemas", "id", "externalId", "meta", BADGE}
