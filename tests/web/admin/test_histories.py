"""One person's history over HTTP: in order, in sentences, also after they are gone."""

from __future__ import annotations

from typing import Any

from tests.administering import an_admin


def test_history_goes_on_until_nothing_is_left(service: Any) -> None:
    scim = service.scim()
    admin = an_admin(service, scim.connected.organization)
    user = scim.a_user("ada@example.com")
    path = f"/users/usr_{user['id']}/history"
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "Countess"})
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False})
    told = admin.get(path).body
    assert (told["userName"], told["state"]) == ("ada@example.com", "gone")
    assert [one["at"] for one in told["history"]] == sorted(one["at"] for one in told["history"])
    assert len(told["history"]) >= 3
    assert all(one["request"].startswith("req_") for one in told["history"])
    assert told["now"]
    scim.delete(f"/Users/{user['id']}")
    admin.delete(f"/tombstones/usr_{user['id']}")
    purged = admin.get(path).body
    assert (purged["userName"], purged["state"]) == (None, "purged")
    assert "ada" not in str(purged)
    assert admin.get("/users/usr_01920000-0000-7000-8000-000000000000/history").status == 404
