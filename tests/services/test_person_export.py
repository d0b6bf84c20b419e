"""One person's data as one document, and nothing of it after the erasure (rules R6, R24)."""

from __future__ import annotations

import io
import logging
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from optiid.errors import ConflictError, NotFoundError
from optiid.logs import JsonFormatter
from optiid.services import adoptions, auditing, feed, hand_made, person_export, purging
from optiid.storage.compacting import compact
from tests.running import InProcess, settings_in
from tests.services.test_restoring import traces
from tests.storage.test_migrating import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).resolve().parents[2] / "optiid" / "docs"
SECRET = "pass-phrase-4711"


def person(word: str) -> dict[str, Any]:
    """What is pushed of a person; the word is in every value."""
    return {
        "userName": f"{word.title()}@example.com",
        "externalId": f"{word}-77",
        "name": {"givenName": word, "familyName": f"Mc{word.title()}"},
        "nickName": f"Käpt'n {word}",
        "emails": [{"value": f"{word}@example.com"}],
        "password": SECRET,
    }


def a_life(service: Any, word: str) -> tuple[Any, str, str]:
    """A person who was pushed, renamed, searched for, refused and put into a group; with client, id and group."""
    scim = service.scim(settings={"record_requests": True})
    user = scim.post("/Users", person(word)).body["id"]
    group = scim.a_group("Crew", members=[user, scim.a_user()["id"]])["id"]
    scim.post("/Users", person(word))
    scim.find("/Users", f'userName eq "{word}@example.com"')
    scim.find("/Users", f'externalId eq "{word}-77" or nickName sw "Käpt\'n {word}"')
    scim.patch(f"/Users/{user}", {"op": "replace", "path": "userName", "value": f"{word}2@example.com"})
    scim.patch(f"/Users/{user}", {"op": "replace", "path": "emails", "value": f"wrong {word}"})
    service.service.logbook.flush()
    return scim, user, group


def test_export_holds_all_that_is_known_and_no_secret(service: Any) -> None:
    scim, user, group = a_life(service, "melusine")
    organization = scim.connected.organization
    told = person_export.export(service.database, organization, "melusine2@example.com")
    assert (told["id"], told["state"], told["format"], told["version"]) == (user, "living", "optiid-person", 1)
    assert told["attributes"]["nickName"] == "Käpt'n melusine"
    assert [one["id"] for one in told["access"]["groups"]] == [group, "everyone"]
    assert told["source"]["connection"] == scim.connected.connection
    assert {one["action"] for one in told["audit"]} >= {"user.created", "user.updated", "group.created"}
    assert {one["kind"] for one in told["events"]} >= {"user.created", "group.member_added"}
    assert {one["status"] for one in told["logbook"]} >= {200, 201, 400, 409}
    assert len(told["recorded_requests"]) >= 6
    assert "body" not in told["recorded_requests"][0]
    assert told["history"]
    text = orjson.dumps(told).decode()
    assert SECRET not in text
    assert scim.connected.token not in text
    assert told["audit"][-1]["action"] == "user.exported"
    with pytest.raises(NotFoundError):
        person_export.export(service.database, service.connect().organization, user)


def test_of_an_erased_person_ids_are_left_and_the_chain_is_whole(service: Any) -> None:
    scim, user, _ = a_life(service, "porthos")
    database, organization = service.database, scim.connected.organization
    assert traces(service, "porthos")
    with pytest.raises(ConflictError, match="identity provider"):
        purging.erase(database, organization, user)
    scim.delete(f"/Users/{user}")
    service.service.logbook.flush()
    assert purging.erase(database, organization, user) == user
    assert traces(service, "porthos", SECRET) == []
    assert auditing.verify(database, organization).faults == []
    assert "porthos" not in str(feed.events(database, organization)).lower()
    told = person_export.export(database, organization, user)
    assert (told["state"], "attributes" in told) == ("purged", False)
    assert [one["action"] for one in told["audit"][-2:]] == ["user.purged", "user.exported"]


def test_who_is_made_by_hand_and_proposed_to_a_connection_is_erased_at_once(service: Any) -> None:
    scim = service.scim(settings={"adopt": "ask"})
    database, organization = service.database, scim.connected.organization
    made = hand_made.create(database, organization, "User", {"userName": "Ariadne@example.com"}).stored
    assert scim.post("/Users", person("ariadne")).status == 409
    service.service.logbook.flush()
    (proposed,) = person_export.export(database, organization, made.id)["adoptions"]
    assert proposed["document"]["nickName"] == "Käpt'n ariadne"
    purging.erase(database, organization, "ariadne@example.com")
    assert traces(service, "ariadne") == []
    assert adoptions.list_all(database, organization) == []


@contextmanager
def logging_all() -> Iterator[io.StringIO]:
    """All that is logged meanwhile, by whomever, at the most talkative level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root, own = logging.getLogger(), logging.getLogger("optiid")
    level = own.level
    own.setLevel(logging.DEBUG)
    for one in (root, own):
        one.addHandler(handler)
    yield stream
    for one in (root, own):
        one.removeHandler(handler)
    own.setLevel(level)


def test_no_file_and_no_log_holds_a_word_of_who_was_erased(tmp_path: Path) -> None:
    service = InProcess(settings_in(tmp_path))
    with logging_all() as logged:
        scim, user, _ = a_life(service, "melusine")
        organization = scim.connected.organization
        assert len(holding(tmp_path)) > 0
        scim.delete(f"/Users/{user}")
        service.service.logbook.flush()
        purging.erase(service.database, organization, user)
    compact(service.database)
    assert holding(tmp_path) == []
    service.database.close()
    assert holding(tmp_path) == []
    told = logged.getvalue().lower()
    assert told.count("\n") >= 9
    assert not [word for word in ("melusine", SECRET, scim.connected.token) if word.lower() in told]


def holding(home: Path) -> list[tuple[str, str]]:
    """Which words are in which files, in any case."""
    found = []
    for path in home.rglob("*"):
        raw = path.read_bytes().lower() if path.is_file() else b""
        found += [(path.name, word) for word in ("melusine", SECRET) if word.encode() in raw]
    return found


def test_every_table_is_told_with_what_it_holds_of_a_person() -> None:
    page = (DOCS / "personal-data.md").read_text(encoding="utf-8").partition("## Where it lies")[2]
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| `")]
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row[0])]
    assert len(told) == len(set(told))
    assert not {model._meta.table_name for model in MODELS} - set(told)
    assert not [row[0] for row in rows if not row[1].strip().startswith("nothing") and not row[2].strip()]
