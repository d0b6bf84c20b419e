"""Which page of a group's members is asked for, and how it is told."""

from __future__ import annotations

import pytest

from optiid.scim.errors import ScimError
from optiid.scim.filters.parser import FilterLimits, parse_filter
from optiid.scim.members_page import MEMBERS_PAGE_URN, MembersPage, read_members_page, refuse_page, with_page
from optiid.scim.resource_types import GROUP


def test_without_any_parameter_no_page_is_asked_for() -> None:
    assert read_members_page({"count": "1", "startIndex": "2", "filter": "x"}, GROUP) is None


def test_any_parameter_asks_for_a_page() -> None:
    assert read_members_page({"membersStartIndex": "7"}, GROUP) == MembersPage(start_index=7)
    assert read_members_page({"membersCount": "3"}, GROUP) == MembersPage(count=3)
    text = 'type eq "User" and not (display sw "A")'
    assert read_members_page({"membersFilter": text}, GROUP) == MembersPage(where=parse_filter(text))
    assert read_members_page({"membersStartIndex": ""}, GROUP) == MembersPage()


def test_numbers_are_bounded_as_those_of_lists() -> None:
    sent = {"membersStartIndex": "-4", "membersCount": "-1"}
    assert read_members_page(sent, GROUP) == MembersPage(1, 0)
    assert read_members_page({"membersCount": "9" * 40}, GROUP) == MembersPage(1, 2**31)
    assert [MembersPage(count=count).within(100, 200).count for count in (None, 0, 5, 999)] == [100, 0, 5, 200]


@pytest.mark.parametrize("name", ["membersStartIndex", "membersCount"])
@pytest.mark.parametrize("value", ["x", "1.5", "1e3", "²"])
def test_what_is_no_whole_number_is_refused(name: str, value: str) -> None:
    with pytest.raises(ScimError, match=name) as caught:
        read_members_page({name: value}, GROUP)
    assert (caught.value.status, caught.value.scim_type) == (400, "invalidValue")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ('value eq "1" and', 17),
        ('type eq "User" or nothing eq "1"', 19),
        ('members.value eq "1"', 1),
        ('members[value eq "1"]', 1),
        ('urn:ietf:params:scim:schemas:core:2.0:Group:value eq "1"', 1),
        ("value eq 1", 10),
        ('$ref co "1"', 6),
        ('value eq "1"]', 13),
    ],
)
def test_bad_filters_are_refused_with_the_position(text: str, position: int) -> None:
    with pytest.raises(ScimError, match=rf"position {position}\b") as caught:
        read_members_page({"membersFilter": text}, GROUP)
    assert (caught.value.status, caught.value.scim_type) == (400, "invalidFilter")


def test_filters_have_the_limits_of_filters() -> None:
    with pytest.raises(ScimError, match="more than 1 comparisons"):
        read_members_page({"membersFilter": "value pr or value pr"}, GROUP, FilterLimits(terms=1))


def test_page_is_told_beside_the_members() -> None:
    document = {"schemas": [GROUP.schema.urn], "id": "1", "members": [{"value": "2"}]}
    told = with_page(document, MembersPage(3, 1), 9, 1)
    assert told == document | {
        "schemas": [GROUP.schema.urn, MEMBERS_PAGE_URN],
        MEMBERS_PAGE_URN: {"totalResults": 9, "startIndex": 3, "itemsPerPage": 1},
    }
    assert document["schemas"] == [GROUP.schema.urn]


def test_what_tells_of_a_page_is_refused_when_it_is_sent_back() -> None:
    refuse_page("members")
    refuse_page(GROUP.schema.urn)
    for name in (MEMBERS_PAGE_URN, MEMBERS_PAGE_URN.upper(), f"{MEMBERS_PAGE_URN}:startIndex"):
        with pytest.raises(ScimError, match="cannot replace the whole") as caught:
            refuse_page(name)
        assert caught.value.scim_type == "invalidValue"
