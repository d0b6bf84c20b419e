"""What hooks take and give: frozen values, so that a hook can change nothing but its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from optiid.scim.errors import ScimError
from optiid.scim.messages import Query
from optiid.scim.patch.operations import MISSING, PatchOperation
from optiid.scim.resource_types import ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MISSING",
    "Answer",
    "DeactivationPolicy",
    "GuideFacts",
    "HookContext",
    "PatchOperation",
    "ProfileInfo",
    "Query",
    "RateLimit",
    "Recognition",
    "RequestFacts",
    "ResourceType",
    "ScimError",
]


@dataclass(frozen=True, slots=True)
class ProfileInfo:
    """Who a profile is for.

    `extends` names the next link of its chain, `api` the version of the hooks it was made for.
    """

    name: str
    title: str
    vendor: str
    summary: str
    documentation_url: str
    extends: str = "standard"
    api: int = 1


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What a profile may know of a request; header names are in lower case, credentials are never among them.

    `shape` is known to `recognise_request` only: the JSON object that was sent, with `text`, `number` or `boolean` in
    place of each value (names, operators, paths and schemas stay). None without a body.
    """

    method: str
    path: str
    query: str
    user_agent: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    remote_address: str = ""
    shape: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Recognition:
    """How sure a profile is (0-100) that a request comes from its identity provider, and why."""

    score: int
    reason: str


@dataclass(frozen=True, slots=True)
class HookContext:
    """What surrounds a call of a hook.

    `operation` is create, replace, patch, search, get, delete or discovery; `settings` are the connection's, checked;
    `organization` and `connection` are names.
    """

    operation: str
    resource_type: ResourceType
    settings: Mapping[str, Any]
    organization: str
    connection: str
    request: RequestFacts


@dataclass(frozen=True, slots=True)
class DeactivationPolicy:
    """What `active: false` means for the directory, whether a POST restores, and why, in a sentence for people."""

    inactive: Literal["delete", "erase", "suspend"]
    recreate: Literal["restore", "new"]
    why: str


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests in so many seconds, and so many at once."""

    requests: int
    seconds: int
    burst: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer before it is encoded; `body` is None for one without.

    `behind` names attributes that are there but not in the body, because they are joined behind it: the members of
    large groups.
    """

    status: int
    body: dict[str, Any] | None
    headers: Mapping[str, str]
    behind: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GuideFacts:
    """What a set-up guide tells an administrator; `token_hint` says where the token is to be had, never the token."""

    base_url: str
    organization: str
    connection: str
    settings: Mapping[str, Any]
    token_hint: str
