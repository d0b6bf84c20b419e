"""The Group schema (RFC 7643, section 4.2)."""

from optiid.scim.fields import plural_of, simple
from optiid.scim.schemas.base import ScimSchema


class NamelessMemberSchema(ScimSchema):
    """Sub-attributes of `members`: a member is its id, the rest is the server's to say."""

    value = simple("The id of the member", mutability="immutable", case_exact=True)
    ref = simple(
        "The URL of the member", "reference", data_key="$ref", mutability="immutable",
        reference_types=("User", "Group"), case_exact=True,
    )  # fmt: skip
    type = simple("User or Group", mutability="immutable", canonical_values=("User", "Group"))


class MemberSchema(NamelessMemberSchema):
    """Sub-attributes of `members` for whoever may know of the members, too."""

    # Not in the schema of RFC 7643, section 8.7.1, and a change of a member would show in every group: on request only.
    display = simple("The name of the member", mutability="readOnly", returned="request")


class GroupSchema(ScimSchema):
    """A group of users and groups."""

    URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
    NAME = "Group"
    DESCRIPTION = "Group"

    displayName = simple(
        "What the group is known by, unique in the organization",
        required=True, uniqueness="server", identifier=True, max_length=1024,
    )  # fmt: skip
    members = plural_of(MemberSchema, "The members of the group")


class NamelessGroupSchema(GroupSchema):
    """A group for whoever may know of groups but not of users."""

    members = plural_of(NamelessMemberSchema, "The members of the group")
