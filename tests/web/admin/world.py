"""One organization with one of everything that the admin API has ids of, and a lawful body for each route."""

from __future__ import annotations

from typing import Any

from optiid.clock import new_id
from optiid.services import adoptions, clients, dry_run, extension_schemas, hand_made, holds, products, roles
from optiid.services.roles import Subject
from tests.administering import an_admin
from tests.badges import ATTRIBUTES

# An Ed25519 key (RFC 8037, appendix A.2).
KEY_SET = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
UNKNOWN = "01920000-0000-7000-8000-000000000000"


class World:
    """An organization; `ids` are those of its things by the name that paths have for them, prefixed."""

    def __init__(self, service: Any) -> None:
        self.service, database = service, service.database
        connected = service.connect(settings={"adopt": "ask"})
        self.organization, self.token = connected.organization, connected.token
        self.admin = an_admin(service, self.organization)
        self.scim = service.as_(connected)
        other = service.connect(organization=self.organization)
        rehearsing = service.connect(organization=self.organization).connection
        dry_run.begin(database, rehearsing)
        user = self._made("User", userName=f"{new_id()}@example.com")
        group = self._made("Group", displayName=f"Group {new_id()}")
        self.wanted = f"{new_id()}@example.com"
        self._made("User", userName=self.wanted)
        assert self.scim.post("/Users", {"userName": self.wanted}).status == 409
        gone = self._made("User", userName=f"{new_id()}@example.com")
        hand_made.remove(database, self.organization, gone)
        urn = f"urn:example:params:scim:schemas:x{new_id().replace('-', '')}"
        document = {"id": urn, "name": "Badge", "attributes": ATTRIBUTES[4:5]}
        extension_schemas.add(database, self.organization, document)
        product, instance, role = new_id(), new_id(), new_id()
        products.create(database, self.organization, product)
        products.create_instance(database, self.organization, product, instance)
        products.add_role(database, self.organization, product, role)
        granted = roles.grant(database, self.organization, instance, role, Subject("user", user)).id
        self.ids = {
            "organization": f"org_{self.organization}",
            "connection": f"con_{connected.connection}",
            "rehearsing": f"con_{rehearsing}",
            "target": f"con_{other.connection}",
            "token": self.admin.get(f"/connections/con_{connected.connection}/tokens").body["data"][0]["id"],
            "client": f"cli_{clients.create(database, connected.connection, 'Provider')[0].id}",
            "user": f"usr_{user}",
            "group": f"grp_{group}",
            "owned": f"usr_{self.scim.a_user()['id']}",
            "tombstone": f"usr_{gone}",
            "adoption": f"adp_{adoptions.list_all(database, self.organization)[0].id}",
            "seen": adoptions.list_all(database, self.organization)[0].seen,
            "key": self.admin.get("/keys").body["data"][0]["id"],
            "urn": urn,
            "hold": f"hld_{self._held()}",
            "product": product,
            "instance": instance,
            "role": role,
            "grant": f"grt_{granted}",
            "profile": "standard",
        }
        # The key that asks must outlive its own test.
        if self.ids["key"]:
            self.ids["key"] = self.admin.post("/keys", {"name": "spare", "scope": "read"}).body["id"]

    def _made(self, kind: str, **attributes: Any) -> str:
        ident: str = hand_made.create(self.service.database, self.organization, kind, attributes).stored.id
        return ident

    def _held(self) -> str:
        """Return the hold of the last administrator, whom the identity provider wanted to delete."""
        ident = self.scim.a_user()["id"]
        granted = roles.grant(
            self.service.database, self.organization, "admin-center", "administrator", Subject("user", ident)
        )
        assert self.scim.delete(f"/Users/{ident}").status == 204
        held = holds.list_some(self.service.database, self.organization)[0]
        # Somebody else gets the role, so that the hold can be released.
        roles.grant(self.service.database, self.organization, granted.instance, granted.role, Subject("everyone"))
        return held.id

    def state(self) -> Any:
        """Return what moves with each change in the organization: events, audit entries, versions."""
        database = self.service.database
        sql = """
            SELECT c.sequence, c.audit_sequence, o.rules, o.schema_revision,
                   (SELECT SUM(r.version) FROM resource r WHERE r.organization = o.id),
                   (SELECT SUM(n.revision) FROM connection n WHERE n.organization = o.id)
            FROM organization o JOIN event_counter c ON c.organization = o.id WHERE o.id = ?"""
        return database.reading(lambda: database.row(sql, (self.organization,)))


def body_of(route: Any, ids: dict[str, str]) -> Any:
    """Return a lawful body of a route that takes one."""
    if route.body is None:
        return None
    bodies: dict[str, Any] = {
        "NewOrganization": {"name": f"New {new_id()}"},
        "RulesChange": {"retention_days": 7},
        "NewConnection": {"profile": "standard", "name": "New"},
        "ConnectionChange": {"settings": {"require_if_match": True}},
        "NewToken": {"expires_in_days": 7},
        "Rotation": {"overlap_hours": 1},
        "NewClient": {"name": "New"},
        "ClientKeys": {"jwks": KEY_SET},
        "Seen": {"seen": [ids["seen"]]},
        "NewKey": {"name": "New", "scope": "admin"},
        "NewResource": {"attributes": {("userName" if "users" in route.path else "displayName"): new_id()}},
        "ResourceChange": {"attributes": {"externalId": new_id()}},
        "MembersChange": {"add": [ids["user"]]},
        "NewExtensionSchema": {"document": {
            "id": f"urn:example:params:scim:schemas:x{new_id().replace('-', '')}", "name": "New",
            "attributes": ATTRIBUTES[4:5],
        }},
        "NewProduct": {"id": new_id()},
        "NewRole": {"name": new_id()},
        "NewInstance": {"id": new_id(), "product": ids["product"]},
        "NewGrant": {"instance": ids["instance"], "role": ids["role"], "group": ids["group"]},
        "Move": {"source": ids["connection"], "target": ids["target"], "users": [ids["owned"]]},
    }  # fmt: skip
    return bodies[route.body.__name__]
