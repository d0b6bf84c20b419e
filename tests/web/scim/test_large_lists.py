"""Lists of groups with many members: pages end in time, go out in pieces, and joined they are the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optiid.profiles.profile import Profile
from optiid.profiles.types import Answer
from optiid.services import large_groups, reading
from tests.large_groups import a_large_group
from tests.running import PREFIX


@pytest.fixture(autouse=True)
def _bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make groups of a few large."""
    monkeypatch.setattr(reading, "WHOLE_MEMBERS", 20)
    monkeypatch.setattr(large_groups, "PIECE", 10)
    monkeypatch.setattr(large_groups, "PAGE_MEMBERS", 60)


def raw(service: Any, scim: Any, path: str) -> Any:
    return service.app.test_client().get(PREFIX + path, headers={"Authorization": f"Bearer {scim.connected.token}"})


@pytest.fixture
def groups(service: Any) -> Any:
    """A connection with groups of 25, 1, 25, 70 and 0 members, and who these are."""
    client = service.scim()
    client.get("/Users")
    found = {}
    for number in (25, 1, 25, 70):
        group, members = a_large_group(service.database, client, number)
        found[group] = members
    found[client.a_group()["id"]] = []
    return client, found


def members_by_group(pages: list[Any]) -> dict[str, list[str]]:
    return {
        one["id"]: [member["value"] for member in one.get("members", [])]
        for page in pages
        for one in page.body["Resources"]
    }


def test_page_of_a_list_ends_before_its_members_are_too_many(groups: Any) -> None:
    scim, found = groups
    pages, start = [], 1
    while start <= len(found):
        pages.append(scim.get(f"/Groups?startIndex={start}"))
        start += pages[-1].body["itemsPerPage"]
    assert [page.body["itemsPerPage"] for page in pages] == [3, 1, 1]
    assert {page.body["totalResults"] for page in pages} == {5}
    assert members_by_group(pages) == found


def test_walk_by_cursor_goes_on_where_a_page_ended(groups: Any) -> None:
    scim, found = groups
    pages = [scim.get("/Groups?cursor")]
    while cursor := pages[-1].body.get("nextCursor"):
        pages.append(scim.get(f"/Groups?cursor={cursor}"))
    assert [page.body["itemsPerPage"] for page in pages] == [3, 1, 1]
    assert members_by_group(pages) == found
    back = [pages[-1]]
    while cursor := back[-1].body.get("previousCursor"):
        back.append(scim.get(f"/Groups?cursor={cursor}"))
    assert members_by_group(back) == found


def test_list_with_few_members_in_all_is_whole_and_one_statement(service: Any, groups: Any) -> None:
    scim, found = groups
    small = [group for group, members in found.items() if len(members) < 2]
    with service.database.counting() as seen:
        answer = raw(service, scim, "/Groups?filter=" + " or ".join(f'id eq "{group}"' for group in small))
    assert len([sql for sql in seen if "membership" in sql]) == 1
    assert answer.content_length
    assert answer.json["totalResults"] == 2


def test_list_without_members_has_all_groups_on_a_page(service: Any, groups: Any) -> None:
    scim, found = groups
    with service.database.counting() as seen:
        reply = scim.get("/Groups?excludedAttributes=members")
    assert reply.body["itemsPerPage"] == len(found)
    assert not [sql for sql in seen if "membership" in sql]


def test_list_at_the_root_has_users_beside_large_groups(groups: Any) -> None:
    scim, found = groups
    group = next(iter(found))
    user = found[group][0]
    text = f'id eq "{group}" or id eq "{user}"'
    reply = scim.post("/.search", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": text})
    assert (reply.status, reply.body["itemsPerPage"]) == (200, 2)
    assert members_by_group([reply])[group] == found[group]


def test_profiles_shape_a_large_list_without_members(service: Any, groups: Any, monkeypatch: Any) -> None:
    scim, found = groups

    def shaped(_profile: Any, answer: Answer, _context: Any) -> Answer:
        assert answer.body is not None
        assert answer.behind == ("members",)
        resources = answer.body["Resources"]
        assert not any("members" in one for one in resources)
        return replace(answer, body=answer.body | {"Resources": [resources[0] | {"members": []}, *resources[1:]]})

    monkeypatch.setattr(Profile, "shape_response", shaped)
    read = raw(service, scim, "/Groups").json["Resources"]
    assert [len(one.get("members", [])) for one in read] == [0, 1, 25]
    monkeypatch.setattr(Profile, "shape_response", lambda *_: Answer(200, None, {}))
    assert raw(service, scim, "/Groups").data == b""
    assert found
