"""Filters where only names may be compared, by eq alone."""

from __future__ import annotations

import pytest

from optiid.scim.errors import ScimError
from optiid.scim.filters.narrowing import check_equality_of_names
from optiid.scim.filters.parser import parse_filter
from optiid.scim.resource_types import GROUP, USER


@pytest.mark.parametrize(
    "text", ['userName eq "a"', 'USERNAME EQ "a"', 'name.givenName eq "a"', 'name.formatted eq "a"']
)
def test_names_of_a_user_pass(text: str) -> None:
    check_equality_of_names(parse_filter(text), USER)


def test_name_of_a_group_passes() -> None:
    check_equality_of_names(parse_filter('displayName eq "a"'), GROUP)


@pytest.mark.parametrize(
    "text", ['userName co "a"', "userName pr", 'title eq "a"', 'not (userName eq "a")', 'emails[value eq "a"]']
)
def test_all_else_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ScimError, match="allows only userName or a part of name with eq"):
        check_equality_of_names(parse_filter(text), USER)
    with pytest.raises(ScimError, match="allows only displayName with eq"):
        check_equality_of_names(parse_filter(text), GROUP)
