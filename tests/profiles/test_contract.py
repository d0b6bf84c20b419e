"""The contract finds what it promises to find: each broken plugin below breaks one promise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from optiid.profiles.contract import ProfileContract
from tests.profiles.profile_folder import write_plugin

if TYPE_CHECKING:
    from pathlib import Path

PROMISES = [name for name in vars(ProfileContract) if name.startswith("test_")]
RECORDED = {
    "steps": [
        {"request": {"method": "GET", "path": "/Users"}},
        {"request": {"method": "POST", "path": "/Users", "body": {"userName": "a", "title": "x"}}},
        {
            "request": {
                "method": "PATCH",
                "path": "/Groups/{id}",
                "body": {"Operations": [{"op": "Add", "path": "members", "value": [{"value": "1"}]}]},
            }
        },
    ]
}
BROKEN = {
    "test_info_tells_who_the_profile_is_for": "profile_info(): return ProfileInfo('acme', ' ', 'v', 's', 'https://a')",
    "test_settings_have_defaults_and_refuse_unknown_names": "settings_schema(): return Lenient",
    "test_guide_names_base_url_and_token": "setup_guide(guide): return 'Good luck'",
    "test_policies_are_lawful": "rate_limit_policy(settings): return RateLimit(0, 1, 1)",
    "test_foreign_requests_are_not_recognised": "recognise_request(request): return Recognition(90, 'sure')",
    "test_lawful_resources_stay_as_they_are": "normalise_resource(resource, context): return {**resource, 'x': 1}",
    "test_lawful_operations_mean_the_same": "normalise_patch(operations, context): return operations[1:]",
    "test_lawful_queries_stay_as_they_are": "normalise_query(query, context): return Query()",
    "test_answers_stay_answers": "shape_error(error, context): return ScimError(200, 'fine')",
    "test_recorded_operations_are_read_repeatably": "normalise_patch(operations, context): return forget(operations)",
    "test_recorded_resources_are_read_repeatably": "normalise_resource(resource, context): return grow(resource)",
    "test_hooks_are_quick": "normalise_query(query, context): return time.sleep(0.02) or query",
    "test_only_the_interface_is_imported": "shape_error(error, context): return os and sqlite",
}
PARTS = """
class Lenient(StandardSettings):
    def load(self, data, **more):
        return {name: field.load_default for name, field in self.fields.items()}

def forget(operations):
    for operation in operations:
        if isinstance(operation.value, list):
            operation.value.clear()
    return operations

def grow(resource):
    return {**resource, "title": resource.get("title", "") + "!"}

import os, time
import orjson as sqlite
"""


def contract(folder: Path, text: str) -> Any:
    write_plugin(folder, "acme", text)
    (folder / "recorded.json").write_text(json.dumps(RECORDED))
    made = type("Acme", (ProfileContract,), {"name": "acme"})
    made.folder = made.transcripts = folder
    return made()


def test_each_promise_has_a_plugin_that_breaks_it() -> None:
    assert sorted(BROKEN) == sorted(PROMISES)


@pytest.mark.parametrize("promise", PROMISES)
def test_plugin_without_differences_keeps_the_promise(tmp_path: Path, promise: str) -> None:
    getattr(contract(tmp_path, ""), promise)()


@pytest.mark.parametrize("promise", PROMISES)
def test_broken_promise_is_found(tmp_path: Path, promise: str) -> None:
    hook = f"{PARTS}\n@hookimpl\ndef {BROKEN[promise]}\n"
    with pytest.raises(AssertionError):
        getattr(contract(tmp_path, hook), promise)()


def test_plugin_that_changes_what_it_was_handed_is_found(tmp_path: Path) -> None:
    hook = "@hookimpl\ndef normalise_patch(operations, context):\n    return forget(operations)\n"
    with pytest.raises(AssertionError, match="changed its input in place"):
        contract(tmp_path, PARTS + hook).test_recorded_operations_are_read_repeatably()
