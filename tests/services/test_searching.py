"""Sorting and both ways of paging, as a client sees them (RFC 7644, sections 3.4.2.3 and 3.4.2.4; RFC 9865)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from optiid.scim import cursors
from tests.running import ENTERPRISE, USER
from tests.services.walking import ask, names, walk

PEOPLE: tuple[dict[str, Any], ...] = (
    {"userName": "b", "name": {"familyName": "Zuse"}, "externalId": "b", "title": "Émile",
     "emails": [{"value": "z@x.org", "type": "work"}, {"value": "A@x.org", "type": "home", "primary": True}],
     ENTERPRISE: {"department": "b", "manager": {"value": "m2"}}},
    {"userName": "A", "name": {"familyName": "lovelace"}, "externalId": "B", "active": False, "title": "zoo",
     "emails": [{"value": "m@x.org", "type": "other"}, {"value": "0@x.org"}]},
    {"userName": "c", "name": {"givenName": "Carla"}, "externalId": "a", "title": "emil",
     ENTERPRISE: {"department": "A", "manager": {"value": "m1"}}},
    {"userName": "ä", "name": {"familyName": "Ada"}, "emails": [{"type": "i"}]},
)  # fmt: skip
# Attribute, and the order of names going up; those after the bar have no value and keep the order of creation.
ORDERS = (
    ("userName", "A b c ä"), ("USERNAME", "A b c ä"), (f"{USER}:userName", "A b c ä"),
    (f"{USER.upper()}:username", "A b c ä"),
    ("name.familyName", "ä A b | c"), ("NAME.FAMILYNAME", "ä A b | c"), (f"{USER}:name.familyName", "ä A b | c"),
    ("externalId", "A c b | ä"), ("active", "A b c ä"), ("title", "c A b | ä"),
    ("emails", "b A | c ä"), ("emails.value", "b A | c ä"), ("emails.type", "b ä A | c"),
    (f"{ENTERPRISE}:department", "c b | A ä"), (f"{ENTERPRISE}:manager.displayName", "| b A c ä"),
    (f"{ENTERPRISE.lower()}:MANAGER.value", "c b | A ä"), (f"{ENTERPRISE}:manager", "c b | A ä"),
    ("id", "b A c ä"), ("meta.created", "b A c ä"), ("meta.lastModified", "b A c ä"), ("meta.location", "b A c ä"),
    ("meta.version", "b A c ä"), ("meta.resourceType", "b A c ä"), ("nickName", "| b A c ä"),
)  # fmt: skip
ALL_TIED = ("meta.version", "meta.resourceType", "active")


@pytest.fixture(scope="module")
def people(service: Any) -> Any:
    scim = service.scim()
    for person in PEOPLE:
        assert scim.post("/Users", person).status == 201
    return scim


@pytest.mark.parametrize(("attribute", "wanted"), ORDERS)
def test_users_are_sorted_by_any_attribute(people: Any, attribute: str, wanted: str) -> None:
    present, _, missing = wanted.partition("|")
    up, without = present.split(), missing.split()
    assert names(ask(people, sortBy=attribute)) == up + without
    assert names(ask(people, sortBy=attribute, sortOrder="Ascending")) == up + without
    if attribute not in ALL_TIED:
        assert names(ask(people, sortBy=attribute, sortOrder="DESCENDING")) == without + up[::-1]


def test_ties_stand_in_order_of_creation_in_either_direction(people: Any) -> None:
    for order in ("ascending", "descending"):
        assert names(ask(people, sortBy="meta.resourceType", sortOrder=order)) == ["b", "A", "c", "ä"]
    assert names(ask(people, sortBy="active", sortOrder="descending")) == ["b", "c", "ä", "A"]


def test_order_without_a_key_changes_nothing(people: Any) -> None:
    assert names(ask(people, sortOrder="descending")) == ["b", "A", "c", "ä"]
    assert names(ask(people, sortBy="", sortOrder="descending")) == ["b", "A", "c", "ä"]
    assert ask(people, status=400, sortBy="userName", sortOrder="up")["scimType"] == "invalidValue"


@pytest.mark.parametrize(
    "attribute",
    [
        "nothing", "name", "name.nothing", "password", "groups", "groups.value", "addresses", "meta", "emails[type pr]",
        'emails[type eq "work"].value', ENTERPRISE, USER, f"{ENTERPRISE}:nothing", "urn:other:department", "department",
        "user name", "userName,title", "userName.value", "a" * 3000,
    ],
)  # fmt: skip
def test_what_has_no_order_is_refused(people: Any, attribute: str) -> None:
    assert ask(people, status=400, sortBy=attribute)["scimType"] == "invalidPath"
    reply = people.post("/Users/.search", {"sortBy": attribute})
    assert (reply.status, reply.body["scimType"]) == (400, "invalidPath")


def test_members_are_not_sorted_by(service: Any) -> None:
    for attribute in ("members", "members.value", "members.display"):
        assert ask(service.scim(), "/Groups", status=400, sortBy=attribute)["scimType"] == "invalidPath"


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ({"count": 0}, (1, [])),
        ({"count": -3}, (1, [])),
        ({"count": 2}, (1, ["b", "A"])),
        ({"startIndex": 3, "count": 2}, (3, ["c", "ä"])),
        ({"startIndex": 0, "count": 1}, (1, ["b"])),
        ({"startIndex": -4, "count": 1}, (1, ["b"])),
        ({"startIndex": 4}, (4, ["ä"])),
        ({"startIndex": 5}, (5, [])),
        ({"startIndex": 99, "count": 0}, (99, [])),
        ({"count": 100_000}, (1, ["b", "A", "c", "ä"])),
    ],
)
def test_pages_by_index_tell_the_truth(people: Any, asked: dict[str, int], page: Any) -> None:
    texts = {name: str(number) for name, number in asked.items()}
    for path in ("/Users", ""):
        for found in (
            ask(people, path, **asked),
            people.post(f"{path}/.search", asked).body,
            people.post(f"{path}/.search", texts).body,
        ):
            assert (found["startIndex"], names(found)) == page
            assert found["totalResults"] == 4
            assert found["itemsPerPage"] == len(page[1])
            assert "nextCursor" not in found


def test_root_has_one_order_over_all_types(service: Any) -> None:
    scim = service.scim()
    scim.a_user("u1", displayName="b", title="x")
    scim.a_group("C")
    scim.a_user("u2", displayName="D")
    scim.a_group("a")
    scim.a_user("u3")
    for asking in (scim.get, lambda path: scim.post("/.search", dict([path.removeprefix("?").split("=")]))):
        found = asking("?sortBy=displayName").body
        assert [one.get("displayName") for one in found["Resources"]] == ["a", "b", "C", "D", None]
    down = ask(scim, "", sortBy="displayName", sortOrder="descending", startIndex=2, count=3)
    assert [one["displayName"] for one in down["Resources"]] == ["D", "C", "b"]
    assert (down["totalResults"], down["startIndex"], down["itemsPerPage"]) == (5, 2, 3)
    # What only one type has is missing in the other.
    assert names(ask(scim, "", sortBy="title")) == ["u1", "C", "u2", "a", "u3"]
    assert names(ask(scim, "", sortBy="userName", filter="displayName pr")) == ["u1", "u2", "C", "a"]
    assert names(ask(scim, "", sortBy="title", filter="userName pr")) == ["u1", "u2", "u3"]
    assert names(ask(scim, "")) == ["u1", "C", "u2", "a", "u3"]
    assert ask(scim, "", status=400, sortBy="nothing")["scimType"] == "invalidPath"
    pages = walk(scim, "", sortBy="displayName", count=2)
    assert [name for page in pages for name in names(page)] == ["a", "u1", "C", "u2", "u3"]


def test_walk_by_cursor_has_each_once(people: Any) -> None:
    for path in ("/Users", ""):
        for post in (False, True):
            pages = walk(people, path, post=post, count=2, sortBy="userName")
            assert [names(page) for page in pages] == [["A", "b"], ["c", "ä"]]
            assert [page["totalResults"] for page in pages] == [4, 4]
            assert [page["itemsPerPage"] for page in pages] == [2, 2]
            assert [set(page) & {"startIndex", "nextCursor", "previousCursor"} for page in pages] == [
                {"nextCursor"},
                {"previousCursor"},
            ]


def test_page_goes_back_to_the_one_before(people: Any) -> None:
    first, second, third = walk(people, sortBy="title", sortOrder="descending", count=1)[:3]
    order = {"sortBy": "title", "sortOrder": "descending", "count": 1}
    back = ask(people, cursor=third["previousCursor"], **order)
    assert names(back) == names(second)
    assert names(ask(people, cursor=back["nextCursor"], **order)) == names(third)
    start = ask(people, cursor=back["previousCursor"], **order)
    assert names(start) == names(first)
    assert "previousCursor" not in start


def test_count_may_change_between_pages_and_is_cut(people: Any) -> None:
    first = ask(people, cursor="", count=1)
    assert names(ask(people, cursor=first["nextCursor"], count=2)) == ["A", "c"]
    assert names(ask(people, cursor=first["nextCursor"], count=99_999)) == ["A", "c", "ä"]
    assert names(ask(people, cursor=first["nextCursor"])) == ["A", "c", "ä"]


def test_count_of_nothing_tells_the_total_and_ends(people: Any) -> None:
    cursor = ask(people, cursor="", count=1)["nextCursor"]
    for asked in ({"cursor": "", "count": 0}, {"cursor": cursor, "count": 0}, {"cursor": cursor, "count": -1}):
        found = ask(people, **asked)
        assert (found["totalResults"], found["itemsPerPage"], found["Resources"]) == (4, 0, [])
        assert not {"nextCursor", "previousCursor", "startIndex"} & set(found)


def test_cursor_without_a_value_begins(people: Any) -> None:
    assert names(people.get("/Users?cursor&count=1").body) == ["b"]
    assert "startIndex" in ask(people, count=1)


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"cursor": "", "startIndex": 1}, "invalidValue"),
        ({"cursor": "x"}, "invalidCursor"),
        ({"cursor": "é"}, "invalidCursor"),
        ({"cursor": " "}, "invalidCursor"),
        ({"cursor": "A" * 5000}, "invalidCursor"),
        ({"cursor": "", "count": "x"}, "invalidCount"),
        ({"cursor": "", "sortBy": "nothing"}, "invalidPath"),
        ({"cursor": "", "filter": "nothing pr"}, "invalidFilter"),
    ],
)
def test_faults_of_paging_by_cursor_have_their_type(people: Any, asked: dict[str, Any], fault: str) -> None:
    for path in ("/Users", "/Groups", ""):
        assert ask(people, path, status=400, **asked)["scimType"] == fault
        reply = people.post(f"{path}/.search", asked)
        assert (reply.status, reply.body["scimType"]) == (400, fault)


def test_cursor_belongs_to_its_query(people: Any) -> None:
    order = {"filter": "userName pr", "sortBy": "title", "sortOrder": "descending", "count": 1}
    cursor = ask(people, cursor="", **order)["nextCursor"]
    assert ask(people, cursor=cursor, **order)["Resources"]
    assert ask(people, cursor=cursor, **(order | {"sortBy": f"{USER}:TITLE", "attributes": "title"}))["Resources"]
    for change in (
        {"filter": "title pr"},
        {"filter": None},
        {"sortBy": "userName"},
        {"sortBy": None},
        {"sortOrder": "ascending"},
    ):
        asked = {name: value for name, value in (order | change).items() if value is not None}
        assert ask(people, status=400, cursor=cursor, **asked)["scimType"] == "invalidCursor"
    for path in ("/Groups", ""):
        assert ask(people, path, status=400, cursor=cursor, filter="id pr")["scimType"] == "invalidCursor"


def test_cursor_belongs_to_its_connection(service: Any, people: Any) -> None:
    cursor = ask(people, cursor="", count=1)["nextCursor"]
    sibling = service.scim(organization=people.connected.organization)
    for other in (sibling, service.scim()):
        assert ask(other, status=400, cursor=cursor)["scimType"] == "invalidCursor"


def test_cursor_expires_and_each_page_gives_a_fresh_one(people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    config = people.get("/ServiceProviderConfig").body
    lifetime = config["pagination"]["cursorTimeout"]
    assert config["pagination"]["maxPageSize"] == config["filter"]["maxResults"]
    present = cursors.now

    def later(seconds: float) -> None:
        monkeypatch.setattr(cursors, "now", lambda: present() + timedelta(seconds=seconds))

    first = ask(people, cursor="", count=1)["nextCursor"]
    later(lifetime - 5)
    second = ask(people, cursor=first, count=1)["nextCursor"]
    later(lifetime + 5)
    fault = ask(people, status=400, cursor=first, count=1)
    assert fault["scimType"] == "expiredCursor"
    assert str(lifetime) in fault["detail"]
    assert names(ask(people, cursor=second, count=1)) == ["c"]


def test_page_by_cursor_costs_few_statements_and_is_counted_once_in_a_walk(service: Any, people: Any) -> None:
    asked = {"filter": "userName pr", "count": 1}
    first = ask(people, cursor="", **asked)
    for text, counts in (("", 1), (first["nextCursor"], 0)):
        with service.database.counting() as seen:
            assert ask(people, cursor=text, **asked)["totalResults"] == first["totalResults"]
        assert len(seen) <= 4 + counts, seen
        assert len([sql for sql in seen if "COUNT(*)" in sql]) == counts
        assert not [sql for sql in seen if "OFFSET" in sql]


def test_long_values_of_an_order_make_no_long_cursor(service: Any) -> None:
    scim = service.scim()
    for letter in "abc":
        scim.a_user(title=letter * 4096)
    pages = walk(scim, count=1, sortBy="title")
    assert [page["Resources"][0]["title"][0] for page in pages] == ["a", "b", "c"]
    assert max(len(page.get("nextCursor", "")) for page in pages) < 200
    assert len(urlencode({"cursor": pages[0]["nextCursor"]})) == len("cursor=") + len(pages[0]["nextCursor"])


def test_cursor_that_was_changed_anywhere_is_refused(people: Any) -> None:
    cursor = ask(people, cursor="", count=1)["nextCursor"]
    changed = [
        cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :] for place in range(len(cursor))
    ]
    for text in [*changed, cursor[:-1], cursor + "A", cursor + "=", cursor + " ", "\n" + cursor, cursor * 2]:
        assert ask(people, status=400, cursor=text)["scimType"] == "invalidCursor"


def test_all_workers_take_the_cursors_of_each_other(live: Any) -> None:
    scim = live.scim()
    idents = [scim.a_user()["id"] for _ in range(12)]
    pages = walk(scim, count=1)
    assert sorted(idents) == [page["Resources"][0]["id"] for page in pages]
