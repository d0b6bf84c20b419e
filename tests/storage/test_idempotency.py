"""Rows of requests with an Idempotency-Key: claimed by one, answered, forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.clock import new_id, timestamp
from optiid.storage import idempotency
from optiid.storage.idempotency import Known, Owner
from tests.storage.test_api_keys import inserted


@pytest.fixture
def owner(service: Any) -> Owner:
    key = inserted(service, new_id())
    return Owner(key["organization"], key["id"])


def write(service: Any, work: Any, *arguments: Any) -> Any:
    return service.database.transaction(lambda: work(service.database, *arguments))


def test_a_name_is_claimed_once_for_each_key(service: Any, owner: Owner) -> None:
    other = inserted(service, owner.organization)
    assert write(service, idempotency.claim, owner, "a", "digest")
    assert not write(service, idempotency.claim, owner, "a", "another")
    assert write(service, idempotency.claim, Owner(owner.organization, other["id"]), "a", "digest")
    assert write(service, idempotency.find, owner, "a") == Known("digest", None, None)
    write(service, idempotency.release, owner, "a")
    assert write(service, idempotency.find, owner, "a") is None


def test_answers_are_kept_and_expire(service: Any, owner: Owner) -> None:
    write(service, idempotency.claim, owner, "a", "digest")
    write(service, idempotency.keep, owner, "a", 201, "{}")
    assert write(service, idempotency.find, owner, "a") == Known("digest", 201, "{}")
    assert write(service, idempotency.expire, owner.organization, "2000") == 0
    assert write(service, idempotency.find, owner, "a") is not None
    assert write(service, idempotency.expire, "", timestamp()) == 0
    assert write(service, idempotency.expire, owner.organization, timestamp()) == 1
    assert write(service, idempotency.find, owner, "a") is None


def test_answers_about_a_resource_are_forgotten(service: Any, owner: Owner) -> None:
    ident = new_id()
    for name, answer in (("a", f'{{"id": "usr_{ident}"}}'), ("b", "{}")):
        write(service, idempotency.claim, owner, name, "digest")
        write(service, idempotency.keep, owner, name, 201, answer)
    write(service, idempotency.forget_resource, owner.organization, ident)
    assert write(service, idempotency.find, owner, "a") is None
    assert write(service, idempotency.find, owner, "b") is not None
