"""The neutral profile `standard`: last in every chain, for any client that has no profile of its own.

The protocol core is strict; here stands what every client in the field needs beyond it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, validate

from optiid.profiles import repairs
from optiid.profiles.hookspecs import hookimpl
from optiid.profiles.types import DeactivationPolicy, ProfileInfo, RateLimit

if TYPE_CHECKING:
    from optiid.profiles.types import Answer, GuideFacts, HookContext, PatchOperation, Query, ScimError

INFO = ProfileInfo(
    name="standard",
    title="SCIM 2.0",
    vendor="any",
    summary="Any client that speaks SCIM 2.0",
    documentation_url="https://www.rfc-editor.org/rfc/rfc7644",
)

GUIDE = """# Connect a SCIM 2.0 client

1. Enter the base URL `{base_url}`.
2. Choose bearer token authentication and enter the token. {token_hint}
3. Match users by `userName` and groups by `displayName`.
4. Let the client test the connection, then assign a user: it appears in the directory of {organization}.

| here | usual source |
|---|---|
| `userName` | sign-in name or e-mail address |
| `name.givenName`, `name.familyName` | first and last name |
| `emails[type eq "work"].value` | e-mail address |
| `active` | account enabled |
"""


UNKNOWN_EXTENSIONS = ("keep", "ignore", "refuse")
UNKNOWN_MEMBERS = ("refuse", "skip", "skip_alien")
REMOVED_ACTIVE = ("true", "if_active", "refuse")
GROUP_PATCH_ANSWERS = PATCH_ANSWERS = ("resource", "nothing")
UNMATCHED_FILTERS = ("refuse", "create")
INACTIVE = ("delete", "erase", "suspend")
ADOPT = ("never", "ask")
ADOPT_MATCHES = ("name", "emails.value", "externalId")
RENAME_USERS = ("allow", "refuse")


class StandardSettings(Schema):
    """Settings that every connection has; profiles extend this class."""

    unknown_extensions = fields.String(
        load_default="ignore",
        validate=validate.OneOf(UNKNOWN_EXTENSIONS),
        metadata={"help": "Attributes of a schema that is not registered: kept as they come, ignored or refused."},
    )
    unknown_members = fields.String(
        load_default="skip_alien",
        validate=validate.OneOf(UNKNOWN_MEMBERS),
        metadata={
            "help": "Member ids that no user or group has: refuse the request, skip them, or skip only those that this"
            " service cannot have given out (left over from another one)."
        },
    )
    removed_active = fields.String(
        load_default="true",
        validate=validate.OneOf(REMOVED_ACTIVE),
        metadata={"help": "What removing `active` means: true, true for who is active and else an error, or an error."},
    )
    group_patch_answer = fields.String(
        load_default="resource",
        validate=validate.OneOf(GROUP_PATCH_ANSWERS),
        metadata={"help": "What a PATCH of a group is answered: the group (while it is small), or nothing (204)."},
    )
    patch_answer = fields.String(
        load_default="resource",
        validate=validate.OneOf(PATCH_ANSWERS),
        metadata={"help": "What a PATCH is answered: the resource (a group while it is small), or nothing (204)."},
    )
    unmatched_filter = fields.String(
        load_default="refuse",
        validate=validate.OneOf(UNMATCHED_FILTERS),
        metadata={"help": "A value filter in a PATCH path that selects nothing: refuse it, or create the value."},
    )
    rename_users = fields.String(
        load_default="allow",
        validate=validate.OneOf(RENAME_USERS),
        metadata={"help": "A change of userName: allow or refuse it; an equal name always passes."},
    )
    page_size = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=0),
        metadata={"help": "Resources on a page, by default and at most; 0: what the installation has."},
    )
    rate_limit = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=0),
        metadata={"help": "Most requests of this connection per second; 0: what the profile says."},
    )
    rate_limit_burst = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=0),
        metadata={"help": "Most requests of this connection at once; 0: what the profile says, or 5 seconds' worth."},
    )
    require_if_match = fields.Boolean(
        load_default=False,
        metadata={"help": "Whether a change must name the version it is about by If-Match; without it: 428."},
    )
    me = fields.String(
        load_default="",
        metadata={"help": "userName of the user whom `/Me` means for this connection; empty: nobody (501)."},
    )
    record_requests = fields.Boolean(
        load_default=False,
        metadata={
            "help": "Whether requests and answers are kept for diagnosis: the last 1,000, personal data included,"
            " without passwords and tokens. `optiid profile record` reads them."
        },
    )
    inactive = fields.String(
        load_default="delete",
        validate=validate.OneOf(INACTIVE),
        metadata={
            "help": "What `active: false` does to the person in the directory: delete (restorable), erase (the id"
            " answers 404 from then on) or suspend (listed, without access)."
        },
    )
    brake = fields.Boolean(
        load_default=True,
        metadata={
            "help": "Whether removals of people wait for an administrator once there are more than `brake_users` and"
            " more than `brake_percent` within `brake_window_minutes`."
        },
    )
    brake_users = fields.Integer(
        load_default=50,
        strict=True,
        validate=validate.Range(min=0),
        metadata={"help": "People that may be removed within the window, however many percent they are."},
    )
    brake_percent = fields.Integer(
        load_default=10,
        strict=True,
        validate=validate.Range(min=0, max=100),
        metadata={"help": "Percent of the connection's people that may be removed within the window."},
    )
    brake_window_minutes = fields.Integer(
        load_default=60,
        strict=True,
        validate=validate.Range(min=1, max=10080),
        metadata={"help": "The window in which removals are counted, in minutes."},
    )
    adopt = fields.String(
        load_default="never",
        validate=validate.OneOf(ADOPT),
        metadata={
            "help": "When a new user or group means one that was made by hand: refuse it, or refuse it and ask an"
            " administrator whether this connection may take that one over."
        },
    )
    adopt_match = fields.String(
        load_default="name",
        validate=validate.OneOf(ADOPT_MATCHES),
        metadata={"help": "What tells who is meant, besides userName (displayName): nothing else, or this as well."},
    )


class VendorSettings(StandardSettings):
    """Settings of an identity provider whose habits are known.

    Attributes mapped under a schema of the administrator's come back as they were sent, mistakes are told, and a PATCH
    of a group needs no copy of all its members in return.
    """

    unknown_extensions = fields.String(load_default="keep", validate=validate.OneOf(UNKNOWN_EXTENSIONS))
    unknown_members = fields.String(load_default="refuse", validate=validate.OneOf(UNKNOWN_MEMBERS))
    removed_active = fields.String(load_default="refuse", validate=validate.OneOf(REMOVED_ACTIVE))
    group_patch_answer = fields.String(load_default="nothing", validate=validate.OneOf(GROUP_PATCH_ANSWERS))


@hookimpl
def profile_info() -> ProfileInfo:
    """Tell who the profile is for."""
    return INFO


@hookimpl
def settings_schema() -> type[Schema]:
    """Return the common settings."""
    return StandardSettings


@hookimpl
def setup_guide(guide: GuideFacts) -> str:
    """Return general steps."""
    return GUIDE.format(base_url=guide.base_url, token_hint=guide.token_hint, organization=guide.organization)


@hookimpl
def deactivation_policy(settings: dict[str, Any]) -> DeactivationPolicy:
    """Delete from the directory, keep a tombstone, restore by `active: true` or a renewed POST."""
    return DeactivationPolicy(settings["inactive"], "restore", "Whoever is inactive at the source has no access here.")


@hookimpl
def rate_limit_policy() -> RateLimit:
    """Allow what no identity provider reaches."""
    return RateLimit(requests=200, seconds=1, burst=1000)


@hookimpl
def normalise_query(query: Query) -> Query:
    """Take the query as it is."""
    return query


@hookimpl
def normalise_resource(resource: dict[str, Any], context: HookContext) -> dict[str, Any]:
    """Read a representation the way every client means it."""
    return repairs.repair_resource(resource, context.resource_type)


@hookimpl
def normalise_patch(operations: list[PatchOperation], context: HookContext) -> list[PatchOperation]:
    """Read operations the way every client means them."""
    return repairs.repair_operations(operations, context.resource_type)


@hookimpl
def shape_response(answer: Answer) -> Answer:
    """Leave the answer as it is."""
    return answer


@hookimpl
def shape_error(error: ScimError) -> ScimError:
    """Leave the error as it is."""
    return error


@hookimpl
def shape_discovery(document: dict[str, Any]) -> dict[str, Any]:
    """Leave the document as it is."""
    return document
