"""Nothing of a purged person stays, and nothing that must never be returned is told."""

from __future__ import annotations

from typing import Any

from optiid.services import extension_schemas
from tests.administering import an_admin
from tests.badges import DOCUMENT, URN
from tests.services.test_restoring import traces


def test_answers_that_were_kept_go_with_the_person(service: Any) -> None:
    admin = an_admin(service, service.connect().organization)
    attributes = {"userName": "xanthippe@porphyry.example", "name": {"familyName": "Porphyrina"}}
    user = admin.post("/users", {"attributes": attributes}, headers={"Idempotency-Key": "1"}).body["id"]
    admin.patch(f"/users/{user}", {"attributes": {"title": "Porphyrian"}})
    assert admin.delete(f"/users/{user}").status == 204
    assert admin.post(f"/tombstones/{user}/restore", headers={"Idempotency-Key": "2"}).status == 200
    assert admin.delete(f"/users/{user}").status == 204
    assert traces(service, "porphyr")
    assert admin.delete(f"/tombstones/{user}").status == 204
    assert traces(service, "porphyr", "xanthippe") == []


def test_what_is_never_returned_is_not_shown(service: Any) -> None:
    scim = service.scim()
    extension_schemas.add(service.database, scim.connected.organization, DOCUMENT)
    user = scim.a_user(**{URN: {"number": "7", "pin": "pin-4711"}, "password": "pass-4711"})
    admin = an_admin(service, scim.connected.organization)
    for path in ("/users", f"/users/{user['id']}"):
        reply = admin.get(path)
        assert reply.status == 200
        assert "4711" not in str(reply.body)
    shown = admin.get(f"/users/usr_{user['id']}").body
    assert shown["attributes"][URN]["number"] == "7"
    assert shown["connection"] == f"con_{scim.connected.connection}"
