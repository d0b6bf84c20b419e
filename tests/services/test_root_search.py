"""A search over all types: what one type does not have is a missing value in it (RFC 7644, section 3.4.2.1)."""

from __future__ import annotations

from typing import Any

import pytest

CORE = "urn:ietf:params:scim:schemas:core:2.0"


@pytest.fixture
def directory(service: Any) -> Any:
    scim = service.scim()
    bob = scim.a_user("bob", title="Builder")
    scim.a_user("ada")
    scim.a_group("Outer", members=[bob["id"]])
    return scim


@pytest.mark.parametrize("by_post", [False, True])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "bob" or displayName eq "outer"', {"bob", "Outer"}),
        ('displayName eq "outer" or title pr', {"bob", "Outer"}),
        ('not (userName eq "bob") and meta.resourceType eq "Group"', {"Outer"}),
        ('userName ne "bob"', {"ada", "Outer"}),
        ("userName eq null", {"Outer"}),
        ("members pr or title pr", {"bob", "Outer"}),
        ("not (members pr)", {"bob", "ada"}),
        (f'{CORE}:User:userName eq "bob" or {CORE}:Group:displayName eq "Outer"', {"bob", "Outer"}),
        ('emails[type eq "work"] or id pr', {"bob", "ada", "Outer"}),
        ('userName eq "bob" and displayName eq "Outer"', set()),
    ],
)
def test_attribute_of_one_type_is_missing_in_the_other(
    directory: Any, text: str, expected: set[str], by_post: bool
) -> None:
    reply = directory.post("/.search", {"filter": text}) if by_post else directory.find("", text)
    assert reply.status == 200, reply.body
    assert {one.get("userName") or one["displayName"] for one in reply.body["Resources"]} == expected
    assert reply.body["totalResults"] == len(expected)


@pytest.mark.parametrize("text", ['shoeSize eq "x" or id pr', "active gt true", "userName eq 5 or members pr"])
def test_what_fits_no_type_is_refused(directory: Any, text: str) -> None:
    reply = directory.find("", text)
    assert (reply.status, reply.body["scimType"]) == (400, "invalidFilter")
