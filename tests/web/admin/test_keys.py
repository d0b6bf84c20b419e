"""Keys over HTTP: a secret is shown once, and no key makes one that may do more."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.services import organization_rules
from tests.administering import Admin, an_admin


@pytest.fixture
def organization(service: Any) -> str:
    found: str = service.connect().organization
    return found


def test_new_key_works_until_it_is_revoked(service: Any, organization: str) -> None:
    admin = an_admin(service, organization)
    made = admin.post("/keys", {"name": "Portal", "scope": "read", "expires_in_days": 7}).body
    portal = Admin(service.send, made["key"])
    assert portal.get("/users").status == 200
    assert made["key"] not in str(admin.get("/keys").body)
    assert admin.get(f"/keys/{made['id']}").body["created_by"].startswith("key:")
    assert admin.delete(f"/keys/{made['id']}").status == 204
    assert portal.get("/users").status == 401
    assert admin.delete(f"/keys/{made['id']}").status == 204


@pytest.mark.parametrize("scope", ["read", "write"])
@pytest.mark.parametrize("of", ["organization", "installation"])
def test_who_may_not_administer_makes_no_keys(service: Any, organization: str, scope: Any, of: str) -> None:
    admin = an_admin(service, organization if of == "organization" else "", scope)
    for wanted in ("read", "write", "admin"):
        assert admin.post("/keys", {"name": "x", "scope": wanted}).status == 403
        assert admin.get("/keys").status == 403


def test_keys_of_the_installation_come_from_one_alone(service: Any, organization: str) -> None:
    whole = an_admin(service, "")
    made = whole.post("/keys", {"name": "x", "scope": "admin"}).body
    assert made["organization"] is None
    inside = whole.post(f"/keys?organization=org_{organization}", {"name": "x", "scope": "admin"}).body
    assert inside["organization"] == f"org_{organization}"
    admin = Admin(service.send, inside["key"])
    assert admin.get(f"/keys/{made['id']}").status == 404
    assert admin.post("/organizations", {"name": "x"}).status == 403


def test_rules_that_look_at_others_need_a_key_of_the_installation(service: Any, organization: str) -> None:
    path = f"/organizations/org_{organization}/rules"
    admin = an_admin(service, organization)
    for change in ({"unique_names": "installation"}, {"preset": "opti"}):
        assert admin.patch(path, change).status == 403
    assert admin.patch(path, {"preset": "opti", "unique_names": "organization"}).status == 200
    assert an_admin(service, "").patch(path, {"unique_names": "installation"}).status == 200
    assert organization_rules.of_organization(service.database, organization).unique_names == "installation"


def test_secrets_are_nowhere_in_the_database(service: Any, organization: str) -> None:
    admin = an_admin(service, organization)
    connection = f"/connections/con_{service.connect(organization=organization).connection}"
    secrets = []
    for path, field, body in (
        ("/keys", "key", {"name": "x", "scope": "read"}),
        (f"{connection}/tokens", "token", {}),
        (f"{connection}/clients", "client_secret", {"name": "x"}),
    ):
        first = admin.post(path, body, headers={"Idempotency-Key": path})
        again = admin.post(path, body, headers={"Idempotency-Key": path})
        secrets.append(first.body[field])
        assert again.body == first.body | {field: None}
        assert again.headers["Idempotency-Replayed"] == "true"
    rows = service.database.reading(lambda: service.database.rows("SELECT * FROM idempotent_request"))
    assert not [secret for secret in secrets if secret in str(rows)]
