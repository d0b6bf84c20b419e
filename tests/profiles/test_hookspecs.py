"""Each of the twelve hooks: a plugin's answer comes first, `None` leaves it to what follows in the chain."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from optiid.profiles import hookspecs, standard
from optiid.profiles.types import (
    Answer,
    DeactivationPolicy,
    GuideFacts,
    PatchOperation,
    Query,
    RateLimit,
    Recognition,
    ScimError,
)
from tests.profiles.profile_folder import context, facts, load, write_plugin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optiid.profiles.profile import Profile

HOOKS = [name for name, spec in vars(hookspecs).items() if hasattr(spec, "optiid_spec")]
Make = Any


@pytest.fixture
def chain(tmp_path: Path) -> Callable[[str], Profile]:
    """Return the profile of a plugin with one hook."""

    def build(hook: str, name: str = "acme") -> Profile:
        write_plugin(tmp_path, name, f"\n@hookimpl\ndef {hook}\n")
        return load(tmp_path, name).get(name)

    return build


def test_there_are_twelve_and_each_gives_one_answer() -> None:
    assert len(HOOKS) == 12
    for name in HOOKS:
        assert vars(hookspecs)[name].optiid_spec["firstresult"], name
        assert inspect.getdoc(vars(hookspecs)[name]), name


def test_standard_answers_every_hook_but_recognition() -> None:
    assert [name for name in HOOKS if not hasattr(standard, name)] == ["recognise_request"]


def test_hook_profile_info(chain: Make) -> None:
    info = chain("shape_error(error): return None").info
    assert (info.name, info.title, info.extends, info.api) == ("acme", "Acme", "standard", 1)


def test_hook_settings_schema(chain: Make) -> None:
    ours = "settings_schema(): return StandardSettings.from_dict({'colour': __import__('marshmallow').fields.String("
    assert chain(ours + "load_default='red')})").settings({})["colour"] == "red"
    assert "colour" not in chain("settings_schema(): return None", "globex").settings({})


def test_hook_setup_guide(chain: Make) -> None:
    guide = GuideFacts("https://scim.example.com", "Acme", "SCIM", {}, "Ask Kim.")
    assert chain("setup_guide(guide): return 'Enter ' + guide.base_url").setup_guide(guide) == f"Enter {guide.base_url}"
    assert guide.base_url in chain("setup_guide(guide): return None", "globex").setup_guide(guide)


def test_hook_recognise_request(chain: Make) -> None:
    profile = chain("recognise_request(request): return Recognition(70, 'path') if request.path else None")
    assert profile.recognise_request(facts()) == Recognition(70, "path")
    assert chain("recognise_request(request): return None", "globex").recognise_request(facts()) is None


def test_hook_deactivation_policy(chain: Make) -> None:
    ours = "deactivation_policy(settings): return DeactivationPolicy('suspend', 'new', settings['inactive'])"
    assert chain(ours).deactivation_policy({"inactive": "delete"}) == DeactivationPolicy("suspend", "new", "delete")
    policy = chain("deactivation_policy(settings): return None", "globex").deactivation_policy({"inactive": "delete"})
    assert (policy.inactive, policy.recreate) == ("delete", "restore")


def test_hook_rate_limit_policy(chain: Make) -> None:
    assert chain("rate_limit_policy(settings): return RateLimit(1, 2, 3)").rate_limit_policy({}) == RateLimit(1, 2, 3)
    usual = chain("rate_limit_policy(settings): return None", "globex").rate_limit_policy({})
    assert usual == RateLimit(200, 1, 1000)


def test_hook_normalise_query(chain: Make) -> None:
    ours = "normalise_query(query, context): return Query('id pr') if query.filter is None else None"
    assert chain(ours).normalise_query(Query(), context("search")) == Query("id pr")
    assert chain(ours, "globex").normalise_query(Query("title pr"), context("search")) == Query("title pr")


def test_hook_normalise_resource(chain: Make) -> None:
    ours = "normalise_resource(resource, context): return {'operation': context.operation} if resource else None"
    assert chain(ours).normalise_resource({"a": 1}, context("replace")) == {"operation": "replace"}
    assert chain(ours, "globex").normalise_resource({}, context("replace")) == {}


def test_hook_normalise_patch(chain: Make) -> None:
    ours = "normalise_patch(operations, context): return operations[:1] if len(operations) > 1 else None"
    sent = [PatchOperation("replace", "active", "True"), PatchOperation("remove", "title")]
    assert chain(ours).normalise_patch(sent, context()) == sent[:1]
    assert chain(ours, "globex").normalise_patch(sent[:1], context()) == [
        PatchOperation("replace", "active", value=True)
    ]


def test_hook_shape_response(chain: Make) -> None:
    ours = "shape_response(answer, context): return Answer(202, None, {}) if answer.status == 204 else None"
    assert chain(ours).shape_response(Answer(204, None, {}), context()) == Answer(202, None, {})
    assert chain(ours, "globex").shape_response(Answer(200, {}, {}), context()) == Answer(200, {}, {})


def test_hook_shape_error(chain: Make) -> None:
    ours = "shape_error(error, context): return ScimError(400, 'ours') if error.status == 404 else None"
    assert chain(ours).shape_error(ScimError.not_found("theirs"), context()).detail == "ours"
    error = ScimError.uniqueness("theirs")
    assert chain(ours, "globex").shape_error(error, context()).document() == error.document()


def test_hook_shape_discovery(chain: Make) -> None:
    ours = "shape_discovery(kind, document, context): return {'kind': kind} if kind == 'Schemas' else None"
    assert chain(ours).shape_discovery("Schemas", {}, context("discovery")) == {"kind": "Schemas"}
    assert chain(ours, "globex").shape_discovery("ResourceTypes", {"a": 1}, context("discovery")) == {"a": 1}
