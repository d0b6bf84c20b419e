"""Every known conversation, recorded: nobody is left in the transcript, and it replays green on a fresh connection."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, urlsplit

import pytest

from optiid.errors import NotFoundError
from optiid.services import connections, request_log
from optiid.services.recording import recording_of
from tests.test_wire import BASE, SCENARIOS, load_replay, options

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a transcript keeps on purpose, and what the service itself says.
HARMLESS = {
    "true", "false", "work", "home", "other", "mobile", "user", "group", "direct", "replace", "remove", "/users",
    "/groups",
}  # fmt: skip
OF_THE_PROTOCOL = ("schemas", "meta", "op", "detail", "scimtype", "path", "filter", "attributes", "excludedattributes")


@pytest.fixture
def replay(service: Any) -> Any:
    """The player, speaking to the test client instead of a socket."""
    module = load_replay()

    def send(base: str, method: str, target: str, headers: dict[str, str], body: bytes | None, *_: Any) -> Any:
        answer = service.app.test_client().open(urlsplit(base).path + target, method=method, headers=headers, data=body)
        return module.Reply(answer.status_code, list(answer.headers), answer.data)

    module.send = send
    return module


def play(replay: Any, spec: dict[str, Any], token: str) -> str | None:
    problem: str | None = replay.Player(options(BASE, token)).play(spec)[0]
    return problem


def values(value: Any) -> Iterator[str]:
    """The texts of a body, with those inside quotes, numbers aside."""
    if isinstance(value, str):
        if value[:1] in ("{", "["):
            yield from values(json.loads(value))
        else:
            yield value
    elif isinstance(value, list):
        for part in value:
            yield from values(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name.lower() in ("path", "filter") and isinstance(part, str):
                yield from re.findall(r'"([^"]*)"', part)
            elif name.lower() not in OF_THE_PROTOCOL:
                yield from values(part)


def forms(text: str) -> set[str]:
    raw = text.encode()
    plain = {text, json.dumps(text)[1:-1], quote(text), quote_plus(text), raw.hex(), base64.b64encode(raw).decode()}
    return plain | {form.lower() for form in plain} | {form.upper() for form in plain}


def left_over(document: dict[str, Any], kept: list[Any]) -> set[str]:
    """The values of recorded requests and answers that are still in a transcript."""
    told = json.dumps(document, ensure_ascii=False)
    told = re.sub(r'"method": "[A-Z]+"|ffffffff-0000-[0-9a-f]000-[0-9a-f]000', "", told)
    said = {text for one in kept for body in (one.body, one.answer) if body for text in values(json.loads(body))}
    sought = {text for text in said if len(text) > 3 and text.lower() not in HARMLESS and not text.startswith("urn:")}
    return {
        text for text in sought if not re.fullmatch(r"[a-z]{2}-[A-Z]{2}", text) and any(f in told for f in forms(text))
    }


def connect(service: Any, profile: str) -> Any:
    return service.connect(profile, settings={"record_requests": True})


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_conversation_is_recorded_without_anybody_and_replays(service: Any, replay: Any, name: str) -> None:
    spec = SCENARIOS[name]
    connected = connect(service, spec["idp"])
    assert play(replay, spec, connected.token) is None
    kept = request_log.newest(service.database, connections.get(service.database, connected.connection), 1000)
    made = recording_of(service.database, connected.connection, name, 1000)
    assert (made.requests, made.left_out) == (len(kept), 0)
    assert left_over(made.document, kept) == set()
    assert connected.connection not in json.dumps(made.document)
    assert play(replay, made.document, service.connection(spec["idp"])) is None


def hostile(scim: Any) -> Iterator[str]:
    """Requests with people in every place where there can be any; yields what must not be left of them."""
    agent = {"User-Agent": "sync/1 (run by zoe.quirk@corp.test)"}
    user = scim.post(
        "/Users",
        {
            "userName": "Zoe.Quirk@Corp.test",
            "externalId": "4F2A9C1D7B3E4F2A9C1D7B3E4F2A9C1D",
            "password": "Tr0ub4dor&3-unforgettable",
            "name": {"givenName": "Zoe\u0301", "familyName": "Quirk"},
            "phoneNumbers": [
                {"value": "+49 (170) 1234-567", "type": "WORK"},
                {"value": "tel:+49-170-999", "type": "x"},
            ],
            "x509Certificates": [{"value": "WmzDtiBRdWlyaw=="}],
            "photos": [{"value": "https://corp.test/zoe.png"}],
            "urn:acme:1.0:User": {"badge": 4711, "ratio": 47.5, "born": "1977-05-04T01:02:03Z", "zoe quirk": True},
            "active": "True",
        },
        headers=agent,
    ).body
    path = f"/Users/{user['id']}"
    scim.get("/Users?filter=userName%20Eq%20%22ZOE.quirk%40corp.test%22&attributes=userName,zoe%20quirk")
    scim.get("/Users?filter=userName+eq+zoe.quirk%40corp.test")
    scim.get('/Users?filter=userName+eq+"zoe.quirk')
    scim.get("/Users?filter=userName+sw+%22zoe.q%22+and+active+eq+true&tag=zoe-quirk")
    scim.patch(
        path, {"op": "Replace", "path": 'phoneNumbers[value eq "+49 (170) 1234-567"].value', "value": "+491701234568"}
    )
    scim.patch(
        path, {"op": "ADD", "value": {'emails[type eq "work" and value eq "zoe@corp.test"].display': "Zoe Quirk"}}
    )
    scim.patch(path, {"op": "replace", "path": "roles", "value": '{"id": "zoe-role", "value": "Quirk of Corp"}'})
    scim.post(
        "/Users/.search", {"filter": 'name.familyName eq "quirk" or title eq "Quirkmaster"', "attributes": ["id"]}
    )
    scim.get("/Users/zoe.quirk@corp.test")
    scim.get("/Quirks/zoe")
    yield from (
        "zoe",
        "zo\u00e9",
        "zoe\u0301",
        "quirk",
        "corp",
        "4f2a9c1d",
        "1234",
        "49 ",
        "+49",
        "4711",
        "47.5",
        "1977",
        "unforg",
    )
    yield from ("wmzdtib", user["id"])


def test_nobody_is_left_of_hostile_traffic(service: Any, replay: Any) -> None:
    connected = connect(service, "standard")
    sought = list(hostile(service.as_(connected)))
    made = recording_of(service.database, connected.connection, "hostile", 1000)
    told = json.dumps(made.document, ensure_ascii=False).lower()
    assert [text for text in sought if text in told] == []
    assert play(replay, made.document, service.connection("standard")) is None
    sent = {name: one["request"] for name, one in enumerate(made.document["steps"])}
    assert sent[0]["body"]["active"] == "True"
    assert sent[0]["body"]["phoneNumbers"][0] == {"value": "+50 (000) 0000-001", "type": "WORK"}
    assert sent[1]["query"].startswith("filter=userName%20Eq%20%22")
    assert [operation["op"] for operation in sent[5]["body"]["Operations"]] == ["Replace"]


def test_what_was_there_before_is_made_first(service: Any, replay: Any) -> None:
    connected = service.connect("entra")
    scim = service.as_(connected)
    user, other = scim.a_user("ann@corp.test", title="Boss"), scim.a_user("bob@corp.test")
    group = scim.a_group("Crew of Corp", members=[user["id"]])
    registry = service.service.profiles.registry
    connections.change_settings(service.database, registry, connected.connection, {"record_requests": True})
    scim.find("/Users", 'userName eq "ANN@corp.test"')
    scim.patch(f"/Groups/{group['id']}", {"op": "Add", "path": "members", "value": [{"value": other["id"]}]})
    scim.get(f"/Groups/{group['id']}")
    scim.put(f"/Users/{user['id']}", {"userName": "ann@corp.test"}, headers={"If-Match": user["meta"]["version"]})
    scim.delete(f"/Users/{other['id']}")
    made = recording_of(service.database, connected.connection, "before", 1000)
    assert len(made.document["steps"]) == 4 + made.requests
    assert made.document["steps"][3]["request"]["body"]["Operations"][0]["value"] == [{"value": "{user_id}"}]
    assert made.document["steps"][7]["request"]["headers"] == {"If-Match": 'W/"1"'}
    assert "corp" not in json.dumps(made.document).lower()
    assert play(replay, made.document, service.connection("entra")) is None


def test_what_cannot_be_replayed_is_left_out_and_counted(service: Any) -> None:
    connected = connect(service, "standard")
    scim = service.as_(connected)
    with pytest.raises(NotFoundError, match="record_requests=true"):
        recording_of(service.database, connected.connection, "x", 10)
    scim.post("/Bulk", {"Operations": []})
    scim.post("/Users", b"{")
    scim.get("/Users?cursor=abc")
    scim.get("/Users")
    made = recording_of(service.database, connected.connection, "x", 1000)
    assert (made.requests, made.left_out) == (1, 3)
