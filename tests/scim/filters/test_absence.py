"""What one of several types does not have is a missing value there; what none has stays, to be refused."""

from __future__ import annotations

import pytest

from optiid.scim.filters.absence import FALSE, TRUE, with_absence
from optiid.scim.filters.parser import parse_filter
from optiid.scim.filters.tree import And, Not, Or
from optiid.scim.resource_types import GROUP, USER

TYPES = (USER, GROUP)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "x"', FALSE),
        ('userName ne "x"', TRUE),
        ("userName eq null", TRUE),
        ("userName ne null", FALSE),
        ("emails pr", FALSE),
        ('emails[type eq "work"]', FALSE),
        ('name.familyName sw "x"', FALSE),
        ("active eq true", FALSE),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "x"', FALSE),
        ('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "x"', FALSE),
        ("urn:ietf:params:scim:schemas:core:2.0:User pr", FALSE),
    ],
)
def test_group_lacks_what_users_have(text: str, expected: object) -> None:
    tree = parse_filter(text)
    assert with_absence(tree, GROUP, TYPES) == expected
    assert with_absence(tree, USER, TYPES) == tree
    assert with_absence(Not(tree), GROUP, TYPES) == Not(expected)


def test_parts_are_read_one_by_one() -> None:
    user, group, both = (parse_filter(text) for text in ('userName eq "x"', "members pr", "id pr"))
    assert with_absence(And((user, both)), GROUP, TYPES) == And((FALSE, both))
    assert with_absence(Or((user, group)), GROUP, TYPES) == Or((FALSE, group))
    assert with_absence(Or((user, group)), USER, TYPES) == Or((user, FALSE))


@pytest.mark.parametrize("text", ['shoeSize eq "x"', "urn:example:x:y pr", 'name.shoe eq "x"', "displayName.x pr"])
def test_what_no_type_has_stays(text: str) -> None:
    tree = parse_filter(text)
    assert with_absence(tree, GROUP, TYPES) == tree
