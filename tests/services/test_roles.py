"""Products, instances and roles, and granting them: once, with events and acts, and never without an administrator."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import ConflictError, InvalidInputError, NotFoundError
from optiid.services import hand_made, organizations, products, removing, roles
from optiid.services.author import Author
from optiid.services.roles import TO_EVERYONE, Subject
from tests.events import directory_events

ADMINISTRATOR = ("admin-center", "administrator")


class Acme:
    """An organization with a product that has roles and instances."""

    def __init__(self, service: Any) -> None:
        self.service, self.database, self.scim = service, service.database, service.scim()
        self.organization = self.scim.connected.organization
        products.create(self.database, self.organization, "cms", "Content")
        for name in ("Editor", "Viewer"):
            products.add_role(self.database, self.organization, "cms", name)
        for ident in ("cms-prod", "cms-test"):
            products.create_instance(self.database, self.organization, "cms", ident)

    def grant(self, place: tuple[str, str], subject: Subject, author: Author | None = None) -> Any:
        more = {} if author is None else {"author": author}
        return roles.grant(self.database, self.organization, *place, subject, **more)

    def revoke(self, place: tuple[str, str], subject: Subject) -> Any:
        return roles.revoke(self.database, self.organization, *place, subject)

    def told(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        found = directory_events(self.database, self.organization)
        return [(one["resource"], one["payload"]) for one in found if one["kind"] == kind]

    def acts(self, action: str) -> list[tuple[str, str]]:
        sql = "SELECT target, author FROM audit_entry WHERE organization = ? AND action = ? ORDER BY sequence"
        return list(self.database.rows(sql, (self.organization, action)))

    def listed(self, instance: str | None = None) -> set[tuple[str, str, str]]:
        found = roles.list_all(self.database, self.organization, instance)
        return {(one.instance, one.role, one.subject_name) for one in found}


@pytest.fixture
def acme(service: Any) -> Acme:
    return Acme(service)


def test_products_are_defined_once_under_ids_in_any_case_and_width(acme: Acme) -> None:
    found = products.get(acme.database, acme.organization, "CMS")
    assert (found.name, found.roles, found.instances) == ("Content", ["Editor", "Viewer"], ["cms-prod", "cms-test"])
    assert [one.id for one in products.list_all(acme.database, acme.organization)] == ["admin-center", "cms"]
    for ident in ("cms", "CMS", "\uff43\uff4d\uff53"):
        with pytest.raises(ConflictError):
            products.create(acme.database, acme.organization, ident)
    with pytest.raises(ConflictError):
        products.add_role(acme.database, acme.organization, "cms", "EDITOR")
    with pytest.raises(ConflictError):
        products.create_instance(acme.database, acme.organization, "cms", "CMS-prod")
    for ident in ("", " ", "a::b", "-a", "a b", "x" * 65, "\u0430dmin-center"):
        with pytest.raises(InvalidInputError):
            products.create(acme.database, acme.organization, ident)
        with pytest.raises(InvalidInputError):
            products.create_instance(acme.database, acme.organization, "cms", ident)
    assert {kind: len(acme.told(kind)) for kind in ("product.created", "role.created", "instance.created")} == {
        "product.created": 1,
        "role.created": 2,
        "instance.created": 2,
    }


def test_products_of_another_organization_are_unknown(acme: Acme, service: Any) -> None:
    other = organizations.create(service.database, f"Other {acme.organization}").id
    for work in (
        lambda: products.get(service.database, other, "cms"),
        lambda: products.add_role(service.database, other, "cms", "Owner"),
        lambda: products.create_instance(service.database, other, "cms", "x"),
        lambda: products.remove(service.database, other, "cms"),
        lambda: products.remove_instance(service.database, other, "cms-prod"),
        lambda: products.remove_role(service.database, other, "cms", "Editor"),
        lambda: roles.grant(service.database, other, "cms-prod", "Editor", TO_EVERYONE),
        lambda: roles.list_all(service.database, other, "cms-prod"),
    ):
        with pytest.raises(NotFoundError):
            work()
    user = acme.scim.a_user()
    with pytest.raises(NotFoundError, match="no user"):
        roles.grant(service.database, other, *ADMINISTRATOR, Subject("user", user["id"]))


def test_what_is_built_in_stays(acme: Acme) -> None:
    for work in (
        lambda: products.remove(acme.database, acme.organization, "Admin-Center"),
        lambda: products.remove_role(acme.database, acme.organization, *ADMINISTRATOR),
        lambda: products.remove_instance(acme.database, acme.organization, "admin-center"),
        lambda: products.create_instance(acme.database, acme.organization, "admin-center", "second"),
    ):
        with pytest.raises(ConflictError, match="built in"):
            work()


def test_role_is_granted_once_and_told_once(acme: Acme) -> None:
    user, group = acme.scim.a_user("ada@example.com"), acme.scim.a_group("Crew")
    made = acme.grant(("CMS-prod", "editor"), Subject("user", "ADA@example.com"), Author("key:7"))
    assert (made.new, made.subject, made.role, made.product) == (True, user["id"], "Editor", "cms")
    assert acme.grant(("cms-prod", "Editor"), Subject("user", user["id"])).new is False
    acme.grant(("cms-prod", "Viewer"), Subject("group", "crew"))
    acme.grant(("cms-test", "Viewer"), TO_EVERYONE)
    assert acme.grant(("cms-test", "Viewer"), Subject("group", "everyone")).new is False
    payload = {"grant": made.id, "product": "cms", "instance": "cms-prod", "role": "editor"}
    assert acme.told("access.granted")[0] == (user["id"], payload)
    assert [one[0] for one in acme.told("access.granted")] == [user["id"], group["id"], "everyone"]
    assert acme.acts("access.granted")[0] == (user["id"], "key:7")
    assert acme.listed() == {
        ("cms-prod", "Editor", "ada@example.com"),
        ("cms-prod", "Viewer", "Crew"),
        ("cms-test", "Viewer", "Everyone"),
    }
    assert acme.listed("cms-test") == {("cms-test", "Viewer", "Everyone")}


def test_grant_ends_by_what_it_says_or_by_its_id(acme: Acme) -> None:
    user = Subject("user", acme.scim.a_user()["id"])
    first = acme.grant(("cms-prod", "Editor"), user)
    second = acme.grant(("cms-test", "Editor"), user)
    acme.revoke(("cms-prod", "Editor"), user)
    with pytest.raises(NotFoundError, match="not granted"):
        acme.revoke(("cms-prod", "Editor"), user)
    roles.revoke_by_id(acme.database, acme.organization, second.id)
    with pytest.raises(NotFoundError):
        roles.revoke_by_id(acme.database, acme.organization, second.id)
    assert [one[1]["grant"] for one in acme.told("access.revoked")] == [first.id, second.id]
    assert len(acme.acts("access.revoked")) == 2
    assert acme.listed() == set()


def test_unknown_places_and_people_are_told(acme: Acme) -> None:
    gone = acme.scim.a_user()
    acme.scim.delete(f"/Users/{gone['id']}")
    for place, subject, word in (
        (("cms-none", "Editor"), TO_EVERYONE, "instance"),
        (("cms-prod", "Owner"), TO_EVERYONE, "no role"),
        (("cms-prod", "Editor"), Subject("user", gone["id"]), "no user"),
        (("cms-prod", "Editor"), Subject("group", "Nobody"), "no group"),
    ):
        with pytest.raises(NotFoundError, match=word):
            acme.grant(place, subject)


def test_grants_end_with_role_instance_and_product(acme: Acme) -> None:
    acme.grant(("cms-prod", "Editor"), TO_EVERYONE)
    acme.grant(("cms-prod", "Viewer"), TO_EVERYONE)
    acme.grant(("cms-test", "Viewer"), TO_EVERYONE)
    products.remove_role(acme.database, acme.organization, "cms", "editor")
    assert acme.listed() == {("cms-prod", "Viewer", "Everyone"), ("cms-test", "Viewer", "Everyone")}
    products.remove_instance(acme.database, acme.organization, "cms-test")
    products.remove(acme.database, acme.organization, "cms")
    assert acme.listed() == set()
    assert len(acme.told("access.revoked")) == 3
    assert [len(acme.told(f"{kind}.removed")) for kind in ("role", "instance", "product")] == [1, 1, 1]


def test_grants_end_with_the_group_whoever_deletes_it(acme: Acme) -> None:
    pushed = acme.scim.a_group()["id"]
    custom = hand_made.create(acme.database, acme.organization, "Group", {"displayName": "By hand"}).stored.id
    for group in (pushed, custom):
        acme.grant(("cms-prod", "Editor"), Subject("group", group))
    assert acme.scim.delete(f"/Groups/{pushed}").status == 204
    hand_made.remove(acme.database, acme.organization, custom)
    assert [one[0] for one in acme.told("access.revoked")] == [pushed, custom]
    assert [one[0] for one in acme.acts("access.revoked")] == [pushed, custom]
    assert acme.acts("access.revoked")[0][1] == f"connection:{acme.scim.connected.connection}"
    assert acme.listed() == set()


def test_grants_end_with_the_groups_of_a_removed_connection(acme: Acme) -> None:
    group, kept = acme.scim.a_group()["id"], acme.scim.a_user()["id"]
    acme.grant(("cms-prod", "Editor"), Subject("group", group))
    acme.grant(("cms-prod", "Editor"), Subject("user", kept))
    removing.remove(acme.database, acme.scim.connected.connection, "delete")
    assert [one[0] for one in acme.told("access.revoked")] == [group]
    assert [one[0] for one in acme.acts("access.revoked")] == [group]
    assert {one.subject for one in roles.list_all(acme.database, acme.organization)} == {kept}
