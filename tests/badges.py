"""A schema that an organization adds, with an attribute of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.services import extension_schemas

if TYPE_CHECKING:
    from tests.running import Scim

URN = "urn:example:params:scim:schemas:Badge"
ATTRIBUTES = [
    {"name": "number", "required": True, "uniqueness": "server"},
    {"name": "doors", "multiValued": True, "canonicalValues": ["front", "back", "cellar"]},
    {"name": "level", "type": "integer"},
    {"name": "weight", "type": "decimal"},
    {"name": "since", "type": "dateTime"},
    {"name": "valid", "type": "boolean"},
    {"name": "code", "caseExact": True, "mutability": "immutable"},
    {"name": "pin", "mutability": "writeOnly", "returned": "never"},
    {"name": "note", "returned": "request"},
    {"name": "printed", "returned": "always"},
    {"name": "issuer", "mutability": "readOnly"},
    {
        "name": "costs", "type": "complex", "multiValued": True,
        "subAttributes": [{"name": "center", "required": True}, {"name": "amount", "type": "decimal"}],
    },
    {"name": "photo", "type": "complex", "subAttributes": [{"name": "place"}, {"name": "taken", "type": "dateTime"}]},
]  # fmt: skip
DOCUMENT = {"id": URN, "name": "Badge", "description": "A badge", "attributes": ATTRIBUTES}


def with_badge(service: Any, **more: Any) -> Scim:
    scim: Scim = service.scim(**more)
    extension_schemas.add(service.database, scim.connected.organization, DOCUMENT)
    return scim
