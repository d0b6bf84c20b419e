"""Rows of extension schemas: in order, one of each URN, and who has values of one."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.storage import extension_schemas

URN = "urn:example:badges:Badge"


def record(organization: str, urn: str, created_at: str) -> dict[str, Any]:
    return {
        "organization": organization,
        "urn_key": urn.lower(),
        "resource_type": "User",
        "document": "{}",
        "created_at": created_at,
    }


def test_schemas_come_back_in_the_order_they_were_added(service: Any) -> None:
    database, organization = service.database, service.connect().organization

    def work() -> None:
        for urn, moment in (("urn:x:B", "2026-01-01"), ("urn:x:A", "2026-01-02")):
            extension_schemas.insert(database, record(organization, urn, moment))

    database.transaction(work)
    found = database.reading(lambda: extension_schemas.of_organization(database, organization))
    assert [row["urn_key"] for row in found] == ["urn:x:b", "urn:x:a"]
    database.transaction(lambda: extension_schemas.remove(database, organization, "urn:x:b"))
    found = database.reading(lambda: extension_schemas.of_organization(database, organization))
    assert [row["urn_key"] for row in found] == ["urn:x:a"]


@pytest.mark.parametrize("spelling", [URN, URN.upper().replace("URN:", "urn:")])
def test_resources_with_an_extension_are_found_whatever_its_case(service: Any, spelling: str) -> None:
    scim = service.scim(settings={"unknown_extensions": "keep"})
    user = scim.a_user(**{spelling: {"number": "7"}})
    scim.a_user()
    organization = scim.connected.organization
    found = service.database.reading(
        lambda: extension_schemas.resources_with(service.database, organization, "User", URN)
    )
    assert [stored.id for stored in found] == [user["id"]]
