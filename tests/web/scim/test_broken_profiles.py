"""A plugin that breaks its contract: nothing is lost or half written, others are not harmed, and the log names it."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import ProfileError
from optiid.services import connections, hook_faults, logbook
from tests.profiles.profile_folder import write_plugin
from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOOK = "\n@hookimpl\ndef {}({}):\n    {}\n"
PLUGINS = {
    "raising": HOOK.format("normalise_patch", "operations", "operations.clear(); raise KeyError('x')"),
    "wrong": HOOK.format("normalise_patch", "operations", "return {'op': 'add'}"),
    "exiting": HOOK.format("normalise_patch", "operations", "raise SystemExit"),
    "meddling": HOOK.format("normalise_patch", "operations, context", "context.settings['inactive'] = 'erase'"),
    "spoiling": HOOK.format("shape_response", "answer", "answer.body.clear(); raise KeyError('x')"),
    "slow": HOOK.format("normalise_patch", "operations", "__import__('time').sleep(0.11)"),
    "unsendable": HOOK.format("shape_response", "answer", "answer.body['id'] = object(); return answer"),
}
UNENCODABLE = {
    "unencodable": "resource | {'x': object()}",
    "large": "resource | {'x': 2 ** 70}",
    "cut": "resource | {'x': chr(0xD800)}",
    "endless": "(lambda value: value.append(value) or resource | {'x': value, 'password': 'x'})([])",
}
PLUGINS |= {
    name: HOOK.format("normalise_resource", "resource", f"return {value}") for name, value in UNENCODABLE.items()
}
NORMALISING = ("raising", "wrong", "exiting", "meddling")
RENAME = {"op": "replace", "path": "title", "value": "Captain"}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """The service with the plugins above."""
    folder: Path = tmp_path_factory.mktemp("broken")
    for name, text in PLUGINS.items():
        write_plugin(folder / "plugins", name, text)
    running = InProcess(settings_in(folder, profiles_folder=str(folder / "plugins")))
    yield running
    running.database.close()


@pytest.mark.parametrize("name", NORMALISING)
def test_failure_on_the_way_in_writes_nothing_and_is_named(
    broken: InProcess, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    scim = broken.scim(name)
    made = scim.a_user()
    with caplog.at_level(logging.ERROR):
        reply = scim.patch(f"/Users/{made['id']}", RENAME)
    assert (reply.status, reply.headers["Retry-After"]) == (503, "300")
    assert scim.get(f"/Users/{made['id']}").body == made
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert any(f"{name!r}: normalise_patch" in line for line in told), told


@pytest.mark.parametrize("name", ["spoiling", "unsendable"])
def test_failure_on_the_way_out_sends_what_was_written(
    broken: InProcess, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    scim = broken.scim(name)
    with caplog.at_level(logging.ERROR):
        made = scim.a_user("out@example.com")
    assert made["userName"] == "out@example.com"
    reply = scim.patch(f"/Users/{made['id']}", RENAME)
    assert (reply.status, reply.body["title"]) == (200, "Captain")
    assert f"profile {name}: shape_response failed, its answer is left out" in caplog.text


@pytest.mark.parametrize("name", PLUGINS)
def test_connections_of_other_profiles_are_not_harmed(broken: InProcess, name: str) -> None:
    broken.scim(name).get("/Users")
    scim: Any = broken.scim("standard")
    made = scim.a_user()
    assert scim.patch(f"/Users/{made['id']}", RENAME).body["title"] == "Captain"


@pytest.mark.parametrize("name", UNENCODABLE)
def test_line_of_the_logbook_fails_no_request(broken: InProcess, name: str) -> None:
    scim = broken.scim(name)
    made = scim.a_user()
    broken.service.logbook.flush()
    (line,) = logbook.lines(broken.database, scim.connected.organization, None, 10)
    assert (line["status"], line["resource"], line["meant"]) == (201, made["id"], "(cannot be kept)")


REASONS = {
    "raising": ("normalise_patch", "failed", "KeyError"),
    "wrong": ("normalise_patch", "failed", "returned dict, not list"),
    "exiting": ("normalise_patch", "failed", "SystemExit"),
    "spoiling": ("shape_response", "failed", "KeyError"),
    "slow": ("normalise_patch", "slow", " ms"),
}


@pytest.mark.parametrize("name", REASONS)
def test_hook_is_told_to_the_administrator(broken: InProcess, name: str) -> None:
    scim = broken.scim(name)
    scim.patch(f"/Users/{scim.a_user()['id']}", RENAME)
    found = hook_faults.recent(broken.database, connections.get(broken.database, scim.connected.connection))
    (told,) = [one for one in found if one.profile == name]
    hook, kind, reason = REASONS[name]
    assert (told.hook, told.kind, told.times) == (hook, kind, 1)
    assert told.reason.endswith(reason)


def test_request_without_a_fault_notes_nothing(broken: InProcess) -> None:
    scim = broken.scim("standard")
    with broken.database.counting() as seen:
        scim.a_user()
    assert not [sql for sql in seen if "hook_fault" in sql]


def test_broken_plugin_that_is_switched_off_harms_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = tmp_path / "plugins"
    write_plugin(plugins, "ruined")
    running = InProcess(settings_in(tmp_path, profiles_folder=str(plugins)))
    ruined, well = running.scim("ruined"), running.scim("standard")
    made = ruined.a_user()
    running.database.close()

    monkeypatch.delitem(sys.modules, "optiid_profiles.ruined")  # as after a new start
    (plugins / "ruined.py").write_text("raise RuntimeError")  # it would stop the start, and is not even imported
    with pytest.raises(ProfileError, match="'ruined'"):
        InProcess(settings_in(tmp_path, profiles_folder=str(plugins)))
    running = InProcess(settings_in(tmp_path, profiles_folder=str(plugins), profiles_enabled="standard"))
    reply = running.as_(ruined.connected).get("/Users")
    assert (reply.status, "switched off" in reply.body["detail"]) == (503, True)
    assert running.as_(well.connected).a_user()["id"]
    running.database.close()

    write_plugin(plugins, "ruined")
    running = InProcess(settings_in(tmp_path, profiles_folder=str(plugins)))
    assert running.as_(ruined.connected).get(f"/Users/{made['id']}").body == made
    running.database.close()
