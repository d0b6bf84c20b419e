"""What commands tell of the requests a connection gets: whose they look like, and an anonymised recording of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.profiles.profile_folder import write_plugin
from tests.running import InProcess, Scim, settings_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def scim(tmp_path: Path) -> Any:
    """A client of a connection that records, in the same data folder."""
    service = InProcess(settings_in(tmp_path))
    connected = service.connect(settings={"record_requests": True})
    yield Scim(service.send, connected, {"User-Agent": "Okta SCIM Client 1.0.0"})
    service.database.close()


def test_doctor_tells_whose_requests_they_look_like_and_what_is_kept(run: Any, scim: Any) -> None:
    scim.a_user()
    told = json.loads(run("doctor", "--output", "json")[1])
    texts = {one["about"]: one for one in told if scim.connected.connection in one["text"]}
    assert texts["profile"]["level"] == texts["recording"]["level"] == "warn"
    assert "profile standard, looks like okta: its User-Agent names Okta" in texts["profile"]["text"]
    assert "1 recorded requests" in texts["recording"]["text"]


def test_recorded_requests_are_forgotten(run: Any, scim: Any) -> None:
    scim.a_user()
    forget = ("connection", "forget", scim.connected.connection, "--output", "json")
    assert [json.loads(run(*forget)[1])["deleted"] for _ in range(2)] == [1, 0]
    assert "recorded requests" not in run("doctor")[1]


def test_recording_becomes_a_file_once(run: Any, scim: Any, tmp_path: Path) -> None:
    record = ("profile", "record", "--connection", scim.connected.connection, "--output")
    status, _, err = run(*record, "case.json")
    assert (status, err.count("\n"), "record_requests=true" in err) == (1, 1, True)
    scim.a_user("ann@corp.test", **{"urn:acme:1.0:User": {"badge": "x"}})
    scim.find("/Users", 'userName eq "ANN@corp.test"')
    told = json.loads(run(*record, "case.json")[1])
    assert told == {
        "file": "case.json", "requests": 2, "left_out": 0, "kept": ["urn:acme:1.0:User", "Okta SCIM Client 1.0.0"]
    }  # fmt: skip
    made = json.loads((tmp_path / "case.json").read_text())
    assert (made["idp"], made["scenario"], len(made["steps"])) == ("standard", "case", 2)
    assert "ann" not in json.dumps(made).lower()
    status, _, err = run(*record, "case.json")
    assert (status, err.count("\n"), "exists already" in err) == (1, 1, True)
    assert run(*record, "nowhere/case.json")[0] == 1
    assert json.loads(run(*record, "last.json", "--last", "1")[1])["requests"] == 1


def test_doctor_names_the_hook_that_failed(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_plugin(tmp_path / "plugins", "acme", "\n@hookimpl\ndef normalise_patch(): raise KeyError('ann@corp.test')\n")
    monkeypatch.setenv("OPTIID_PROFILES_FOLDER", str(tmp_path / "plugins"))
    service = InProcess(settings_in(tmp_path, profiles_folder=str(tmp_path / "plugins")))
    scim = service.scim("acme")
    scim.patch(f"/Users/{scim.a_user()['id']}", {"op": "remove", "path": "title"})
    service.database.close()
    (told,) = [one for one in json.loads(run("doctor", "--output", "json")[1]) if one["about"] == "hook"]
    assert told["level"] == "warn"
    assert "profile acme: normalise_patch failed (KeyError), 1 times or more since" in told["text"]
    assert scim.connected.connection in told["text"]
    assert "ann@" not in told["text"]


def test_doctor_goes_on_when_a_profile_cannot_be_loaded(
    run: Any, scim: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "acme.py").write_text("1 / 0")
    monkeypatch.setenv("OPTIID_PROFILES_FOLDER", str(tmp_path / "plugins"))
    scim.a_user()
    status, out, _ = run("doctor")
    assert status == 1
    assert "fail  profiles    Profile 'acme' in" in out
    assert "1 recorded requests" in out
