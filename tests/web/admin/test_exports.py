"""One person's data over HTTP: what the command prints, for administrators alone, and told in the audit trail."""

from __future__ import annotations

from typing import Any

from optiid.services import person_export
from tests.administering import an_admin


def test_export_is_that_of_the_command_and_is_audited(service: Any) -> None:
    scim = service.scim()
    organization = scim.connected.organization
    user = scim.a_user("eglantine@example.com", title="Duchess")["id"]
    admin = an_admin(service, organization)
    reply = admin.get(f"/users/usr_{user}/export")
    assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-store")
    assert reply.body["attributes"]["title"] == "Duchess"
    entry = reply.body["audit"][-1]
    assert (entry["action"], entry["target"]) == ("user.exported", user)
    assert entry["author"].startswith("key:")
    assert reply.headers["X-Request-Id"] == entry["request"]
    printed = person_export.export(service.database, organization, user)
    assert printed.keys() == reply.body.keys()
    assert printed["attributes"] == reply.body["attributes"]


def test_of_who_is_erased_ids_are_left(service: Any) -> None:
    admin = an_admin(service, service.connect().organization)
    user = admin.post("/users", {"attributes": {"userName": "eglantine@example.com"}}).body["id"]
    assert admin.delete(f"/users/{user}").status == 204
    assert admin.delete(f"/tombstones/{user}").status == 204
    told = admin.get(f"/users/{user}/export").body
    assert (told["state"], "attributes" in told) == ("purged", False)
    assert "eglantine" not in str(told)
