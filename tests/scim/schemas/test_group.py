"""The Group schema says what RFC 7643 says, attribute by attribute."""

from __future__ import annotations

from scim2_models import Group

from optiid.scim.schemas.group import GroupSchema
from tests.scim.schemas.oracle import IMMUTABLE, PLURAL, REFERENCE, differences, expected, flat, flat_model

DESCRIPTION = GroupSchema.describe()
RFC = expected(
    "displayName members members.value members.$ref members.type",
    {
        "members": PLURAL,
        "members.value": IMMUTABLE,
        "members.$ref": REFERENCE | IMMUTABLE,
        "members.type": IMMUTABLE,
    },
)
# Not in the RFC's schema; known from section 2.4, and the server's to say.
DISPLAY = {"type": "string", "multiValued": False, "required": False, "uniqueness": "none", "caseExact": False}


def test_characteristics_are_those_of_the_rfc_but_for_these() -> None:
    ours = flat(DESCRIPTION)
    display = ours.pop("members.display")
    assert display == DISPLAY | {"mutability": "readOnly", "returned": "request"}
    assert differences(ours, RFC) == {
        # Section 4.2 says REQUIRED; unique in its organization is this service's promise.
        ("displayName", "required", True, False),
        ("displayName", "uniqueness", "server", "none"),
        # An id is caseExact (section 3.1).
        ("members.value", "caseExact", True, False),
    }


def test_characteristics_are_those_of_an_independent_model_but_for_these() -> None:
    assert differences(flat(DESCRIPTION), flat_model(Group)) == {
        ("displayName", "uniqueness", "server", "none"),
        ("members.display", "mutability", "readOnly", "readWrite"),
        ("members.display", "returned", "request", "default"),
    }


def test_members_are_users_and_groups() -> None:
    members = DESCRIPTION.attribute("members")
    assert members is not None
    kind, reference = members.sub("type"), members.sub("$ref")
    assert kind is not None
    assert kind.canonical_values == ("User", "Group")
    assert reference is not None
    assert reference.reference_types == ("User", "Group")


def test_head_of_the_schema() -> None:
    assert DESCRIPTION.urn == "urn:ietf:params:scim:schemas:core:2.0:Group"
    assert (DESCRIPTION.name, DESCRIPTION.description) == ("Group", "Group")


def test_display_name_is_the_identifier() -> None:
    assert [attribute.name for attribute in DESCRIPTION.attributes if attribute.identifier] == ["displayName"]
