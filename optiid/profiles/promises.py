"""What every profile promises: one function per promise, which says in one sentence when it is broken.

`ProfileContract` runs them under pytest, `optiid profile check` without it.
"""

from __future__ import annotations

import ast
import json
import sys
import time
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from optiid.errors import InvalidInputError
from optiid.profiles.examples import LAWFUL_PATCHES, LAWFUL_QUERIES, LAWFUL_RESOURCES, LAWFUL_USER
from optiid.profiles.types import MISSING, Answer, GuideFacts, HookContext, PatchOperation, RequestFacts
from optiid.scim.errors import ScimError
from optiid.scim.patch.engine import apply_edits
from optiid.scim.patch.members import MemberChange, fold
from optiid.scim.patch.operations import read_operations
from optiid.scim.patch.planner import plan_patch
from optiid.scim.resource_types import GROUP, USER, ResourceType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from optiid.profiles.profile import Profile

MAY_IMPORT = ("optiid.profiles.api", "marshmallow")
FOREIGN = RequestFacts("GET", "/scim/v2/Users", "", "curl/8.0", {"user-agent": "curl/8.0"})
# More than half sure is enough to warn an administrator.
SURE = 50
REFUSED_FROM = 400
# A hook is a part of every request: the rest of a request takes about a millisecond.
QUICK_SECONDS = 0.01
TRIES = 3


class PromiseBrokenError(AssertionError):
    """A profile does not keep a promise; the text says which and how."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A profile, and the recorded conversations to look at it with."""

    profile: Profile
    transcripts: tuple[Path, ...] = ()

    def context(self, operation: str, resource_type: ResourceType) -> HookContext:
        """Return the context of a call."""
        return HookContext(operation, resource_type, self.profile.settings({}), "Acme", "SCIM", FOREIGN)

    def recorded(self) -> Iterator[tuple[ResourceType, str, dict[str, Any]]]:
        """Yield resource type, method and body of each recorded request that has a body of its own."""
        for path in self.transcripts:
            for step in json.loads(path.read_text(encoding="utf-8"))["steps"]:
                request = step["request"]
                if isinstance(request.get("body"), dict) and request["method"] in ("POST", "PUT", "PATCH"):
                    resource_type = GROUP if request["path"].lower().startswith("/groups") else USER
                    yield resource_type, request["method"], request["body"]


def info_tells_who_the_profile_is_for(subject: Subject) -> None:
    """Name, title, vendor, summary and the vendor's page are there."""
    info = subject.profile.info
    _require(info.name == subject.profile.name, f"profile_info says {info.name!r}, not {subject.profile.name!r}")
    for fact in ("title", "vendor", "summary"):
        _require(bool(getattr(info, fact).strip()), f"profile_info has no {fact}")
    _require(info.documentation_url.startswith("https://"), "documentation_url is no https address")


def settings_have_defaults_and_refuse_unknown_names(subject: Subject) -> None:
    """A connection needs no settings, and a misspelt one is found at once."""
    subject.profile.settings({})
    try:
        subject.profile.settings({"no_such_setting": 1})
    except InvalidInputError:
        return
    raise PromiseBrokenError("an unknown setting is accepted")


def guide_names_base_url_and_token(subject: Subject) -> None:
    """The guide can be followed without looking anything up."""
    settings = subject.profile.settings({})
    facts = GuideFacts("https://scim.example.com/scim/v2", "Acme", "SCIM", settings, "Ask Kim for the token.")
    guide = subject.profile.setup_guide(facts)
    _require(facts.base_url in guide, "the guide lacks the base URL (guide.base_url)")
    _require(facts.token_hint in guide, "the guide does not say where the token is to be had (guide.token_hint)")


def policies_are_lawful(subject: Subject) -> None:
    """The policies say what the service can do."""
    policy = subject.profile.deactivation_policy(subject.profile.settings({}))
    _require(policy.inactive in ("delete", "erase", "suspend"), f"inactive is {policy.inactive!r}")
    _require(policy.recreate in ("restore", "new"), f"recreate is {policy.recreate!r}")
    _require(bool(policy.why.strip()), "the deactivation policy does not say why")
    limit = subject.profile.rate_limit_policy(subject.profile.settings({}))
    _require(min(limit.requests, limit.seconds, limit.burst) > 0, "a rate limit must be positive")


def foreign_requests_are_not_recognised(subject: Subject) -> None:
    """A request of anybody is not taken for the identity provider's."""
    seen = subject.profile.recognise_request(FOREIGN)
    _require_sound("recognise_request", subject.profile)
    _require(seen is None or seen.score < SURE, f"recognise_request takes a request of curl for its own: {seen}")


def lawful_resources_stay_as_they_are(subject: Subject) -> None:
    """A representation that the RFC allows passes unchanged."""
    for resource_type, resource in LAWFUL_RESOURCES:
        for operation in ("create", "replace"):
            read = subject.profile.normalise_resource(deepcopy(resource), subject.context(operation, resource_type))
            _require(read == resource, f"normalise_resource changes lawful input: {operation} {resource} became {read}")


def lawful_operations_mean_the_same(subject: Subject) -> None:
    """Operations that the RFC allows change the same, however they are written afterwards."""
    for resource_type, operations in LAWFUL_PATCHES:
        read = subject.profile.normalise_patch(_copied(operations), subject.context("patch", resource_type))
        same = _effect(read, resource_type) == _effect(operations, resource_type)
        _require(same, f"normalise_patch changes lawful input: {operations} became {read}")


def lawful_queries_stay_as_they_are(subject: Subject) -> None:
    """A query that the RFC allows passes unchanged."""
    for resource_type, query in LAWFUL_QUERIES:
        read = subject.profile.normalise_query(query, subject.context("search", resource_type))
        _require(read == query, f"normalise_query changes lawful input: {query} became {read}")


def answers_stay_answers(subject: Subject) -> None:
    """Shaping makes no failure of a success, nor a success of a failure, and loses no discovery document."""
    context = subject.context("get", USER)
    answer = subject.profile.shape_response(Answer(200, {**deepcopy(LAWFUL_USER), "id": "1"}, {}), context)
    _require(answer.status < REFUSED_FROM, f"shape_response answers a success with {answer.status}")
    _require_sound("shape_response", subject.profile)
    error = subject.profile.shape_error(ScimError.not_found("not here"), context)
    _require(error.status >= REFUSED_FROM, f"shape_error answers an error with {error.status}")
    _require_sound("shape_error", subject.profile)
    for kind in ("ServiceProviderConfig", "ResourceTypes", "Schemas"):
        document = subject.profile.shape_discovery(kind, {"schemas": ["urn:x"]}, subject.context("discovery", USER))
        _require("schemas" in document, f"shape_discovery loses the schemas of {kind}")
    _require_sound("shape_discovery", subject.profile)


def recorded_operations_are_read_repeatably(subject: Subject) -> None:
    """The same operations give the same twice and after a second pass, and what was handed in is untouched."""
    for resource_type, method, body in subject.recorded():
        if method != "PATCH":
            continue
        sent = read_operations(body, 1000)
        kept, context = _copied(sent), subject.context("patch", resource_type)
        read = subject.profile.normalise_patch(list(sent), context)
        _require(sent == kept, f"normalise_patch changed its input in place: {kept}")
        twice = subject.profile.normalise_patch(list(sent), context)
        _require(twice == read, f"normalise_patch reads the same in two ways: {sent}")
        again = subject.profile.normalise_patch(list(read), context)
        _require(again == read, f"normalise_patch changes what it gave when it gets that: {read}")


def recorded_resources_are_read_repeatably(subject: Subject) -> None:
    """The same representation gives the same twice, and a second pass changes nothing."""
    for resource_type, method, body in subject.recorded():
        if method == "PATCH":
            continue
        context = subject.context("create" if method == "POST" else "replace", resource_type)
        read = subject.profile.normalise_resource(deepcopy(body), context)
        twice = subject.profile.normalise_resource(deepcopy(body), context)
        _require(twice == read, f"normalise_resource reads the same in two ways: {body}")
        again = subject.profile.normalise_resource(deepcopy(read), context)
        _require(again == read, f"normalise_resource changes what it gave when it gets that: {read}")


def hooks_are_quick(subject: Subject) -> None:
    """No hook holds a request up."""
    profile, context = subject.profile, subject.context
    for resource_type, resource in LAWFUL_RESOURCES:
        made = context("create", resource_type)
        _require_quick("normalise_resource", lambda: profile.normalise_resource(deepcopy(resource), made))  # noqa: B023
    for resource_type, operations in LAWFUL_PATCHES:
        made = context("patch", resource_type)
        _require_quick("normalise_patch", lambda: profile.normalise_patch(_copied(operations), made))  # noqa: B023
    for resource_type, query in LAWFUL_QUERIES:
        made = context("search", resource_type)
        _require_quick("normalise_query", lambda: profile.normalise_query(query, made))  # noqa: B023
    answer = Answer(200, {**LAWFUL_USER, "id": "1"}, {})
    _require_quick("shape_response", lambda: profile.shape_response(deepcopy(answer), context("get", USER)))
    _require_quick("recognise_request", lambda: profile.recognise_request(FOREIGN))


def only_the_interface_is_imported(subject: Subject) -> None:
    """The plugin knows nothing of the service but `optiid.profiles.api`."""
    for path in _sources(subject.profile.file):
        for imported in _imports(path):
            top = imported.split(".")[0]
            allowed = top in sys.stdlib_module_names or imported.startswith(MAY_IMPORT)
            _require(allowed, f"{path.name} imports {imported}; a plugin may import {', '.join(MAY_IMPORT)}")


PROMISES: tuple[Callable[[Subject], None], ...] = (
    info_tells_who_the_profile_is_for,
    settings_have_defaults_and_refuse_unknown_names,
    guide_names_base_url_and_token,
    policies_are_lawful,
    foreign_requests_are_not_recognised,
    lawful_resources_stay_as_they_are,
    lawful_operations_mean_the_same,
    lawful_queries_stay_as_they_are,
    answers_stay_answers,
    recorded_operations_are_read_repeatably,
    recorded_resources_are_read_repeatably,
    hooks_are_quick,
    only_the_interface_is_imported,
)


def transcripts_in(folder: Path | None) -> tuple[Path, ...]:
    """Return the transcripts of a folder; none when there is no folder."""
    return tuple(sorted(folder.glob("*.json"))) if folder else ()


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise PromiseBrokenError(sentence)


def _require_sound(hook: str, profile: Profile) -> None:
    """Tell a failure that the service would log and get over."""
    _require(hook not in profile.faults, f"{hook} failed: {profile.faults.get(hook)}")


def _require_quick(hook: str, call: Callable[[], Any]) -> None:
    """Time the best of a few calls: a busy machine is not the plugin's fault."""
    times = []
    for _ in range(TRIES):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    _require(min(times) < QUICK_SECONDS, f"{hook} is slow: {min(times) * 1000:.0f} ms, at most 10 are acceptable")


def _copied(operations: list[PatchOperation]) -> list[PatchOperation]:
    """Return operations whose values are copies; MISSING is one of a kind and stays itself."""
    return [
        operation if operation.value is MISSING else replace(operation, value=deepcopy(operation.value))
        for operation in operations
    ]


def _effect(operations: list[PatchOperation], resource_type: ResourceType) -> tuple[dict[str, Any], MemberChange]:
    document = (
        {name: value for name, value in LAWFUL_USER.items() if name != "schemas"} if resource_type is USER else {}
    )
    plan = plan_patch(operations, resource_type, "keep")
    return apply_edits(document, plan.edits, resource_type)[0], fold(plan.member_steps, lambda _where, _change: ())


def _sources(file: Path | None) -> list[Path]:
    """Return the Python files of a plugin without its tests."""
    if file is None or file.name != "__init__.py":
        return [file] if file else []
    found = sorted(file.parent.rglob("*.py"))
    return [path for path in found if "tests" not in path.relative_to(file.parent).parts]


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module
