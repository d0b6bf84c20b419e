"""The typed face of one profile chain: one method per hook, and a check of what comes back."""

from __future__ import annotations

import logging
import time
from copy import deepcopy
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from marshmallow import RAISE, Schema, ValidationError

from optiid.errors import InvalidInputError, OptiidError, ProfileError
from optiid.profiles import hook_faults
from optiid.profiles.overrides import with_settings
from optiid.profiles.setting_faults import settings_told
from optiid.profiles.standard import StandardSettings
from optiid.profiles.types import (
    Answer,
    DeactivationPolicy,
    GuideFacts,
    HookContext,
    PatchOperation,
    ProfileInfo,
    Query,
    RateLimit,
    Recognition,
    RequestFacts,
    ScimError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pluggy

Result = TypeVar("Result")
Fallback = TypeVar("Fallback")
# A hook that takes longer is told of, once: it holds up every request of its connections.
SLOW_SECONDS = 0.1
SUCCESSES, REFUSALS = range(200, 300), range(400, 600)
logger = logging.getLogger(__name__)


class Profile:
    """One profile: its plugin, what that extends, and `standard`, asked in this order."""

    def __init__(
        self,
        name: str,
        chain: pluggy.PluginManager,
        source: str,
        defaults: Mapping[str, Any],
        origins: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.name = name
        self.source = source
        self._chain = chain
        self._hooks = chain.hook
        self._slow: set[str] = set()
        self._plain: dict[str, bool] = {}  # whether `standard` alone answers, by hook
        self.faults: dict[str, str] = {}  # the latest of each hook whose failures stop no request
        self._defaults = dict(defaults)
        self.origins = dict(origins)  # where the configuration holds these defaults, for people
        self.info: ProfileInfo = self._ask("profile_info", ProfileInfo, self._hooks.profile_info)
        schema = self._ask("settings_schema", type, self._hooks.settings_schema)
        if not issubclass(schema, Schema):
            raise ProfileError(f"Profile {name!r}: settings_schema must return a marshmallow Schema class")
        self.schema: Schema = schema(unknown=RAISE)
        self._check_start()

    def _check_start(self) -> None:
        """Refuse at start what would fail at the first request."""
        settings = self.settings({})
        for needed in StandardSettings().fields:
            if needed not in settings:
                raise ProfileError(f"Profile {self.name!r}: its settings lack {needed!r}; extend StandardSettings")
        self.deactivation_policy(settings)
        self.rate_limit_policy(settings)

    @property
    def file(self) -> Path | None:
        """The file of the plugin's module; `standard` has none, it is part of the service."""
        name = getattr(self._chain.get_plugin(self.name), "__file__", None)
        return Path(name) if name and self.name != "standard" else None

    @property
    def chain(self) -> list[str]:
        """The names of the profiles that are asked, in this order."""
        return [name for name, _ in reversed(self._chain.list_name_plugin())]

    @property
    def own_hooks(self) -> list[str]:
        """The hooks that the plugin itself implements."""
        callers = self._chain.get_hookcallers(self._chain.get_plugin(self.name)) or []
        return sorted(caller.name for caller in callers)

    def settings(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a connection: schema defaults, then the configuration's, then `chosen`.

        Raises InvalidInputError naming what does not fit.
        """
        try:
            loaded: dict[str, Any] = self.schema.load(self._defaults | dict(chosen))
        except ValidationError as error:
            configured = {name: place for name, place in self.origins.items() if name not in chosen}
            faults = settings_told(error, self.schema.fields, configured)
            raise InvalidInputError(f"Settings of profile {self.name!r}: {faults}") from error
        return loaded

    def setup_guide(self, guide: GuideFacts) -> str:
        """Return the set-up guide as Markdown."""
        return self._ask("setup_guide", str, lambda: self._hooks.setup_guide(guide=guide))

    def recognise_request(self, request: RequestFacts) -> Recognition | None:
        """Return how sure the profile is that a request is its identity provider's; None for not at all."""
        return self._told(
            "recognise_request", None, Recognition, lambda: self._hooks.recognise_request(request=request)
        )

    def deactivation_policy(self, settings: dict[str, Any]) -> DeactivationPolicy:
        """Return what inactive means under the settings of a connection."""
        call, own = self._hooks.deactivation_policy, dict(settings)
        return self._ask("deactivation_policy", DeactivationPolicy, lambda: call(settings=own))

    def rate_limit_policy(self, settings: dict[str, Any]) -> RateLimit:
        """Return how many requests a connection may send."""
        call, own = self._hooks.rate_limit_policy, dict(settings)
        return self._ask("rate_limit_policy", RateLimit, lambda: call(settings=own))

    def normalise_query(self, query: Query, context: HookContext) -> Query:
        """Return a lawful query. Raises ProfileError."""
        call = self._hooks.normalise_query
        return self._ask("normalise_query", Query, lambda: call(query=query, context=context))

    def normalise_resource(self, resource: dict[str, Any], context: HookContext) -> dict[str, Any]:
        """Return a lawful representation. Raises ProfileError."""
        call = self._hooks.normalise_resource
        return self._ask("normalise_resource", dict, lambda: call(resource=resource, context=context))

    def normalise_patch(self, operations: list[PatchOperation], context: HookContext) -> list[PatchOperation]:
        """Return lawful operations. Raises ProfileError."""
        call = self._hooks.normalise_patch
        lawful = self._ask("normalise_patch", list, lambda: call(operations=operations, context=context))
        if not all(isinstance(operation, PatchOperation) for operation in lawful):
            hook_faults.note(self.name, "normalise_patch", "failed", "returned something else than PatchOperations")
            raise ProfileError(f"Profile {self.name!r}: normalise_patch returned something else than PatchOperations")
        return with_settings(lawful, context.settings)

    def shape_response(self, answer: Answer, context: HookContext) -> Answer:
        """Return the answer as this identity provider needs it; unshaped when the hook fails."""
        call = self._hooks.shape_response
        if self._is_standard(call):
            return answer
        shaped = self._told(
            "shape_response", None, Answer, lambda: _sound_answer(call(answer=deepcopy(answer), context=context))
        )
        return shaped or answer

    def shape_error(self, error: ScimError, context: HookContext) -> ScimError:
        """Return the error as this identity provider needs it; unshaped when the hook fails."""
        call = self._hooks.shape_error
        if self._is_standard(call):
            return error
        own = ScimError(error.status, error.detail, error.scim_type, dict(error.headers))
        return self._told("shape_error", error, ScimError, lambda: _sound_error(call(error=own, context=context)))

    def shape_discovery(self, kind: str, document: dict[str, Any], context: HookContext) -> dict[str, Any]:
        """Return the discovery document as this identity provider needs it; unshaped when the hook fails."""
        call = self._hooks.shape_discovery
        if self._is_standard(call):
            return document
        own = deepcopy(document)
        return self._told(
            "shape_discovery", document, dict, lambda: _encodable(call(kind=kind, document=own, context=context))
        )

    def _is_standard(self, caller: pluggy.HookCaller) -> bool:
        """Say whether `standard` alone answers a hook: it leaves answers as they are, and they need no copy."""
        known = self._plain.get(caller.name)
        if known is None:
            known = self._plain[caller.name] = [one.plugin_name for one in caller.get_hookimpls()] == ["standard"]
        return known

    def _ask(self, hook: str, kind: type[Result], call: Callable[[], Any]) -> Result:
        started = time.perf_counter()
        try:
            found = call()
        except (ScimError, OptiidError):
            raise
        except (Exception, SystemExit) as error:
            hook_faults.note(self.name, hook, "failed", type(error).__name__)
            raise ProfileError(f"Profile {self.name!r}: {hook} failed ({type(error).__name__})") from error
        finally:
            self._note_time(hook, started)
        if not isinstance(found, kind):
            hook_faults.note(self.name, hook, "failed", f"returned {type(found).__name__}, not {kind.__name__}")
        return _checked(hook, found, kind, self.name)

    def _told(self, hook: str, fallback: Fallback, kind: type[Result], call: Callable[[], Any]) -> Result | Fallback:
        """Ask a hook that must not stop a request: what was written is written, and has to be answered."""
        started = time.perf_counter()
        try:
            found = call()
            return fallback if found is None else _checked(hook, found, kind, self.name)
        except (Exception, SystemExit) as error:
            self.faults[hook] = f"{type(error).__name__}: {error}"
            # Only our own texts are free of what the request held.
            reason = str(error) if isinstance(error, ProfileError) else type(error).__name__
            hook_faults.note(self.name, hook, "failed", reason)
            logger.exception("profile %s: %s failed, its answer is left out", self.name, hook)
            return fallback
        finally:
            self._note_time(hook, started)

    def _note_time(self, hook: str, started: float) -> None:
        seconds = time.perf_counter() - started
        if seconds <= SLOW_SECONDS:
            return
        hook_faults.note(self.name, hook, "slow", f"{seconds * 1000:.0f} ms")
        if hook not in self._slow:
            self._slow.add(hook)
            logger.warning("profile %s: %s is slow, it took %.0f ms (told once)", self.name, hook, seconds * 1000)


def _sound_answer(answer: Any) -> Any:
    """Refuse an answer that could not be sent."""
    if isinstance(answer, Answer):
        if answer.status not in SUCCESSES:
            raise ProfileError(f"the status {answer.status!r} is no success")
        _encodable(answer.body)
        _texts(answer.headers)
    return answer


def _sound_error(error: Any) -> Any:
    """Refuse an error that could not be sent."""
    if isinstance(error, ScimError):
        if error.status not in REFUSALS:
            raise ProfileError(f"the status {error.status!r} is no refusal")
        _encodable(error.document())
        _texts(error.headers)
    return error


def _encodable(document: Any) -> Any:
    orjson.dumps(document)
    return document


def _texts(headers: Mapping[str, str]) -> None:
    if not all(isinstance(part, str) for pair in headers.items() for part in pair):
        raise ProfileError("a header is no text")


def _checked(hook: str, found: Any, kind: type[Result], profile: str) -> Result:
    if not isinstance(found, kind):
        raise ProfileError(f"Profile {profile!r}: {hook} returned {type(found).__name__}, not {kind.__name__}")
    return found
