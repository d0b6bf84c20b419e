"""What a filter means: literals made comparable, `ne` and null turned into negations, misfits refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.scim.errors import ScimError
from optiid.scim.filters.parser import parse_filter
from optiid.scim.filters.resolver import Element, Junction, Leaf, Negation, required_equalities, resolve
from optiid.scim.filters.tree import AttributePath, Compare
from optiid.scim.resource_types import GROUP, USER
from tests.generated import GADGET
from tests.running import ENTERPRISE


def leaf(text: str, resource_type: Any = USER) -> Leaf:
    resolved = resolve(parse_filter(text), resource_type)
    assert isinstance(resolved, Leaf)
    return resolved


def refusal(text: str, resource_type: Any = USER) -> str:
    with pytest.raises(ScimError) as caught:
        resolve(parse_filter(text), resource_type)
    assert (caught.value.status, caught.value.scim_type) == (400, "invalidFilter")
    return caught.value.detail


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ('userName eq "ANN\ufb01"', "annfi"),
        ('title eq "Straße"', "strasse"),
        ('externalId eq "ANN"', "ANN"),
        ("active eq true", "true"),
        ('meta.created eq "2026-01-31T13:00:00+01:00"', "2026-01-31T12:00:00.000000Z"),
        ('meta.created eq "2026-01-31T12:00:00"', "2026-01-31T12:00:00.000000Z"),
        ('meta.created eq "0999-01-31T12:00:00Z"', "0999-01-31T12:00:00.000000Z"),
    ],
)
def test_literal_is_made_comparable(text: str, literal: str) -> None:
    assert leaf(text).literal == literal


def test_numbers_are_compared_as_numbers() -> None:
    assert leaf("oneInteger eq 1", GADGET).literal == leaf("oneInteger eq 1.0", GADGET).literal
    assert leaf("oneInteger eq 9", GADGET).literal < leaf("oneInteger eq 10", GADGET).literal
    assert leaf("oneDecimal eq -2", GADGET).literal < leaf("oneDecimal eq -1.5", GADGET).literal


def test_not_equal_is_the_negation_of_equal() -> None:
    assert resolve(parse_filter('title ne "x"'), USER) == Negation(leaf('title eq "x"'))


def test_null_means_not_present() -> None:
    assert resolve(parse_filter("title eq null"), USER) == Negation(leaf("title pr"))
    assert resolve(parse_filter("title ne null"), USER) == leaf("title pr")


@pytest.mark.parametrize(("short", "long"), [("emails", "emails.value"), ("groups", "groups.value")])
def test_complex_attribute_compares_its_value(short: str, long: str) -> None:
    assert leaf(f'{short} co "x"') == leaf(f'{long} co "x"')


def test_value_filter_is_about_one_element() -> None:
    resolved = resolve(parse_filter('emails[type eq "Work" and value eq "A"]'), USER)
    assert isinstance(resolved, Element)
    assert isinstance(resolved.inner, Junction)
    assert required_equalities(resolved.inner) == {"type": "work", "value": "a"}
    either = resolve(parse_filter('emails[type eq "Work" or value eq "A"]'), USER)
    assert isinstance(either, Element)
    assert required_equalities(either.inner) == {}


def test_simple_values_are_compared_under_the_name_value() -> None:
    resolved = resolve(parse_filter("manyInteger[VALUE gt 1 and value lt 9]"), GADGET)
    assert isinstance(resolved, Element)
    assert isinstance(resolved.inner, Junction)
    assert "no sub-attribute 'type'" in refusal("manyInteger[type eq 1]", GADGET)
    assert "a number" in refusal('manyInteger[value eq "1"]', GADGET)


def test_true_and_one_are_kept_apart_in_the_cache() -> None:
    resolve(parse_filter("active eq true"), USER)
    assert "true or false" in refusal("active eq 1")
    resolve(parse_filter("oneInteger eq 1"), GADGET)
    assert "a number" in refusal("oneInteger eq true", GADGET)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('shoeSize eq "9"', "'shoeSize'"),
        ('name.shoeSize eq "9"', "'name.shoeSize'"),
        ('department eq "x"', "'department'"),
        ('urn:acme:User:department eq "x"', "'urn:acme:User:department'"),
        ('emails[shoeSize eq "9"]', "'shoeSize'"),
        ('emails[emails.type eq "9"]', "'emails.type'"),
        ('userName[value eq "x"]', "userName"),
        ('emails.value[type eq "x"]', "found '['"),
        ('schemas[type eq "x"]', "no sub-attribute 'type'"),
        ("userName eq 5", "text in quotes"),
        ("userName eq true", "text in quotes"),
        ('active eq "true"', "true or false"),
        ("active gt true", "gt is not defined"),
        ("active co true", "co is not defined"),
        ('meta.created gt "yesterday"', "a date and time"),
        ('meta.created sw "2026-01-31T12:00:00Z"', "sw is not defined"),
        ('name eq "x"', "name.formatted"),
        ("name gt null", "null"),
        ("title co null", "null"),
        ('password eq "x"', "password"),
        ("password pr", "password"),
        ("password eq null", "password"),
        ('x509Certificates.value gt "x"', "binary"),
        ('x509Certificates.value co "x"', "binary"),
        ('x509Certificates le "x"', "binary"),
        ('groups.$ref co "x"', "groups.$ref"),
        (f'{USER.schema.urn} eq "x"', "'urn:ietf:params:scim:schemas:core:2.0:User'"),
        ("urn:acme:User pr", "'urn:acme:User'"),
        ("emails[type pr and shoeSize pr]", "'shoeSize'"),
        ('meta.location co "x"', "meta.location"),
    ],
)
def test_misfit_is_refused_by_name(text: str, told: str) -> None:
    assert told in refusal(text)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ('title pr and shoeSize eq "9"', 14),
        ('name.shoeSize eq "9"', 1),
        ('emails[type pr and shoeSize eq "9"]', 20),
        ('emails[type eq "work"].shoeSize eq "9"', 23),
        ("title pr and userName eq 5", 26),
        ("title pr and active gt true", 21),
        ('active eq "true"', 11),
        ("active co true", 8),
        ('not (meta.created gt "yesterday")', 22),
        ('meta.created sw "2026-01-31T12:00:00Z"', 14),
        ('title pr or name eq "x"', 13),
        ("title gt null", 7),
        ("title pr or password pr", 13),
        ('(userName[value eq "x"])', 2),
        ("urn:acme:User pr", 1),
    ],
)
def test_misfit_names_its_position(text: str, position: int) -> None:
    assert f"at position {position})" in refusal(text)


def test_tree_that_was_never_written_has_no_position() -> None:
    with pytest.raises(ScimError) as caught:
        resolve(Compare(AttributePath(None, "shoeSize"), "eq", "9"), USER)
    assert "position" not in caught.value.detail


@pytest.mark.parametrize("urn", [ENTERPRISE, ENTERPRISE.upper(), USER.schema.urn])
def test_schema_is_present_when_it_is_among_schemas(urn: str) -> None:
    assert leaf(f"{urn} pr") == leaf(f'schemas eq "{urn}"')
    assert leaf(f"{urn} ne null") == leaf(f'schemas eq "{urn}"')
    assert resolve(parse_filter(f"{urn} eq null"), USER) == Negation(leaf(f'schemas eq "{urn}"'))


def test_links_are_compared_by_the_id_they_end_with() -> None:
    for url in ("https://scim.example.com/scim/v2/Groups/7", "../Groups/7/", "7"):
        assert leaf(f'groups.$ref eq "{url}"') == leaf('groups.value eq "7"')
        assert leaf(f'meta.location eq "{url}"').literal == "7"
    assert leaf("members.$ref pr", GROUP) == leaf("members.value pr", GROUP)
    assert leaf(f'{ENTERPRISE}:manager.$ref eq "https://x/Users/7"') == leaf(f'{ENTERPRISE}:manager eq "7"')


def test_complex_attribute_is_present_when_a_part_is() -> None:
    resolved = resolve(parse_filter("name pr"), USER)
    assert isinstance(resolved, Element)
    assert isinstance(resolved.inner, Junction)
    parts = [part.location.leaf.name for part in resolved.inner.parts if isinstance(part, Leaf)]
    assert parts == ["formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"]


@pytest.mark.parametrize("text", ['oneInteger eq "1"', "oneDecimal co 1", "manyInteger sw 1", 'manyDatetime eq "2026"'])
def test_misfit_of_numbers_and_instants_is_refused(text: str) -> None:
    refusal(text, GADGET)


def test_attribute_is_looked_for_in_its_resource_type() -> None:
    assert leaf('members eq "x"', GROUP).location.keys == ("members", "value")
    assert "User has no attribute" in refusal('members eq "x"')
