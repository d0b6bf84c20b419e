"""No token, password or person in a log, no secret in the database, an error or an answer (rules R1, R6)."""

from __future__ import annotations

import base64
import io
import logging
from typing import Any

import pytest

from optiid.logs import JsonFormatter

PASSWORD = "Tr0ub4dor&3-unforgettable"
PERSON = "zebulon.quixotic"


@pytest.fixture
def logged() -> Any:
    """All that is logged meanwhile, at the most talkative level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger("optiid")
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def requests(scim: Any) -> list[Any]:
    """Requests that succeed, fail and conflict, with a person and a password in each."""
    body = {"userName": f"{PERSON}@example.com", "password": PASSWORD, "displayName": PERSON, "externalId": PERSON}
    made = scim.post("/Users", body)
    path = f"/Users/{made.body['id']}"
    return [
        made,
        scim.post("/Users", body),
        scim.post("/Users", body | {"userName": "other@example.com", "password": [PASSWORD]}),
        scim.find("/Users", f'userName eq "{PERSON}@example.com"'),
        scim.find("/Users", f'password eq "{PASSWORD}"'),
        scim.patch(path, {"op": "replace", "value": {"password": PASSWORD}}),
        scim.patch(path, {"op": "replace", "path": "password", "value": {"secret": PASSWORD}}),
        scim.put(path, body | {"title": PERSON}),
        scim.get(path),
        scim.get(f"/Users/{PERSON}"),
        scim.request("GET", "/Users", headers={"Authorization": f"Bearer {scim.connected.token}x"}),
    ]


def test_logs_hold_no_person_and_no_secret(service: Any, logged: io.StringIO) -> None:
    scim = service.scim("entra")
    requests(scim)
    told = logged.getvalue()
    assert told.count("\n") >= 10
    for secret in (PASSWORD, scim.connected.token, scim.connected.token[7:50], PERSON):
        assert secret not in told


def test_answers_hold_no_password_and_no_token(service: Any) -> None:
    scim = service.scim("okta")
    for reply in requests(scim):
        assert PASSWORD not in str(reply.body)
        assert scim.connected.token not in str(reply.body) + str(reply.headers)


def test_database_holds_no_password_and_no_token(service: Any) -> None:
    scim = service.scim("standard", settings={"record_requests": True})
    requests(scim)
    token = scim.connected.token
    forms = (PASSWORD, token, token[7:50], token.encode().hex(), base64.b64encode(token.encode()).decode())
    for table in (
        "organization",
        "connection",
        "token",
        "resource",
        "value_index",
        "membership",
        "event",
        "request_log",
    ):
        rows = str(service.database.rows(f"SELECT * FROM {table}"))
        assert not [form for form in forms if form in rows], table


def test_events_hold_names_of_attributes_and_no_values(service: Any) -> None:
    scim = service.scim("entra")
    requests(scim)
    rows = service.database.rows("SELECT payload FROM event WHERE organization = ?", (scim.connected.organization,))
    assert PERSON not in str(rows)
    assert "title" in str(rows)
