"""No token, password or person in a log, no secret in the database, an error or an answer (rules R1, R6)."""

from __future__ import annotations

import base64
import io
import logging
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from optiid.logs import JsonFormatter
from optiid.scim.resource_types import USER
from optiid.web.admin import PREFIX as ADMIN
from tests.administering import an_admin
from tests.running import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

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


MARKER = "qXzvMarker77"
# What a client of these is told, an error aside, is its own data.
VALUES = {"binary": MARKER, "boolean": True, "integer": 7, "decimal": 7.5, "dateTime": "2026-01-01T00:00:00Z"}


def marked(attribute: Any, path: str, wrong: Any = None) -> Any:
    """A value of an attribute with the marker and the path in each text; of the wrong kind when one is given."""
    if attribute.sub_attributes:
        value: Any = {
            one.name: marked(one, f"{path}.{one.name}", wrong)
            for one in attribute.sub_attributes
            if one.mutability != "readOnly" and not one.canonical_values
        }
    else:
        value = VALUES.get(attribute.type, f"{MARKER}.{path}@example.com") if wrong is None else wrong
    return [value] if attribute.multi_valued else value


def a_marked_user(wrong: Any = None) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for schema, inside in ((USER.schema, False), *((one, True) for one in USER.extensions.values())):
        values = {one.name: marked(one, one.name, wrong) for one in schema.attributes if one.mutability != "readOnly"}
        body |= {schema.urn: values} if inside else values
    return body


def every_route(service: Any) -> list[tuple[str, str]]:
    """Each method and rule of both doors, removals last."""
    return sorted(
        (method, rule.rule)
        for rule in service.app.url_map.iter_rules()
        if rule.rule.startswith((PREFIX, ADMIN))
        for method in rule.methods - {"HEAD", "OPTIONS"}
    )[::-1]


def asked_of(method: str, rule: str, ident: str, whole: bool) -> Iterator[tuple[str, Any]]:
    """Paths and bodies for a route with the marker wherever it fits; `whole` is every one with every other."""
    user = a_marked_user()
    bodies = [user, a_marked_user({MARKER: [MARKER]}), {"attributes": user}, {MARKER: user}, a_marked_user([MARKER])]
    if method not in {"POST", "PUT", "PATCH"}:
        bodies = [None, None]
    query = f"?filter=userName+eq+%22{MARKER}%22&{MARKER}={MARKER}&attributes={MARKER}"
    paths = ["/".join(part if one.startswith("<") else one for one in rule.split("/")) for part in (ident, MARKER)]
    if whole:
        yield from ((path + more, body) for path in paths for more in ("", query) for body in bodies)
    else:
        yield from zip((paths[0], paths[1] + query), bodies, strict=False)


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_no_route_logs_or_tells_what_was_sent(service: Any, logged: io.StringIO, whole: bool) -> None:
    """The marker in every field, path, parameter and header of every route: in no log, event or audit entry."""
    scim = service.scim(settings={"record_requests": True})
    organization = scim.connected.organization
    admin, tried = an_admin(service, organization), 0
    made = scim.post("/Users", a_marked_user())
    assert made.status == 201, made.body
    for method, rule in every_route(service):
        key = scim.connected.token if rule.startswith(PREFIX) else admin.key
        for path, body in asked_of(method, rule, made.body["id"], whole):
            raw = None if body is None else orjson.dumps(body)
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "If-Match": MARKER}
            headers["User-Agent"] = headers["Idempotency-Key"] = f"{MARKER}{tried}"
            answer = service.app.test_client().open(path, method=method, data=raw, headers=headers)
            assert answer.status_code < 500 or rule.endswith("/Me"), f"{method} {path}: {answer.text}"
            tried += 1
    assert [line for line in logged.getvalue().splitlines() if MARKER in line] == []
    for table in ("event", "audit_entry"):
        rows = service.database.rows(f"SELECT * FROM {table} WHERE organization = ?", (organization,))
        assert rows
        assert MARKER not in str(rows), table
    assert MARKER in str(made.body)
    assert f"{MARKER}.password" not in str(made.body)
    print(f"{tried} requests")


def test_errors_tell_nothing_but_what_the_caller_sent(service: Any) -> None:
    scim = service.scim()
    user = scim.post("/Users", a_marked_user()).body["id"]
    for attribute in USER.schema.attributes:
        for wrong in ({"wrong": ["kind"]}, "x" * 5000):
            reply = scim.patch(f"/Users/{user}", {"op": "replace", "path": attribute.name, "value": wrong})
            assert reply.status < 300 or MARKER not in str(reply.body), attribute.name
    scim.post("/Users", a_marked_user() | {"userName": "clash@example.com"})
    reply = scim.patch(f"/Users/{user}", {"op": "replace", "path": "userName", "value": "clash@example.com"})
    assert reply.status == 409
    assert MARKER not in str(reply.body)
