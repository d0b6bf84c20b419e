"""The User schema says what RFC 7643 says, attribute by attribute."""

from __future__ import annotations

import pytest
from scim2_models import User

from optiid.scim.fields import ScimField
from optiid.scim.schemas.user import UserSchema
from tests.scim.schemas.oracle import (
    BINARY,
    BOOLEAN,
    COMPLEX,
    PLURAL,
    READ_ONLY,
    REFERENCE,
    differences,
    expected,
    flat,
    flat_model,
)

DESCRIPTION = UserSchema.describe()
NAMES = """
userName
name name.formatted name.familyName name.givenName name.middleName name.honorificPrefix name.honorificSuffix
displayName nickName profileUrl title userType preferredLanguage locale timezone active password
emails emails.value emails.display emails.type emails.primary
phoneNumbers phoneNumbers.value phoneNumbers.display phoneNumbers.type phoneNumbers.primary
ims ims.value ims.display ims.type ims.primary
photos photos.value photos.display photos.type photos.primary
addresses addresses.formatted addresses.streetAddress addresses.locality addresses.region addresses.postalCode
addresses.country addresses.type addresses.primary
groups groups.value groups.$ref groups.display groups.type
entitlements entitlements.value entitlements.display entitlements.type entitlements.primary
roles roles.value roles.display roles.type roles.primary
x509Certificates x509Certificates.value x509Certificates.display x509Certificates.type x509Certificates.primary
"""
PLURALS = ("emails", "phoneNumbers", "ims", "photos", "addresses", "entitlements", "roles", "x509Certificates")
RFC = expected(
    NAMES,
    dict.fromkeys(PLURALS, PLURAL)
    | {f"{name}.primary": BOOLEAN for name in PLURALS}
    | {
        "userName": {"required": True, "uniqueness": "server"},
        "name": COMPLEX,
        "profileUrl": REFERENCE,
        "active": BOOLEAN,
        "password": {"mutability": "writeOnly", "returned": "never"},
        "photos.value": REFERENCE,
        "groups": PLURAL | READ_ONLY,
        "groups.value": READ_ONLY,
        "groups.$ref": REFERENCE | READ_ONLY,
        "groups.display": READ_ONLY,
        "groups.type": READ_ONLY,
        "x509Certificates.value": BINARY,
    },
)
SUGGESTED = {
    "emails": "work home other",
    "phoneNumbers": "work home mobile fax pager other",
    "ims": "aim gtalk icq xmpp msn skype qq yahoo",
    "photos": "photo thumbnail",
    "addresses": "work home other",
    "groups": "direct indirect",
    "entitlements": "",
    "roles": "",
    "x509Certificates": "",
}


def test_characteristics_are_those_of_the_rfc_but_for_these() -> None:
    assert differences(flat(DESCRIPTION), RFC) == {
        # An id is caseExact (section 3.1), and a password has upper and lower case letters.
        ("groups.value", "caseExact", True, False),
        ("password", "caseExact", True, False),
    }


def test_characteristics_are_those_of_an_independent_model() -> None:
    assert differences(flat(DESCRIPTION), flat_model(User)) == set()


@pytest.mark.parametrize(("name", "values"), SUGGESTED.items())
def test_suggested_types_are_those_of_the_rfc(name: str, values: str) -> None:
    attribute = DESCRIPTION.attribute(name)
    assert attribute is not None
    kind = attribute.sub("type")
    assert kind is not None
    assert kind.canonical_values == tuple(values.split())


@pytest.mark.parametrize(
    ("name", "types"),
    [("profileUrl", ("external",)), ("photos.value", ("external",)), ("groups.$ref", ("User", "Group"))],
)
def test_references_say_what_they_refer_to(name: str, types: tuple[str, ...]) -> None:
    top, _, part = name.partition(".")
    attribute = DESCRIPTION.attribute(top)
    assert attribute is not None
    leaf = attribute.sub(part) if part else attribute
    assert leaf is not None
    assert leaf.reference_types == types


def test_head_of_the_schema() -> None:
    assert DESCRIPTION.urn == "urn:ietf:params:scim:schemas:core:2.0:User"
    assert (DESCRIPTION.name, DESCRIPTION.description) == ("User", "User Account")


def test_each_attribute_is_described_in_words() -> None:
    for attribute in DESCRIPTION.attributes:
        assert attribute.description
        assert all(part.description for part in attribute.sub_attributes), attribute.name


def test_only_the_user_name_is_an_identifier() -> None:
    assert [attribute.name for attribute in DESCRIPTION.attributes if attribute.identifier] == ["userName"]
    user_name = DESCRIPTION.attribute("userName")
    assert user_name is not None
    assert user_name.max_length == 256


def test_mail_addresses_are_indexed_and_only_lists_of_values_are() -> None:
    indexed = [attribute for attribute in DESCRIPTION.attributes if attribute.indexed]
    assert "emails" in [attribute.name for attribute in indexed]
    assert all(attribute.multi_valued and attribute.sub("value") for attribute in indexed)


def test_all_fields_carry_characteristics() -> None:
    assert all(isinstance(field, ScimField) for field in UserSchema.reader().fields.values())
