"""The brake: too many removals are answered as if they were done, and nobody leaves the directory (product.md, 3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from optiid import clock
from optiid.services import brake, directory, holds
from tests.events import directory_events
from tests.running import PATCH_OP

INACTIVE = {"op": "replace", "path": "active", "value": False}
ACTIVE = {"op": "replace", "path": "active", "value": True}
# Two may go, whatever share they are.
TIGHT = {"brake_users": 2, "brake_percent": 10}


def braked(service: Any, profile: str = "standard", **settings: Any) -> Any:
    return service.scim(profile, settings=TIGHT | settings)


def people(scim: Any, number: int = 5) -> list[str]:
    return [scim.a_user()["id"] for _ in range(number)]


def living(service: Any, scim: Any) -> set[str]:
    found = directory.users(service.database, scim.connected.organization)
    return {user["id"] for user in found if user["state"] == "living"}


def waiting(service: Any, scim: Any) -> list[tuple[str, str, str]]:
    found = holds.list_some(service.database, scim.connected.organization)
    return [(one.resource, one.asked, one.why) for one in found]


def kinds(service: Any, scim: Any) -> list[str]:
    found = directory_events(service.database, scim.connected.organization)
    return [event["kind"] for event in found]


def deactivate(scim: Any, ident: str) -> Any:
    return scim.patch(f"/Users/{ident}", INACTIVE)


def engage(scim: Any) -> None:
    """Use up what the brake lets through."""
    for ident in people(scim, 2):
        deactivate(scim, ident)


@pytest.mark.parametrize("policy", ["delete", "erase", "suspend"])
@pytest.mark.parametrize("by", ["PATCH", "PUT", "DELETE"])
def test_rest_is_held_and_answered_as_if_it_were_done(service: Any, policy: str, by: str) -> None:
    scim = braked(service, inactive=policy)
    users = [scim.a_user(f"user{number}@example.com")["id"] for number in range(5)]
    group = scim.a_group(members=users)
    erased = by == "DELETE" or policy == "erase"
    for number, ident in enumerate(users[:4]):
        if by == "DELETE":
            assert scim.delete(f"/Users/{ident}").status == 204
        else:
            body = {"userName": f"user{number}@example.com", "active": False}
            reply = deactivate(scim, ident) if by == "PATCH" else scim.put(f"/Users/{ident}", body)
            assert (reply.status, reply.body["active"], reply.body["id"]) == (200, False, ident)
        reply = scim.get(f"/Users/{ident}")
        assert (reply.status, (reply.body or {}).get("active")) == ((404, None) if erased else (200, False))
        found = scim.find("/Users", f'userName eq "user{number}@example.com"').body
        assert found["totalResults"] == (0 if erased else 1)
    assert scim.find("/Users", "active eq false").body["totalResults"] == (0 if erased else 4)
    assert living(service, scim) == set(users[2:])
    shown = directory.user(service.database, scim.connected.organization, users[3])
    assert (shown["active"], shown["groups"][0]["id"]) == (True, group["id"])
    asked = {"DELETE": "delete"}.get(by, "erase" if policy == "erase" else "deactivate")
    assert waiting(service, scim) == [(ident, asked, "brake") for ident in users[2:4]]
    gone = "user.suspended" if policy == "suspend" and by != "DELETE" else "user.deleted"
    assert kinds(service, scim)[-4:] == [gone, gone, "hold.placed", "hold.placed"]


def test_both_limits_must_be_exceeded(service: Any) -> None:
    scim = service.scim(settings={"brake_users": 1, "brake_percent": 50})
    users = people(scim, 6)
    for ident in users[:3]:
        deactivate(scim, ident)
    assert waiting(service, scim) == []
    for ident in users[3:5]:
        deactivate(scim, ident)
    assert [one[0] for one in waiting(service, scim)] == users[3:5]


def test_defaults_let_fifty_go(service: Any) -> None:
    scim = service.scim()
    users = people(scim, 52)
    for ident in users:
        deactivate(scim, ident)
    assert [one[0] for one in waiting(service, scim)] == users[50:]


def test_switched_off_it_holds_nobody(service: Any) -> None:
    scim = braked(service, brake=False)
    for ident in people(scim):
        deactivate(scim, ident)
    assert (living(service, scim), waiting(service, scim)) == (set(), [])


def test_window_ends(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scim = braked(service, brake_window_minutes=30)
    users = people(scim, 6)
    engage(scim)
    deactivate(scim, users[0])
    later = clock.now() + timedelta(minutes=29)
    monkeypatch.setattr(brake, "now", lambda: later)
    deactivate(scim, users[1])
    much_later = later + timedelta(minutes=31)
    monkeypatch.setattr(brake, "now", lambda: much_later)
    deactivate(scim, users[2])
    assert [one[0] for one in waiting(service, scim)] == users[:2]
    # Who is held stays so, however late more is asked.
    scim.delete(f"/Users/{users[0]}")
    assert waiting(service, scim)[0] == (users[0], "delete", "brake")
    assert users[0] in living(service, scim)
    assert scim.get(f"/Users/{users[0]}").status == 404


def test_each_connection_has_its_own(service: Any) -> None:
    scim = braked(service)
    other = service.scim(organization=scim.connected.organization, settings=TIGHT)
    engage(scim)
    for ident in people(other, 2):
        deactivate(other, ident)
    assert waiting(service, scim) == []


def test_active_again_cancels_the_hold(service: Any) -> None:
    scim = braked(service)
    engage(scim)
    user = people(scim)[0]
    deactivate(scim, user)
    reply = scim.patch(f"/Users/{user}", ACTIVE)
    assert (reply.status, reply.body["active"]) == (200, True)
    assert (waiting(service, scim), user in living(service, scim)) == ([], True)
    assert kinds(service, scim)[-2:] == ["hold.placed", "hold.cancelled"]
    history = holds.list_some(service.database, scim.connected.organization, settled=True)
    assert [(one.state, one.settled_by) for one in history] == [
        ("cancelled", f"connection:{scim.connected.connection}")
    ]


def test_text_booleans_are_held_and_cancelled_too(service: Any) -> None:
    scim = braked(service, "entra")
    engage(scim)
    user = people(scim)[0]
    operation = {"op": "Replace", "path": "active", "value": "False"}
    assert scim.patch(f"/Users/{user}", operation).body["active"] is False
    assert waiting(service, scim) == [(user, "deactivate", "brake")]
    rename = {"op": "Replace", "path": "userName", "value": f"{user}ada@example.com"}
    assert scim.patch(f"/Users/{user}", rename).status == 200
    scim.patch(f"/Users/{user}", operation | {"value": "True"})
    assert waiting(service, scim) == []


def test_other_changes_of_who_is_held_are_told_as_such(service: Any) -> None:
    scim = braked(service)
    engage(scim)
    user = people(scim)[0]
    scim.patch(f"/Users/{user}", INACTIVE, {"op": "replace", "path": "title", "value": "Owner"})
    scim.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Former"})
    found = directory_events(service.database, scim.connected.organization)
    told = [(event["kind"], event["payload"].get("changed")) for event in found[-3:]]
    assert told == [("hold.placed", None), ("user.updated", ["title"]), ("user.updated", ["title"])]


def test_bulk_is_braked_one_by_one(service: Any) -> None:
    scim = braked(service)
    users = people(scim)
    removals = [{"method": "DELETE", "path": f"/Users/{ident}"} for ident in users]
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": removals}
    reply = scim.post("/Bulk", body)
    assert {one["status"] for one in reply.body["Operations"]} == {"204"}
    assert living(service, scim) == set(users[2:])


def test_post_revives_who_is_held(service: Any) -> None:
    scim = braked(service)
    engage(scim)
    user = scim.a_user("ada@example.com", externalId="1")
    deactivate(scim, user["id"])
    assert scim.a_user("ada@example.com", externalId="1")["id"] == user["id"]
    assert waiting(service, scim) == []
    assert kinds(service, scim)[-1] == "hold.cancelled"


@pytest.mark.parametrize("how", ["deleted", "erased", "another person"])
def test_post_takes_the_place_of_who_is_held(service: Any, how: str) -> None:
    scim = braked(service, inactive="erase" if how == "erased" else "delete")
    engage(scim)
    user = scim.a_user("bo@example.com", externalId="1")
    scim.delete(f"/Users/{user['id']}") if how == "deleted" else deactivate(scim, user["id"])
    made = scim.a_user("bo@example.com", externalId="2")
    assert made["id"] != user["id"]
    assert (user["id"] in living(service, scim), made["id"] in living(service, scim)) == (False, True)
    assert waiting(service, scim) == []
    assert kinds(service, scim)[-3:] == ["hold.released", "user.deleted", "user.created"]
    assert scim.get(f"/Users/{user['id']}").status == 404


@pytest.mark.parametrize("how", ["deleted", "another person"])
def test_nobody_is_removed_by_an_inactive_namesake(service: Any, how: str) -> None:
    scim = braked(service)
    engage(scim)
    user = scim.a_user("cy@example.com", externalId="1")
    scim.delete(f"/Users/{user['id']}") if how == "deleted" else deactivate(scim, user["id"])
    reply = scim.post("/Users", {"userName": "cy@example.com", "externalId": "2", "active": False})
    assert (reply.status, reply.body["scimType"]) == (409, "uniqueness")
    assert user["id"] in living(service, scim)


@pytest.mark.parametrize("how", ["deleted", "deactivated"])
def test_rename_does_not_push_out_who_is_held(service: Any, how: str) -> None:
    scim = braked(service)
    engage(scim)
    user, other = scim.a_user("di@example.com"), scim.a_user()
    scim.delete(f"/Users/{user['id']}") if how == "deleted" else deactivate(scim, user["id"])
    reply = scim.patch(f"/Users/{other['id']}", {"op": "replace", "path": "userName", "value": "di@example.com"})
    assert (reply.status, reply.body["scimType"]) == (409, "uniqueness")
    assert user["id"] in living(service, scim)


def test_deleting_who_is_suspended_counts(service: Any) -> None:
    scim = braked(service, inactive="suspend")
    users = people(scim, 4)
    for ident in users[:2]:
        deactivate(scim, ident)
        scim.delete(f"/Users/{ident}")
    assert waiting(service, scim) == []
    scim.delete(f"/Users/{users[2]}")
    assert [one[0] for one in waiting(service, scim)] == [users[2]]


def test_writes_that_remove_nobody_cost_what_they_did(service: Any) -> None:
    scim = braked(service)
    user = scim.a_user()
    inactive = scim.a_user(active=False)
    with service.database.counting() as seen:
        scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "New"})
        scim.patch(f"/Users/{inactive['id']}", {"op": "replace", "path": "title", "value": "New"})
        scim.patch(f"/Users/{inactive['id']}", ACTIVE)
        scim.a_user()
    assert not [sql for sql in seen if "brake" in sql or "hold" in sql or "deprovisioning" in sql or "role" in sql]
    with service.database.counting() as seen:
        deactivate(scim, user["id"])
    assert len([sql for sql in seen if "brake" in sql or "deprovisioning" in sql or "role_grant" in sql]) == 5


def test_replay_of_a_request_changes_nothing(service: Any) -> None:
    scim = braked(service)
    engage(scim)
    user = people(scim)[0]
    body = {"schemas": [PATCH_OP], "Operations": [INACTIVE]}
    first = scim.request("PATCH", f"/Users/{user}", body)
    again = scim.request("PATCH", f"/Users/{user}", body)
    assert first.headers["ETag"] == again.headers["ETag"]
    assert len(waiting(service, scim)) == 1
