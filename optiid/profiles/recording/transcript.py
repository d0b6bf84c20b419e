"""From turns to a transcript in the form that is replayed as a test (`tests/wire/README.md`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from optiid.profiles.recording.anonymising import Anonymiser, place_of
from optiid.profiles.recording.stand_ins import StandIns
from optiid.profiles.recording.traffic import NOTHING, REFUSED_FROM, Inventory, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping

USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
HEADERS = {
    "accept": "Accept",
    "adscimversion": "AdScimVersion",
    "content-type": "Content-Type",
    "user-agent": "User-Agent",
    "if-match": "If-Match",
    "if-none-match": "If-None-Match",
}
SHARED = ("accept", "adscimversion", "content-type", "user-agent")
NO_CONTENT = 204
# The name and version of a program; whoever puts more into a header may have put a person there.
_HEADER = re.compile(r"[\w ./;:=+,*()\"'-]{1,200}", re.ASCII)
_IDENTIFYING = re.compile(r"\S*(?:@|://|[0-9a-f]{16}|[0-9a-f]{8}-[0-9a-f]{4})\S*", re.IGNORECASE)
# Only equality survives stand-ins: the order and the parts of texts are others.
_INEXACT = re.compile(r"\s(?:ne|co|sw|ew|gt|ge|lt|le)\s|\bnot\b", re.IGNORECASE)


def transcript(turns: list[Turn], profile: str, scenario: str) -> dict[str, Any]:
    """Return the anonymised transcript of turns; what was there before them is made in its first steps."""
    return _Writer(turns).document(profile, scenario)


class _Writer:
    def __init__(self, turns: list[Turn]) -> None:
        self._turns = turns
        self._inventory = Inventory.of(turns)
        self._variables = self._inventory.variables()
        self._stand_ins = StandIns(self._variables)
        self._anonymous = Anonymiser(self._stand_ins)
        self._saved: set[str] = set()
        self._versions: dict[str, str] = {}
        self._asked = {
            turn.headers[name] for turn in turns for name in ("if-match", "if-none-match") if name in turn.headers
        }

    def document(self, profile: str, scenario: str) -> dict[str, Any]:
        shared = self._shared_headers()
        before = self._before()
        return {
            "idp": profile,
            "scenario": scenario,
            "title": f"Recorded requests of a connection with the profile {profile}",
            "source": ["recorded by optiid profile record, anonymised"],
            "certainty": "captured",
            "headers": {HEADERS[name]: value for name, value in shared.items()},
            "steps": before + [self._step(turn, shared) for turn in self._turns],
        }

    # ---- what was there before

    def _before(self) -> list[dict[str, Any]]:
        inventory = self._inventory
        users = [self._creation(ident, "/Users", USER_SCHEMA) for ident in inventory.existing("user")]
        groups = [self._creation(ident, "/Groups", GROUP_SCHEMA) for ident in inventory.existing("group")]
        filled = [step for ident in inventory.existing("group") if (step := self._filling(ident))]
        return users + groups + filled

    def _creation(self, ident: str, path: str, schema: str) -> dict[str, Any]:
        seen = self._inventory.documents.get(ident, {})
        name = "userName" if path == "/Users" else "displayName"
        left_out = ("id", "meta", "groups", "members")
        known = {key: value for key, value in seen.items() if key not in left_out}
        body = _without_references(self._anonymous.value({"schemas": [schema], name: f"before {ident}"} | known))
        self._saved.add(ident)
        return {
            "note": "was there before the recording began",
            "request": {"method": "POST", "path": path, "body": body},
            "expect": {"status": 201},
            "save": {self._variables[ident].strip("{}"): "$.id"},
        }

    def _filling(self, ident: str) -> dict[str, Any] | None:
        members = self._inventory.documents.get(ident, {}).get("members") or []
        later = self._inventory.made | self._inventory.added.get(ident, set())
        there = [{"value": self._variables[one["value"]]} for one in members if one.get("value") not in later]
        if not there:
            return None
        operation = {"op": "add", "path": "members", "value": there}
        body = {"schemas": [PATCH_SCHEMA], "Operations": [operation]}
        request = {"method": "PATCH", "path": f"/Groups/{self._variables[ident]}", "body": body}
        return {"note": "was there before", "request": request, "expect": {"status": [200, NO_CONTENT]}}

    # ---- what was recorded

    def _step(self, turn: Turn, shared: Mapping[str, str]) -> dict[str, Any]:
        request: dict[str, Any] = {"method": turn.method, "path": self._anonymous.path(turn.path)}
        if turn.query:
            request["query"] = self._anonymous.query(turn.query)
        if headers := self._headers(turn, shared):
            request["headers"] = headers
        if turn.body is not NOTHING:
            request["body"] = self._anonymous.body(turn.method, turn.body, search=turn.is_search)
        elif "content-type" in turn.headers:
            request["keep_content_type"] = True
        step: dict[str, Any] = {"request": request, "expect": self._expectation(turn)}
        if save := self._save(turn):
            step["save"] = save
        return step

    def _expectation(self, turn: Turn) -> dict[str, Any]:
        expected: dict[str, Any] = {"status": turn.status}
        if isinstance(turn.answer, dict) and turn.status != NO_CONTENT:
            if turn.status >= REFUSED_FROM:
                body = {name: turn.answer[name] for name in ("status", "scimType") if name in turn.answer}
            elif "Resources" in turn.answer or "totalResults" in turn.answer:
                body = self._expected_list(turn)
            else:
                body = self._expected_resource(turn)
            if body:
                expected["body"] = body
        return expected

    def _expected_list(self, turn: Turn) -> dict[str, Any]:
        """Who else is there is another matter in a replay: only what equality finds is expected exactly."""
        text = turn.body.get("filter") if turn.is_search else turn.query.replace("+", " ").replace("%20", " ")
        if turn.kind is None or "filter" not in f"{turn.query}{turn.body}" or _INEXACT.search(f"{text}"):
            return {"totalResults": {"@type": "integer"}}
        found = [{"id": self._variables[one["id"]]} for one in turn.resources()]
        return {"totalResults": turn.answer.get("totalResults"), "Resources": found or {"@empty": True}}

    def _expected_resource(self, turn: Turn) -> dict[str, Any]:
        ident = turn.answer.get("id")
        if ident not in self._variables:
            return {}
        left_out = ("id", "meta", "groups", "members", "password")
        known = {name: value for name, value in turn.answer.items() if name not in left_out}
        body: dict[str, Any] = {"id": self._variables[ident] if ident in self._saved else {"@type": "string"}}
        body |= _without_references(self._anonymous.value(known))
        members = turn.answer.get("members")
        if isinstance(members, list) and all(one.get("value") in self._variables for one in members):
            body["members"] = [{"value": self._variables[one["value"]]} for one in members]
        return body

    def _save(self, turn: Turn) -> dict[str, str]:
        save: dict[str, str] = {}
        if turn.creates and turn.answer.get("id") in self._variables and turn.answer["id"] not in self._saved:
            self._saved.add(turn.answer["id"])
            save[self._variables[turn.answer["id"]].strip("{}")] = "$.id"
        meta = turn.answer.get("meta") if isinstance(turn.answer, dict) else None
        version = meta.get("version") if isinstance(meta, dict) else None
        if isinstance(version, str) and version in self._asked:
            self._versions[version] = f"version_{len(self._versions) + 1}"
            save[self._versions[version]] = "$.meta.version"
        return save

    # ---- headers

    def _shared_headers(self) -> dict[str, str]:
        shared: dict[str, str] = {}
        for turn in self._turns:
            for name in SHARED:
                if name in turn.headers:
                    shared.setdefault(name, _harmless(turn.headers[name]))
        return shared

    def _headers(self, turn: Turn, shared: Mapping[str, str]) -> dict[str, str | None]:
        own: dict[str, str | None] = {}
        for name in SHARED:
            value = _harmless(turn.headers[name]) if name in turn.headers else None
            if value != shared.get(name) and not (name == "content-type" and value is None and turn.body is NOTHING):
                own[HEADERS[name]] = value
        for name in ("if-match", "if-none-match"):
            version = turn.headers.get(name)
            if version in self._versions:
                own[HEADERS[name]] = f"{{{self._versions[version]}}}"
            elif version is not None and re.fullmatch(r'\*|(?:W/)?"\d{1,9}"', version):
                own[HEADERS[name]] = version
        return own


def _harmless(header: str) -> str:
    kept = _IDENTIFYING.sub("x", header)
    return kept if _HEADER.fullmatch(kept) else "x"


def _without_references(value: Any) -> Any:
    """Return a value without what the service adds to a reference: links, and the name of a manager."""
    if isinstance(value, list):
        return [_without_references(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        name: {"value": part["value"]}
        if place_of(name) == "manager" and isinstance(part, dict) and "value" in part
        else _without_references(part)
        for name, part in value.items()
        if name != "$ref"
    }
