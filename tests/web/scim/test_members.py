"""A group in pages of its members."""

from __future__ import annotations

import itertools
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optiid.scim.filters.matcher import matches
from optiid.scim.filters.tree import OPERATORS, AttributePath, Compare, Each, Present
from optiid.scim.members_page import MEMBERS_PAGE_URN
from optiid.scim.resource_types import GROUP
from optiid.scim.search_form import search_form
from tests.generated import joined
from tests.large_groups import a_large_group
from tests.running import GROUP as GROUP_URN

NAMES = ("A", "a", "ab", "B", "ß", "ss", "é", "e\u0301", "%", "_", '"', "\\", "😀", "İ", "Ann Lee", "Üll")


def paged(scim: Any, group: str, **parameters: Any) -> Any:
    return scim.get(f"/Groups/{group}?{httpx2.QueryParams(parameters)}")


def told(reply: Any) -> tuple[int, int, int]:
    page = reply.body[MEMBERS_PAGE_URN]
    return page["totalResults"], page["startIndex"], page["itemsPerPage"]


def values(reply: Any) -> list[str]:
    return [member["value"] for member in reply.body.get("members", [])]


@pytest.fixture
def scim(service: Any) -> Any:
    client = service.scim()
    client.get("/Users")  # the first use of a token is noted, once in a while
    return client


@pytest.fixture
def members(scim: Any) -> list[str]:
    return sorted(scim.a_user()["id"] for _ in range(5))


@pytest.fixture
def group(scim: Any, members: list[str]) -> str:
    return scim.a_group(members=members)["id"]


def test_pages_are_stretches_of_the_members(scim: Any, group: str, members: list[str]) -> None:
    whole = scim.get(f"/Groups/{group}")
    assert values(whole) == members
    assert MEMBERS_PAGE_URN not in whole.body
    first = paged(scim, group, membersCount=2)
    assert first.body["schemas"] == [GROUP_URN, MEMBERS_PAGE_URN]
    assert (told(first), values(first)) == ((5, 1, 2), members[:2])
    assert {name: first.body[name] for name in ("id", "displayName", "meta")} == {
        name: whole.body[name] for name in ("id", "displayName", "meta")
    }
    assert first.body["members"] == whole.body["members"][:2]
    last = paged(scim, group, membersStartIndex=5, membersCount=2)
    assert (told(last), values(last)) == ((5, 5, 1), members[4:])
    beyond = paged(scim, group, membersStartIndex=6, membersCount=2)
    assert (told(beyond), values(beyond)) == ((5, 6, 0), [])
    assert told(paged(scim, group, membersStartIndex=10**20))[0] == 5


def test_page_without_count_is_as_large_as_one_of_lists(service: Any, scim: Any) -> None:
    large, members = a_large_group(service.database, scim, 300)
    limits = service.service.page_limits
    assert values(paged(scim, large, membersStartIndex=2)) == members[1 : limits.default + 1]
    most = min(limits.largest, 300)
    assert told(paged(scim, large, membersCount=10**9)) == (300, 1, most)


def test_page_is_no_larger_than_the_connection_has_it(service: Any) -> None:
    scim = service.scim(settings={"page_size": 2})
    group = scim.a_group(members=[scim.a_user()["id"] for _ in range(3)])["id"]
    assert told(paged(scim, group, membersCount=3)) == (3, 1, 2)
    assert told(paged(scim, group, membersStartIndex=1)) == (3, 1, 2)


def test_count_of_zero_tells_the_number_alone(scim: Any, group: str) -> None:
    reply = paged(scim, group, membersCount=0, membersFilter="value pr")
    assert (told(reply), "members" in reply.body) == ((5, 1, 0), False)


def test_filters_select_members(scim: Any, group: str, members: list[str]) -> None:
    inner = scim.a_group("Inner")["id"]
    scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": inner}]})
    found = {
        f'value eq "{members[3]}"': [members[3]],
        f'value eq "{members[3]}" and type eq "Group"': [],
        'value eq "nobody"': [],
        'type eq "group"': [inner],
        'display sw "INN"': [inner],
        f'not (type eq "Group") and value ne "{members[0]}"': members[1:],
        f'value eq "{members[1]}" or display eq "inner"': sorted([members[1], inner]),
        f'$ref eq "https://anywhere.example/Groups/{inner}"': [inner],
    }
    for text, expected in found.items():
        reply = paged(scim, group, membersFilter=text)
        assert (values(reply), told(reply)) == (expected, (len(expected), 1, len(expected))), text


def test_nonsense_is_refused(scim: Any, group: str) -> None:
    for parameters, kind in (
        ({"membersCount": "many"}, "invalidValue"),
        ({"membersStartIndex": "1.5"}, "invalidValue"),
        ({"membersFilter": "value xx"}, "invalidFilter"),
        ({"membersFilter": "value xx", "excludedAttributes": "members"}, "invalidFilter"),
        ({"membersFilter": 'userName eq "a"'}, "invalidFilter"),
        ({"membersCount": "1", "attributes": "id", "excludedAttributes": "meta"}, "invalidValue"),
    ):
        reply = paged(scim, group, **parameters)
        assert (reply.status, reply.body["scimType"]) == (400, kind), parameters
    assert "position 7" in paged(scim, group, membersFilter="value xx").body["detail"]
    assert paged(scim, "01920000-0000-7000-8000-000000000000", membersCount=1).status == 404


def test_attributes_choose_within_the_page(scim: Any, group: str, members: list[str]) -> None:
    only = paged(scim, group, membersCount=1, attributes="members")
    assert set(only.body) == {"schemas", "id", "members", MEMBERS_PAGE_URN}
    assert set(only.body["members"][0]) == {"value", "$ref", "type"}
    names = paged(scim, group, membersCount=1, attributes="members.display")
    assert [set(one) for one in names.body["members"]] == [{"display"}]
    assert told(names) == (5, 1, 1)
    less = paged(scim, group, membersCount=1, excludedAttributes="members.type,members.$ref,meta")
    assert less.body["members"] == [{"value": members[0]}]


@pytest.mark.parametrize("left_out", [{"excludedAttributes": "members"}, {"attributes": "displayName"}])
def test_without_members_no_member_is_read(service: Any, scim: Any, group: str, left_out: dict[str, str]) -> None:
    with service.database.counting() as seen:
        reply = paged(scim, group, membersCount=2, membersFilter='type eq "User"', **left_out)
    assert not [sql for sql in seen if "membership" in sql]
    assert reply.body["schemas"] == [GROUP_URN]
    assert {"members", MEMBERS_PAGE_URN} & set(reply.body) == set()


def test_page_is_one_statement_and_counts_only_when_it_must(service: Any, scim: Any, group: str) -> None:
    for parameters, expected in (({"membersCount": 5}, [True]), ({"membersCount": 4}, [True, False])):
        with service.database.counting() as seen:
            paged(scim, group, **parameters)
        assert ["LIMIT" in sql for sql in seen if "membership" in sql] == expected


def test_version_is_that_of_the_group(scim: Any, group: str) -> None:
    whole, page = scim.get(f"/Groups/{group}"), paged(scim, group, membersCount=1)
    assert page.headers["ETag"] == whole.headers["ETag"] == page.body["meta"]["version"]
    known = scim.get(f"/Groups/{group}?membersCount=1", headers={"If-None-Match": page.headers["ETag"]})
    assert (known.status, known.body) == (304, None)
    assert scim.get(f"/Groups/{group}?membersCount=1", headers={"If-Match": 'W/"0"'}).status == 412


def test_who_was_deleted_and_who_is_of_others_is_on_no_page(scim: Any, group: str, members: list[str]) -> None:
    scim.delete(f"/Users/{members[0]}")
    reply = paged(scim, group, membersCount=2)
    assert (told(reply), values(reply)) == ((4, 1, 2), members[1:3])


def test_users_and_lists_know_no_members_page(scim: Any, group: str, members: list[str]) -> None:
    query = "membersCount=x&membersStartIndex=x&membersFilter=x"
    assert scim.get(f"/Users/{members[0]}?{query}").status == 200
    found = scim.get(f"/Groups?{query}")
    assert values(scim.get(f"/Groups/{group}")) == [one["value"] for one in found.body["Resources"][0]["members"]]
    assert scim.get(f"/Users?{query}").status == 200


def test_page_sent_back_does_not_empty_the_group(service: Any) -> None:
    for profile in ("standard", "okta"):
        scim = service.scim(profile)
        members = sorted(scim.a_user()["id"] for _ in range(3))
        group = scim.a_group(members=members)["id"]
        page = paged(scim, group, membersCount=1).body
        for reply in (
            scim.put(f"/Groups/{group}", page),
            scim.patch(f"/Groups/{group}", {"op": "replace", "value": page}),
        ):
            assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")
        assert values(scim.get(f"/Groups/{group}")) == members


@pytest.fixture(scope="module")
def mixed(service: Any) -> tuple[Any, str, list[dict[str, Any]]]:
    """A group of users and groups with hostile names, and its members as the plain GET has them."""
    scim = service.scim()
    idents = [scim.a_user(displayName=name)["id"] for name in NAMES]
    idents += [scim.a_group(name)["id"] for name in ("Abc", "b", "Straße")]
    group = scim.a_group("All", idents)["id"]
    reply = scim.get(f"/Groups/{group}?attributes=members.value,members.type,members.display")
    return scim, group, reply.body["members"]


def leaves() -> st.SearchStrategy[Any]:
    paths = {part: AttributePath(None, part) for part in ("value", "type", "display")}
    texts = st.sampled_from([*NAMES, "user", "Group", "0", "z"])
    compared = st.builds(Compare, st.sampled_from(list(paths.values())), st.sampled_from(OPERATORS), texts)
    return compared | st.sampled_from([Present(path) for path in paths.values()])


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(where=joined(leaves()), count=st.integers(1, 25))
def test_pages_joined_are_the_members_that_the_matcher_selects(mixed: Any, where: Any, count: int) -> None:
    scim, group, members = mixed
    tree = Each(AttributePath(None, "members"), where)
    selected = [one["value"] for one in members if matches(tree, search_form({"members": [one]}, GROUP), GROUP)]
    found: list[str] = []
    for start in itertools.count(1, count):
        reply = paged(scim, group, membersStartIndex=start, membersCount=count, membersFilter=str(where))
        assert told(reply) == (len(selected), start, len(values(reply)))
        found += values(reply)
        if len(values(reply)) < count:
            break
    assert found == selected
