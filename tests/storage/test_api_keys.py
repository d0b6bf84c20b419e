"""Rows of API keys: within their organization, and never with their digests."""

from __future__ import annotations

from typing import Any

from optiid.clock import new_id, timestamp
from optiid.storage import api_keys


def inserted(service: Any, organization: str) -> dict[str, Any]:
    record = {
        "organization": organization, "id": new_id(), "name": "Portal", "scope": "read", "digest": new_id(),
        "prefix": "optiid_key_...abcd", "created_at": timestamp(), "created_by": "command-line",
        "expires_at": timestamp(),
    }  # fmt: skip
    service.database.transaction(lambda: api_keys.insert(service.database, record))
    return record


def read(service: Any, work: Any, *arguments: Any) -> Any:
    return service.database.reading(lambda: work(service.database, *arguments))


def test_keys_are_found_in_their_organization_alone(service: Any) -> None:
    one, other = new_id(), new_id()
    keys = sorted((inserted(service, one) for _ in range(3)), key=lambda key: key["id"])
    ident = keys[0]["id"]
    assert read(service, api_keys.find, one, ident)["name"] == "Portal"
    assert "digest" not in read(service, api_keys.find, one, ident)
    assert read(service, api_keys.find, other, ident) is None
    assert read(service, api_keys.find_anywhere, ident)["organization"] == one
    assert [key["id"] for key in read(service, api_keys.page, one, ident, 1)] == [keys[1]["id"]]
    assert read(service, api_keys.page, other, "", 10) == []


def test_holder_is_found_by_digest_and_noted(service: Any) -> None:
    key = inserted(service, "")
    row = read(service, api_keys.find_holder, key["digest"])
    assert row[:4] == (key["id"], "", "Portal", "read")
    service.database.transaction(lambda: api_keys.touch(service.database, "", key["id"], "now"))
    assert read(service, api_keys.find_holder, key["digest"])[6] == "now"
    assert read(service, api_keys.find_holder, "nothing") is None


def test_revoking_works_once(service: Any) -> None:
    key = inserted(service, new_id())

    def revoke(organization: str) -> bool:
        return service.database.transaction(lambda: api_keys.revoke(service.database, organization, key["id"]))

    assert not revoke(new_id())
    assert revoke(key["organization"])
    assert not revoke(key["organization"])
