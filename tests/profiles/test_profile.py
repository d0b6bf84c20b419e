from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import InvalidInputError, ProfileError
from optiid.profiles.loading import load_profiles
from optiid.profiles.types import Answer, GuideFacts, PatchOperation, Query, ScimError
from tests.profiles.profile_folder import context, facts, load, write_plugin

if TYPE_CHECKING:
    from pathlib import Path

    from optiid.profiles.profile import Profile

ANSWER = Answer(200, {"id": "1"}, {})
ERROR = ScimError.not_found("not here")
NORMALISING = [("normalise_query", Query()), ("normalise_resource", {"userName": "a"}), ("normalise_patch", [])]
SHAPING = [("shape_response", ANSWER), ("shape_error", ERROR)]
HOOK = "\n@hookimpl\ndef {name}({arguments}):\n    {body}\n"
ARGUMENTS = {
    "normalise_query": "query, context",
    "normalise_resource": "resource, context",
    "normalise_patch": "operations, context",
    "shape_response": "answer, context",
    "shape_error": "error, context",
    "recognise_request": "request",
    "deactivation_policy": "settings",
    "rate_limit_policy": "settings",
    "setup_guide": "guide",
    "settings_schema": "",
}


def profile_with(folder: Path, name: str, body: str) -> Profile:
    write_plugin(folder, "acme", HOOK.format(name=name, arguments=ARGUMENTS[name], body=body))
    return load(folder, "acme").get("acme")


@pytest.mark.parametrize(("hook", "value"), NORMALISING)
def test_fault_in_normalising_names_profile_and_hook(tmp_path: Path, hook: str, value: Any) -> None:
    profile = profile_with(tmp_path, hook, "return 1 / 0")
    with pytest.raises(ProfileError, match=rf"'acme': {hook} failed \(ZeroDivisionError\)"):
        getattr(profile, hook)(value, context())


@pytest.mark.parametrize(("hook", "value"), NORMALISING)
def test_wrong_kind_of_answer_names_profile_and_hook(tmp_path: Path, hook: str, value: Any) -> None:
    profile = profile_with(tmp_path, hook, "return 'text'")
    with pytest.raises(ProfileError, match=rf"'acme': {hook} returned str"):
        getattr(profile, hook)(value, context())


def test_list_of_something_else_than_operations_is_refused(tmp_path: Path) -> None:
    profile = profile_with(tmp_path, "normalise_patch", "return [{'op': 'add'}]")
    with pytest.raises(ProfileError, match="something else than PatchOperations"):
        profile.normalise_patch([], context())


@pytest.mark.parametrize(("hook", "value"), NORMALISING)
def test_scim_error_of_a_hook_passes_through(tmp_path: Path, hook: str, value: Any) -> None:
    profile = profile_with(tmp_path, hook, "raise ScimError.invalid_value('say it otherwise')")
    with pytest.raises(ScimError, match="say it otherwise"):
        getattr(profile, hook)(value, context())


@pytest.mark.parametrize(("hook", "value"), SHAPING)
@pytest.mark.parametrize("body", ["return 1 / 0", "return 'text'", "raise ScimError.invalid_value('too late')"])
def test_fault_in_shaping_leaves_the_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, hook: str, value: Any, body: str
) -> None:
    """The write has happened: its answer must be sent."""
    profile = profile_with(tmp_path, hook, body)
    with caplog.at_level(logging.ERROR):
        assert getattr(profile, hook)(value, context()) is value
    assert f"profile acme: {hook} failed" in caplog.text


def test_shape_hook_that_fails_half_way_has_changed_nothing(tmp_path: Path) -> None:
    """It gets copies: what is sent in its place is what the service made."""
    write_plugin(
        tmp_path,
        "acme",
        HOOK.format(name="shape_response", arguments="answer", body="answer.body.clear(); 1 / 0")
        + HOOK.format(name="shape_error", arguments="error", body="error.headers.clear(); error.status = 200; 1 / 0")
        + HOOK.format(name="shape_discovery", arguments="document", body="document['schemas'].clear(); 1 / 0"),
    )
    profile = load(tmp_path, "acme").get("acme")
    answer, document = Answer(200, {"id": "1"}, {}), {"schemas": ["urn:x"]}
    error = ScimError(503, "later", headers={"Retry-After": "5"})
    assert profile.shape_response(answer, context()).body == {"id": "1"}
    shaped = profile.shape_error(error, context())
    assert (shaped.status, shaped.headers) == (503, {"Retry-After": "5"})
    assert profile.shape_discovery("Schemas", document, context("discovery")) == {"schemas": ["urn:x"]}


@pytest.mark.parametrize(
    "body",
    [
        "return Answer(500, {}, {})",
        "return Answer('200', {}, {})",
        "return Answer(200, {'a': {1, 2}}, {})",
        "return Answer(200, {}, {'ETag': 1})",
        "raise SystemExit",
    ],
)
def test_answer_that_cannot_be_sent_is_left_out(tmp_path: Path, body: str) -> None:
    assert profile_with(tmp_path, "shape_response", body).shape_response(ANSWER, context()) is ANSWER


@pytest.mark.parametrize("body", ["return ScimError(200, 'fine')", "return ScimError(400, 'x', headers={'A': 1})"])
def test_error_that_cannot_be_sent_is_left_out(tmp_path: Path, body: str) -> None:
    assert profile_with(tmp_path, "shape_error", body).shape_error(ERROR, context()) is ERROR


def test_policies_get_settings_of_their_own(tmp_path: Path) -> None:
    profile = profile_with(tmp_path, "rate_limit_policy", "settings.clear()")
    settings = profile.settings({})
    profile.rate_limit_policy(settings)
    assert settings["inactive"] == "delete"


def test_slow_hook_is_told_once_with_its_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optiid.profiles.profile.SLOW_SECONDS", 0.005)
    profile = profile_with(tmp_path, "normalise_query", "return __import__('time').sleep(0.01) or query")
    for _ in range(2):
        assert profile.normalise_query(Query(), context("search")) == Query()
    assert [record.getMessage().partition(",")[0] for record in caplog.records] == [
        "profile acme: normalise_query is slow"
    ]


def test_what_a_profile_is_made_of(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", HOOK.format(name="shape_error", arguments="error", body="return None"))
    profile = load(tmp_path, "acme").get("acme")
    assert profile.file == tmp_path / "acme.py"
    assert profile.chain == ["acme", "standard"]
    assert profile.own_hooks == ["profile_info", "shape_error"]


def test_fault_in_shaping_discovery_leaves_the_document(tmp_path: Path) -> None:
    text = HOOK.format(name="shape_discovery", arguments="kind, document, context", body="return 1 / 0")
    write_plugin(tmp_path, "acme", text)
    assert load(tmp_path, "acme").get("acme").shape_discovery("Schemas", {"a": 1}, context("discovery")) == {"a": 1}


def test_fault_in_recognising_recognises_nothing(tmp_path: Path) -> None:
    assert profile_with(tmp_path, "recognise_request", "return 1 / 0").recognise_request(facts()) is None


@pytest.mark.parametrize(
    ("hook", "body", "told"),
    [
        ("settings_schema", "return 1 / 0", "settings_schema failed"),
        ("settings_schema", "return dict", "must return a marshmallow Schema class"),
        ("settings_schema", "return 'text'", "settings_schema returned str"),
        ("deactivation_policy", "return settings['nothing']", "deactivation_policy failed"),
        ("deactivation_policy", "return 'delete'", "deactivation_policy returned str"),
        ("rate_limit_policy", "return 200", "rate_limit_policy returned int"),
        ("rate_limit_policy", "raise ScimError.too_many('no')", "ScimError"),
    ],
)
def test_fault_in_describing_stops_the_start(tmp_path: Path, hook: str, body: str, told: str) -> None:
    with pytest.raises(ProfileError, match=f"'acme'.*{told}"):
        profile_with(tmp_path, hook, body)


def test_settings_without_the_common_ones_stop_the_start(tmp_path: Path) -> None:
    text = "import marshmallow\n\n@hookimpl\ndef settings_schema():\n    return marshmallow.Schema\n"
    write_plugin(tmp_path, "acme", text)
    with pytest.raises(ProfileError, match="settings lack 'unknown_extensions'; extend StandardSettings"):
        load(tmp_path, "acme")


def test_fault_in_the_guide_names_profile_and_hook(tmp_path: Path) -> None:
    profile = profile_with(tmp_path, "setup_guide", "return '{nothing}'.format()")
    with pytest.raises(ProfileError, match="'acme': setup_guide failed"):
        profile.setup_guide(GuideFacts("https://a", "Acme", "SCIM", {}, ""))


def test_settings_of_a_connection_override_configuration_and_schema(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme")
    profile = load(tmp_path, "acme", defaults={"acme": {"unknown_extensions": "refuse"}}).get("acme")
    assert profile.settings({})["unknown_extensions"] == "refuse"
    assert profile.settings({"unknown_extensions": "keep"})["unknown_extensions"] == "keep"


@pytest.mark.parametrize("chosen", [{"no_such_setting": 1}, {"unknown_extensions": "perhaps"}, {"inactive": None}])
def test_wrong_setting_of_a_connection_is_named(chosen: dict[str, Any]) -> None:
    profile = load_standard()
    with pytest.raises(InvalidInputError, match=f"'standard': {next(iter(chosen))}: "):
        profile.settings(chosen)


def load_standard() -> Profile:
    return load_profiles(None, ("standard",), {}).get("standard")


def test_lawful_calls_give_what_the_chain_says() -> None:
    profile = load_standard()
    assert profile.normalise_query(Query("id pr"), context("search")) == Query("id pr")
    assert profile.normalise_resource({"active": "True"}, context("create")) == {"active": True}
    assert profile.normalise_patch([PatchOperation("remove", "title", "x")], context()) == [
        PatchOperation("remove", "title")
    ]
    assert profile.shape_response(ANSWER, context()) is ANSWER
    assert profile.shape_error(ERROR, context()) is ERROR
