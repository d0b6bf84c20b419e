"""Removals side by side never slip under the limit together: a live gunicorn with two workers, both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from optiid.clock import new_id
from optiid.errors import ConflictError
from optiid.services import directory, holds
from optiid.storage import roles
from optiid.storage.products import ADMIN_CENTER, ADMINISTRATOR
from optiid.storage.roles import Grant

INACTIVE = {"op": "replace", "path": "active", "value": False}
ACTIVE = {"op": "replace", "path": "active", "value": True}
PEOPLE, MAY_GO = 24, 5


def at_once(work: Any, arguments: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(max_workers=len(arguments)) as pool:
        return list(pool.map(work, arguments))


def living(live: Any, scim: Any) -> set[str]:
    found = directory.users(live.database, scim.connected.organization)
    return {user["id"] for user in found if user["state"] == "living"}


def waiting(live: Any, scim: Any) -> set[str]:
    return {one.resource for one in holds.list_some(live.database, scim.connected.organization)}


@pytest.mark.parametrize("policy", ["delete", "erase", "suspend"])
def test_exactly_as_many_go_as_may(live: Any, policy: str) -> None:
    settings = {"brake_users": MAY_GO, "brake_percent": 10, "inactive": policy}
    scim = live.scim(settings=settings)
    users = at_once(lambda _: scim.a_user()["id"], list(range(PEOPLE)))

    def remove(place: int) -> int:
        path = f"/Users/{users[place]}"
        return (scim.delete(path) if place % 2 else scim.patch(path, INACTIVE)).status

    assert sorted(at_once(remove, list(range(PEOPLE)))) == [200] * (PEOPLE // 2) + [204] * (PEOPLE // 2)
    assert len(living(live, scim)) == PEOPLE - MAY_GO
    assert waiting(live, scim) == living(live, scim)


def test_share_is_exact_too(live: Any) -> None:
    scim = live.scim(settings={"brake_users": 0, "brake_percent": 50})
    users = at_once(lambda _: scim.a_user()["id"], list(range(PEOPLE)))
    at_once(lambda ident: scim.patch(f"/Users/{ident}", INACTIVE), users)
    assert len(living(live, scim)) == PEOPLE // 2


@pytest.mark.parametrize("round_", range(4))
def test_of_two_administrators_who_go_at_once_one_stays(live: Any, round_: int) -> None:
    one = live.scim(settings={"brake": False})
    other = live.scim(organization=one.connected.organization, settings={"brake": False})
    admins = [(one, one.a_user()["id"]), (other, other.a_user()["id"]), (one, one.a_user()["id"])]
    for _, ident in admins:
        grant = Grant(new_id(), ADMIN_CENTER, ADMIN_CENTER, ADMINISTRATOR, ident, "")
        live.database.transaction(lambda grant=grant: roles.insert(live.database, one.connected.organization, grant))

    def remove(admin: tuple[Any, str]) -> int:
        scim, ident = admin
        path = f"/Users/{ident}"
        return int((scim.delete(path) if round_ % 2 else scim.patch(path, INACTIVE)).status)

    assert set(at_once(remove, admins)) == {204 if round_ % 2 else 200}
    assert len(living(live, one)) == 1
    assert waiting(live, one) == living(live, one)


def test_hold_is_settled_once(live: Any) -> None:
    scim = live.scim(settings={"brake_users": 0, "brake_percent": 0})
    user = scim.a_user()["id"]
    scim.patch(f"/Users/{user}", INACTIVE)
    organization = scim.connected.organization
    ident = holds.list_some(live.database, organization)[0].id

    def reject(_: int) -> str:
        try:
            return holds.reject(live.database, organization, ident).state
        except ConflictError:
            return "refused"
        finally:
            live.database.release()

    assert sorted(at_once(reject, list(range(6)))) == ["refused"] * 5 + ["rejected"]
    assert scim.get(f"/Users/{user}").body["meta"]["version"] == 'W/"3"'


def test_return_and_release_agree_in_either_order(live: Any) -> None:
    scim = live.scim(settings={"brake_users": 0, "brake_percent": 0})
    organization = scim.connected.organization
    for _ in range(5):
        user = scim.a_user()["id"]
        scim.patch(f"/Users/{user}", INACTIVE)
        ident = holds.list_some(live.database, organization)[0].id

        def settle(how: str, user: str = user, ident: str = ident) -> None:
            if how == "return":
                assert scim.patch(f"/Users/{user}", ACTIVE).status == 200
                return
            try:
                holds.release(live.database, live._registry, organization, ident)
            except ConflictError as error:
                assert "cancelled" in str(error)
            finally:
                live.database.release()

        at_once(settle, ["return", "release"])
        assert user in living(live, scim)
        assert scim.get(f"/Users/{user}").body["active"] is True
        assert waiting(live, scim) == set()
