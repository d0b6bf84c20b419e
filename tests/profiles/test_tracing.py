from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from optiid.profiles.tracing import without_passwords
from optiid.profiles.types import MISSING, PatchOperation, ScimError
from tests.profiles.profile_folder import context, load, write_plugin

if TYPE_CHECKING:
    from pathlib import Path

FAILS = "\n@hookimpl\ndef normalise_query(query, context):\n    raise ScimError.invalid_filter('not this one')\n"


def test_each_call_is_logged_with_arguments_and_result(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_plugin(tmp_path, "acme")
    profile = load(tmp_path, "acme", trace=True).get("acme")
    with caplog.at_level(logging.INFO):
        profile.normalise_patch([PatchOperation("replace", "active", "False")], context())
    called, gave = [record.getMessage() for record in caplog.records[-2:]]
    assert called.startswith("hook normalise_patch called with {'operations': [PatchOperation(op='replace'")
    assert "'False'" in called
    assert gave.startswith("hook normalise_patch gave [PatchOperation(op='replace', path='active', value=False")


def test_error_of_a_hook_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_plugin(tmp_path, "acme", FAILS)
    profile = load(tmp_path, "acme", trace=True).get("acme")
    with caplog.at_level(logging.INFO), pytest.raises(ScimError):
        profile.normalise_query(None, context("search"))  # type: ignore[arg-type]  # the hook looks at nothing
    assert "hook normalise_query raised ScimError('not this one')" in caplog.text


def test_nothing_is_logged_unless_asked_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_plugin(tmp_path, "acme")
    with caplog.at_level(logging.INFO):
        load(tmp_path, "acme").get("acme").normalise_patch([], context())
    assert "hook normalise_patch" not in caplog.text


def test_passwords_are_masked_wherever_they_stand() -> None:
    operations = [
        PatchOperation("replace", None, {"Password": "secret", "title": "x"}),
        PatchOperation("replace", "urn:ietf:params:scim:schemas:core:2.0:User:password", "secret"),
        PatchOperation("remove", "title", MISSING),
    ]
    shown = without_passwords({"resource": {"password": "secret"}, "operations": operations})
    assert "secret" not in repr(shown)
    assert shown["operations"][0].value["title"] == "x"
    assert shown["operations"][2] == operations[2]
