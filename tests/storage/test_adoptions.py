"""Rows of candidates: one for each pair, found by what two documents share."""

from __future__ import annotations

from typing import Any

from optiid.clock import new_id
from optiid.scim.resource_types import USER
from optiid.storage import adoptions, resources
from optiid.storage.resources import Scope


def by_hand(service: Any, organization: str, **document: Any) -> Any:
    scope = Scope(organization, organization)
    whole = {"userName": new_id(), "active": True} | document
    return service.database.transaction(
        lambda: resources.insert(service.database, scope, USER, new_id(), whole, "living")
    )


def test_pair_is_kept_once_with_what_was_sent_last(service: Any) -> None:
    connected = service.connect()
    stored = by_hand(service, connected.organization)

    def propose(**document: Any) -> Any:
        return service.database.transaction(
            lambda: adoptions.propose(service.database, stored, connected.connection, "userName", document)
        )

    (first, is_new), (second, is_new_again) = propose(title="A"), propose(title="B")
    assert (first.id, is_new, is_new_again, second.document) == (second.id, True, False, {"title": "B"})
    service.database.transaction(lambda: adoptions.refuse(service.database, first))
    assert propose(title="C")[0].document == {}
    assert adoptions.find(service.database, first.id).state == "refused"  # type: ignore[union-attr]  # it is there
    service.database.transaction(lambda: adoptions.forget(service.database, connected.organization, stored.id))
    assert adoptions.of_organization(service.database, connected.organization) == []


def test_shared_values_are_found_in_the_organization_alone(service: Any) -> None:
    organization, other = service.connect().organization, service.connect().organization
    emails = [{"value": "Ada@example.com"}]
    one, _ = by_hand(service, organization, emails=emails, externalId="7"), by_hand(service, other, emails=emails)

    def found(path: str, **document: Any) -> list[str]:
        rows = service.database.reading(
            lambda: adoptions.with_value(service.database, organization, USER, path, document)
        )
        return [row.id for row in rows]

    assert found("emails.value", emails=[{"value": "ada@EXAMPLE.com"}, {"value": "x@example.com"}]) == [one.id]
    assert found("emails.value") == found("externalId") == found("externalId", externalId="8") == []
    assert found("externalId", externalId="7") == [one.id]
