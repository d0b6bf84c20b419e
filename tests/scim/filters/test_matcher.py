from __future__ import annotations

from typing import Any

import pytest

from optiid.scim.errors import ScimError
from optiid.scim.filters.matcher import check_filter, matches
from optiid.scim.filters.parser import parse_filter
from optiid.scim.resource_types import GROUP, USER
from optiid.scim.search_form import search_form
from tests.running import ENTERPRISE

ADA: dict[str, Any] = {
    "id": "7",
    "userName": "Ada@Example.com",
    "externalId": "E1",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "Straße"},
    "emails": [{"value": "ada@work.example", "type": "work", "primary": True}, {"value": "ada@home.example"}],
    "addresses": [{"formatted": ""}],
    "meta": {"created": "2026-01-01T00:00:00Z"},
    "urn:opaque:thing": {"any": "thing"},
    ENTERPRISE: {"department": "Optics", "manager": {"value": "9"}},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "ADA@example.COM"', True),
        ('externalId eq "e1"', False),
        ('externalId eq "E1"', True),
        ('name.familyName eq "STRASSE"', True),
        ('name.givenName co "d"', True),
        ('name.givenName ew "A"', True),
        ('emails co "HOME"', True),
        ('emails.value eq "ada@work.example"', True),
        ('emails[type eq "work" and value co "home"]', False),
        ('emails[type eq "work" and primary eq true]', True),
        ("emails[not (type pr)]", True),
        ("active eq true", True),
        ("active ne true", False),
        ("title pr", False),
        ("name pr", True),
        ("addresses pr", False),
        (f"{ENTERPRISE} pr", True),
        ('schemas eq "URN:OPAQUE:Thing"', True),
        ("not (schemas pr)", False),
        ("emails pr", True),
        ('title ne "x"', True),
        ("title eq null", True),
        ("name ne null", True),
        ('meta.created eq "2026-01-01T01:00:00+01:00"', True),
        ('meta.created gt "2025-12-31T23:59:59Z"', True),
        (f'{ENTERPRISE}:department sw "opt"', True),
        (f'{ENTERPRISE.upper()}:MANAGER eq "9"', True),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ada"', True),
        ('id eq "7" and not (userName eq "x")', True),
    ],
)
def test_filters_mean_what_the_rfc_says(text: str, expected: bool) -> None:
    assert matches(parse_filter(text), search_form(ADA, USER), USER) is expected


@pytest.mark.parametrize(
    "text",
    [
        'nothing eq "x"',
        'manager eq "9"',
        'name eq "x"',
        'name.value eq "x"',
        "active gt true",
        'active eq "true"',
        "active co true",
        "userName eq 5",
        'meta.created co "2026-01-01T00:00:00Z"',
        'meta.created eq "soon"',
        'password eq "x"',
        "password pr",
        "userName gt null",
        'userName[value eq "x"]',
        "emails[nothing pr]",
        'meta.location co "x"',
        'meta.created gt "2026-01-31"',
    ],
)
def test_misfits_are_refused(text: str) -> None:
    with pytest.raises(ScimError) as caught:
        check_filter(parse_filter(text), USER)
    assert caught.value.scim_type == "invalidFilter"


def test_members_are_compared_by_value() -> None:
    form = search_form({"displayName": "G", "members": [{"value": "1", "type": "User"}]}, GROUP)
    assert matches(parse_filter('members eq "1" and members[type eq "user"]'), form, GROUP)
