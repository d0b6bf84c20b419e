"""What every profile promises, as a test class: subclass it beside your plugin and let pytest run it.

class TestAcme(ProfileContract):
    name = "acme"
    folder = Path("plugins")
"""

from __future__ import annotations

import ast
import json
import sys
from copy import deepcopy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from optiid.errors import InvalidInputError
from optiid.profiles.examples import LAWFUL_PATCHES, LAWFUL_QUERIES, LAWFUL_RESOURCES, LAWFUL_USER
from optiid.profiles.loading import load_profiles
from optiid.profiles.types import MISSING, Answer, GuideFacts, HookContext, PatchOperation, RequestFacts
from optiid.scim.errors import ScimError
from optiid.scim.patch.engine import apply_edits
from optiid.scim.patch.members import MemberChange, fold
from optiid.scim.patch.operations import read_operations
from optiid.scim.patch.planner import plan_patch
from optiid.scim.resource_types import GROUP, USER, ResourceType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.profiles.profile import Profile

MAY_IMPORT = ("optiid.profiles.api", "marshmallow")
FOREIGN = RequestFacts("GET", "/scim/v2/Users", "", "curl/8.0", {"user-agent": "curl/8.0"})
# More than half sure is enough to warn an administrator.
SURE = 50
REFUSED_FROM = 400


class ProfileContract:
    """The promises of one profile.

    `folder` holds the plugin when it is no shipped or installed one, `enabled` which others are loaded with it (None:
    all), `transcripts` its recorded conversations.
    """

    name: ClassVar[str]
    folder: ClassVar[Path | None] = None
    enabled: ClassVar[tuple[str, ...] | None] = None
    transcripts: ClassVar[Path | None] = None

    @cached_property
    def profile(self) -> Profile:
        """The profile under test, with its default settings."""
        return load_profiles(self.folder, self.enabled, {}).get(self.name)

    def context(self, operation: str, resource_type: ResourceType) -> HookContext:
        """Return the context of a call."""
        return HookContext(operation, resource_type, self.profile.settings({}), "Acme", "SCIM", FOREIGN)

    def test_info_tells_who_the_profile_is_for(self) -> None:
        """Name, title, vendor, summary and the vendor's page are there."""
        info = self.profile.info
        _require(info.name == self.name, f"profile_info says {info.name!r}, not {self.name!r}")
        for fact in ("title", "vendor", "summary"):
            _require(bool(getattr(info, fact).strip()), f"profile_info has no {fact}")
        _require(info.documentation_url.startswith("https://"), "documentation_url is no https address")

    def test_settings_have_defaults_and_refuse_unknown_names(self) -> None:
        """A connection needs no settings, and a misspelt one is found at once."""
        self.profile.settings({})
        try:
            self.profile.settings({"no_such_setting": 1})
        except InvalidInputError:
            return
        raise AssertionError("an unknown setting is accepted")

    def test_guide_names_base_url_and_token(self) -> None:
        """The guide can be followed without looking anything up."""
        facts = GuideFacts("https://scim.example.com/scim/v2", "Acme", "SCIM", self.profile.settings({}), "Ask Kim.")
        guide = self.profile.setup_guide(facts)
        for fact in (facts.base_url, facts.token_hint):
            _require(fact in guide, f"the guide does not hold {fact!r}")

    def test_policies_are_lawful(self) -> None:
        """The policies say what the service can do."""
        policy = self.profile.deactivation_policy(self.profile.settings({}))
        _require(policy.inactive in ("delete", "erase", "suspend"), f"inactive is {policy.inactive!r}")
        _require(policy.recreate in ("restore", "new"), f"recreate is {policy.recreate!r}")
        _require(bool(policy.why.strip()), "the deactivation policy does not say why")
        limit = self.profile.rate_limit_policy(self.profile.settings({}))
        _require(min(limit.requests, limit.seconds, limit.burst) > 0, "a rate limit must be positive")

    def test_foreign_requests_are_not_recognised(self) -> None:
        """A request of anybody is not taken for the identity provider's."""
        seen = self.profile.recognise_request(FOREIGN)
        _require(seen is None or seen.score < SURE, f"recognises curl: {seen}")

    def test_lawful_resources_stay_as_they_are(self) -> None:
        """A representation that the RFC allows passes unchanged."""
        for resource_type, resource in LAWFUL_RESOURCES:
            for operation in ("create", "replace"):
                read = self.profile.normalise_resource(deepcopy(resource), self.context(operation, resource_type))
                _require(read == resource, f"{operation} of {resource} becomes {read}")

    def test_lawful_operations_mean_the_same(self) -> None:
        """Operations that the RFC allows change the same, however they are written afterwards."""
        for resource_type, operations in LAWFUL_PATCHES:
            read = self.profile.normalise_patch(_copied(operations), self.context("patch", resource_type))
            _require(_effect(read, resource_type) == _effect(operations, resource_type), f"{operations} becomes {read}")

    def test_lawful_queries_stay_as_they_are(self) -> None:
        """A query that the RFC allows passes unchanged."""
        for resource_type, query in LAWFUL_QUERIES:
            read = self.profile.normalise_query(query, self.context("search", resource_type))
            _require(read == query, f"{query} becomes {read}")

    def test_answers_stay_answers(self) -> None:
        """Shaping makes no failure of a success, nor a success of a failure, and loses no discovery document."""
        context = self.context("get", USER)
        answer = self.profile.shape_response(Answer(200, {**LAWFUL_USER, "id": "1"}, {}), context)
        _require(answer.status < REFUSED_FROM, f"a success is answered {answer.status}")
        error = self.profile.shape_error(ScimError.not_found("not here"), context)
        _require(error.status >= REFUSED_FROM, f"an error is answered {error.status}")
        for kind in ("ServiceProviderConfig", "ResourceTypes", "Schemas"):
            document = self.profile.shape_discovery(kind, {"schemas": ["urn:x"]}, self.context("discovery", USER))
            _require("schemas" in document, f"shape_discovery loses {kind}")

    def test_recorded_operations_are_read_repeatably(self) -> None:
        """The same operations give the same twice and after a second pass, and what was handed in is untouched."""
        for resource_type, method, body in self._recorded():
            if method != "PATCH":
                continue
            sent = read_operations(body, 1000)
            kept, context = _copied(sent), self.context("patch", resource_type)
            read = self.profile.normalise_patch(list(sent), context)
            _require(sent == kept, f"{kept} was changed in place")
            _require(self.profile.normalise_patch(list(sent), context) == read, f"{sent} is read in two ways")
            _require(self.profile.normalise_patch(list(read), context) == read, f"a second pass changes {read}")

    def test_recorded_resources_are_read_repeatably(self) -> None:
        """The same representation gives the same twice, and a second pass changes nothing."""
        for resource_type, method, body in self._recorded():
            if method == "PATCH":
                continue
            context = self.context("create" if method == "POST" else "replace", resource_type)
            read = self.profile.normalise_resource(deepcopy(body), context)
            _require(self.profile.normalise_resource(deepcopy(body), context) == read, f"{body} is read in two ways")
            _require(self.profile.normalise_resource(deepcopy(read), context) == read, f"a second pass changes {read}")

    def test_only_the_interface_is_imported(self) -> None:
        """The plugin knows nothing of the service but `optiid.profiles.api`."""
        for path in self._sources():
            for imported in _imports(path):
                allowed = imported.split(".")[0] in sys.stdlib_module_names or imported.startswith(MAY_IMPORT)
                _require(allowed, f"{path.name} imports {imported}; a plugin may import {', '.join(MAY_IMPORT)}")

    def _sources(self) -> list[Path]:
        path = Path(self.profile.source)
        return sorted(path.parent.rglob("*.py")) if path.name == "__init__.py" else [path] if path.is_file() else []

    def _recorded(self) -> Iterator[tuple[ResourceType, str, dict[str, Any]]]:
        for path in sorted(self.transcripts.glob("*.json")) if self.transcripts else ():
            for step in json.loads(path.read_text(encoding="utf-8"))["steps"]:
                request = step["request"]
                if isinstance(request.get("body"), dict):
                    resource_type = GROUP if request["path"].lower().startswith("/groups") else USER
                    yield resource_type, request["method"], request["body"]


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise AssertionError(sentence)


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


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module
