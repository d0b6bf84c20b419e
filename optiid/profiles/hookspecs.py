"""The twelve hooks, nothing else. Each gives one answer; None means "no difference from what follows in the chain".

Hooks are pure: they get values and give values, before the transaction or after it. Without an answer from a plugin the
profile `standard` speaks, which is last in every chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from marshmallow import Schema

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

PROJECT = "optiid"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def profile_info() -> ProfileInfo | None:
    """Tell who the profile is for.

    Called: once at loading. The only hook that every plugin must implement.
    """


@hookspec(firstresult=True)
def settings_schema() -> type[Schema] | None:
    """Return the marshmallow schema of the settings a connection has.

    Called: once at loading. Must be: a subclass of the schema of the profile it extends (`StandardSettings`), in which
    every field has a `load_default`.
    """


@hookspec(firstresult=True)
def setup_guide(guide: GuideFacts) -> str | None:
    """Return the steps an administrator follows in the identity provider, as Markdown.

    Called: when the guide of a connection is shown. Must hold: `guide.base_url` and `guide.token_hint`.
    """


@hookspec(firstresult=True)
def recognise_request(request: RequestFacts) -> Recognition | None:
    """Say how sure it is that a request comes from this identity provider.

    Called: after the first requests of each connection in a process are answered, until one is recognised; when it is
    another profile's, the administrator is warned (log and `optiid doctor`). `request.shape` tells how the body looks,
    without its values. None means that nothing in the request speaks for this identity provider.
    """


@hookspec(firstresult=True)
def deactivation_policy(settings: dict[str, Any]) -> DeactivationPolicy | None:
    """Return what `active: false` and a renewed POST mean.

    Called: at start with the default settings, and when a connection is loaded or changed.
    """


@hookspec(firstresult=True)
def rate_limit_policy(settings: dict[str, Any]) -> RateLimit | None:
    """Return how many requests this identity provider may send; a connection's own settings win (rate-limits.md).

    Called: at start with the default settings, and when a connection is loaded or changed.
    """


@hookspec(firstresult=True)
def normalise_query(query: Query, context: HookContext) -> Query | None:
    """Turn a query an identity provider sent into one that RFC 7644, section 3.4.2, allows.

    Called: once per search, before the filter is parsed. Must leave lawful queries as they are.
    """


@hookspec(firstresult=True)
def normalise_resource(resource: dict[str, Any], context: HookContext) -> dict[str, Any] | None:
    """Turn the body of a POST or PUT into a lawful representation.

    Called: once per POST and PUT, also inside a bulk, before the body is checked. The dictionary belongs to the plugin:
    change it in place or make a new one, and return it. Must leave lawful representations as they are.
    Must not: drop what it does not understand; the core then answers with the right scimType.
    """


@hookspec(firstresult=True)
def normalise_patch(operations: list[PatchOperation], context: HookContext) -> list[PatchOperation] | None:
    """Turn the operations an identity provider sent into ones that RFC 7644, section 3.5.2, allows.

    Called: once per PATCH, also inside a bulk, before anything is read from storage.
    May change: number, order, op, path and value of operations. Must leave lawful operations as they are.
    Must not: drop an operation it does not understand; the core then answers with the right scimType.
    """


@hookspec(firstresult=True)
def shape_response(answer: Answer, context: HookContext) -> Answer | None:
    """Change a successful answer.

    Called: once per request, after the commit; if the hook fails, the answer is sent as it was. Of a bulk, once per
    operation: what counts are the status and the headers `ETag` and `Location`, and there is no body.
    When the groups of an answer have more than 5,000 members in all, `members` are not in the body: `answer.behind`
    names them, and they are joined behind each group, piece by piece. In a list they are found by the group's `id`. A
    hook that puts `members` of its own into a group, or leaves no body, has the last word.
    """


@hookspec(firstresult=True)
def shape_error(error: ScimError, context: HookContext) -> ScimError | None:
    """Change an error before it is sent.

    Called: for every SCIM error of a known connection; if the hook fails, the error is sent as it was.
    """


@hookspec(firstresult=True)
def shape_discovery(kind: str, document: dict[str, Any], context: HookContext) -> dict[str, Any] | None:
    """Change a discovery document.

    Called: for each document of ServiceProviderConfig, ResourceTypes and Schemas; `kind` is one of these three names.
    If the hook fails, the document is sent as it was.
    """
