"""Idempotency-Key over HTTP: the same request once, also twenty times at once, another one refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from optiid.clock import new_id
from tests.administering import Admin, an_admin


@pytest.fixture
def admin(service: Any) -> Admin:
    return an_admin(service, service.connect().organization, "write")


def a_user() -> dict[str, Any]:
    return {"attributes": {"userName": f"{new_id()}@example.com"}}


def send(admin: Admin, body: Any, name: str = "one", path: str = "/users") -> Any:
    return admin.post(path, body, headers={"Idempotency-Key": name})


def test_repetition_is_answered_as_the_first_time(admin: Admin) -> None:
    body = a_user()
    first, again = send(admin, body), send(admin, body)
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "Idempotency-Replayed" not in first.headers
    assert len(admin.get("/users").body["data"]) == 1


def test_another_request_under_the_key_is_refused(admin: Admin) -> None:
    body = a_user()
    send(admin, body)
    assert send(admin, a_user()).status == 422
    assert send(admin, body, path="/groups").status == 422


def test_what_was_refused_can_be_corrected_under_the_same_key(admin: Admin) -> None:
    assert send(admin, {"attributes": {"nonsense": 1}}).status == 422
    assert send(admin, a_user()).status == 201


def test_keys_of_others_are_no_repetition(service: Any, admin: Admin) -> None:
    """Another organization, another key of the same one, and a key of the installation: each has its own answers."""
    body, organization = a_user(), service.connect().organization
    first = send(admin, body)
    others = [an_admin(service, organization, "write"), an_admin(service, organization, "write")]
    whole = an_admin(service, "")
    others.append(Admin(whole.send, whole.key, organization))
    replies = [send(other, body) for other in others]
    assert [reply.status for reply in replies] == [201, 409, 409]
    for reply in replies:
        assert "Idempotency-Replayed" not in reply.headers
        assert first.body["id"] not in str(reply.body)
    assert send(others[0], body).body == replies[0].body != first.body
    assert send(admin, body).body == first.body


def test_secret_of_another_is_never_repeated(service: Any) -> None:
    """A key that makes a key: neither its own repetition nor that of another organization shows the secret."""
    admins = [an_admin(service, service.connect().organization) for _ in range(2)]
    replies = [send(admin, {"name": "spare", "scope": "read"}, path="/keys") for admin in (*admins, *admins)]
    ids = [reply.body["id"] for reply in replies]
    assert ids[:2] == ids[2:]
    assert ids[0] != ids[1]
    assert [reply.body["key"] is None for reply in replies] == [False, False, True, True]


@pytest.mark.parametrize("name", ["", "two words", "ä", "x" * 256])
def test_key_has_a_form(admin: Admin, name: str) -> None:
    assert send(admin, a_user(), name.encode().decode("latin-1")).status == 400


def test_one_of_many_at_once_is_carried_out(live: Any) -> None:
    admin, body = an_admin(live, live.connect().organization, "write"), a_user()
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda _: send(admin, body), range(12)))
    assert {reply.status for reply in replies} <= {201, 409}
    done = [reply for reply in replies if reply.status == 201]
    assert len({reply.body["id"] for reply in done}) == 1
    assert len([reply for reply in done if "Idempotency-Replayed" not in reply.headers]) == 1
    assert send(admin, body).body == done[0].body
