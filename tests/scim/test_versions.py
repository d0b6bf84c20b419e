"""ETags and conditional requests (RFC 7644, section 3.14)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.errors import ScimError
from optiid.scim.versions import Conditions, entity_tag

NAMING = ['W/"7"', '"7"', "*", ' W/"7" ', 'W/"6", W/"7"', '"6","7"', 'W/"6" ,W/"7",W/"8"']
NOT_NAMING = [
    'W/"6"',
    '"70"',
    'W/"17"',
    "7",
    "",
    'W/"7',
    "W/*",
    '"W/7"',
    'W/W/"7"',
    'x"7"',
    '"7"x',
    " " * 8000,
    '"' * 8000,
    '""' * 4000,
]


def test_entity_tag_is_weak() -> None:
    assert entity_tag(7) == 'W/"7"'


def test_without_conditions_everything_may_be_done() -> None:
    Conditions().check_change(7)
    assert not Conditions().is_unmodified(7)


@pytest.mark.parametrize("header", NAMING)
def test_header_that_names_the_version(header: str) -> None:
    Conditions(if_match=header).check_change(7)
    assert Conditions(if_none_match=header).is_unmodified(7)
    with pytest.raises(ScimError, match="already") as caught:
        Conditions(if_none_match=header).check_change(7)
    assert caught.value.status == 412


@pytest.mark.parametrize("header", NOT_NAMING)
def test_header_that_does_not_name_the_version(header: str) -> None:
    Conditions(if_none_match=header).check_change(7)
    assert not Conditions(if_none_match=header).is_unmodified(7)
    with pytest.raises(ScimError, match="read it again") as caught:
        Conditions(if_match=header).check_change(7)
    assert caught.value.status == 412
    assert len(caught.value.detail) < 200


def test_tags_that_are_named() -> None:
    assert Conditions(if_match='W/"a", "b"').named() == ["a", "b"]
    assert Conditions(if_match="*").named() == []
    with pytest.raises(ScimError) as caught:
        Conditions().named()
    assert caught.value.status == 428


def test_change_must_name_a_version_where_that_is_required() -> None:
    Conditions(if_match='W/"7"', required=True).check_change(7)
    Conditions(required=True).check_match(7)
    with pytest.raises(ScimError, match="wants If-Match") as caught:
        Conditions(if_none_match='W/"6"', required=True).check_change(7)
    assert caught.value.status == 428


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_version_is_named_by_its_own_tag_only(version: int, other: int) -> None:
    assert Conditions(if_none_match=entity_tag(other)).is_unmodified(version) is (version == other)


@given(st.text(max_size=30))
def test_any_header_is_understood_or_names_nothing(header: str) -> None:
    unmodified = Conditions(if_none_match=header).is_unmodified(7)
    assert not unmodified or "*" in header or '"7"' in header
