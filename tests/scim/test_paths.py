"""PATCH paths: every form of RFC 7644, figure 7, and everything else refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.errors import ScimError
from optiid.scim.paths import LENGTH_LIMIT, parse_path
from optiid.scim.resource_types import GROUP, USER
from tests.running import ENTERPRISE

CORE = USER.schema.urn


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("active", ("active",)),
        ("ACTIVE", ("active",)),
        ("name.familyName", ("name", "familyName")),
        ("NAME.FAMILYNAME", ("name", "familyName")),
        ("emails.value", ("emails", "value")),
        ("externalId", ("externalId",)),
        ("meta.created", ("meta", "created")),
        (f"{CORE}:userName", ("userName",)),
        (f"{CORE.upper()}:name.givenname", ("name", "givenName")),
        (f"{ENTERPRISE}:department", (ENTERPRISE, "department")),
        (f"{ENTERPRISE.upper()}:MANAGER.VALUE", (ENTERPRISE, "manager", "value")),
        (f"{ENTERPRISE}:manager.$ref", (ENTERPRISE, "manager", "$ref")),
    ],
)
def test_names_lead_to_their_location(text: str, keys: tuple[str, ...]) -> None:
    path = parse_path(text, USER)
    assert path.location is not None
    assert path.location.keys == keys
    assert (path.extension, path.value_filter, path.opaque) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "keys", "value_filter"),
    [
        ('emails[type eq "work"]', ("emails",), 'type eq "work"'),
        ('emails[type eq "work"].value', ("emails", "value"), 'type eq "work"'),
        ('EMAILS[TYPE EQ "work" and not (primary eq true)].VALUE', ("emails", "value"), None),
        (f'{CORE}:addresses[type eq "work"].streetAddress', ("addresses", "streetAddress"), 'type eq "work"'),
        ('phoneNumbers[value eq "a]b.c[d"]', ("phoneNumbers",), 'value eq "a]b.c[d"'),
    ],
)
def test_value_filter_selects_among_values(text: str, keys: tuple[str, ...], value_filter: str | None) -> None:
    path = parse_path(text, USER)
    assert path.location is not None
    assert path.location.keys == keys
    assert path.value_filter is not None
    assert value_filter is None or str(path.value_filter) == value_filter


@pytest.mark.parametrize("text", [ENTERPRISE, ENTERPRISE.upper()])
def test_urn_of_an_extension_means_the_whole_of_it(text: str) -> None:
    path = parse_path(text, USER)
    assert (path.location, path.extension) == (None, ENTERPRISE)


@pytest.mark.parametrize(
    ("text", "opaque"),
    [
        ("urn:acme:2.0:User:badge", ("urn:acme:2.0:User", "badge")),
        ("urn:acme:2.0:User:badge.color", ("urn:acme:2.0:User", "badge", "color")),
        (f"{ENTERPRISE}X:badge", (f"{ENTERPRISE}X", "badge")),
    ],
)
def test_unregistered_extension_is_split_at_its_last_colon(text: str, opaque: tuple[str, ...]) -> None:
    path = parse_path(text, USER)
    assert (path.location, path.opaque) == (None, opaque)


def test_extension_belongs_to_its_resource_type() -> None:
    assert parse_path(f"{ENTERPRISE}:department", GROUP).opaque == (ENTERPRISE, "department")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " active",
        "nothing",
        "department",
        "name.nothing",
        "name.familyName.more",
        "name.",
        "name..familyName",
        ".name",
        "userName.value",
        "a b",
        "active,title",
        "/active",
        "acme:badge",
        "émails",
        CORE,
        f"{ENTERPRISE}:",
        f"{ENTERPRISE}:nothing",
        "urn:acme:2.0:User:",
        "urn:acme:2.0:User:a b",
        "urn:acme:2.0:User:a.b c",
        'urn:acme:2.0:User:badges[type eq "x"]',
        'nothing[type eq "x"]',
        'userName[value eq "x"]',
        'name[familyName eq "x"]',
        'emails[type eq "work"].nothing',
        'emails[type eq "work"].value.more',
        'emails[type eq "work"]value',
        'emails[type eq "work"] and active pr',
        '[type eq "work"]',
        'members[value eq "x"]',
    ],
)
def test_wrong_path_is_refused(text: str) -> None:
    with pytest.raises(ScimError) as caught:
        parse_path(text, USER)
    assert (caught.value.status, caught.value.scim_type) == (400, "invalidPath")


@pytest.mark.parametrize(
    "text",
    [
        "emails[]",
        "emails[type]",
        'emails[type eq "work"',
        'emails[nothing eq "x"]',
        'emails[emails.type eq "x"]',
        'emails.value[type eq "x"]',
        'emails[type is "work"]',
        "emails[primary gt true]",
        'emails[type eq "x"[value pr]]',
        "emails[" + "(" * 40 + "type pr" + ")" * 40 + "]",
    ],
)
def test_wrong_filter_in_a_path_is_refused(text: str) -> None:
    with pytest.raises(ScimError) as caught:
        parse_path(text, USER)
    assert (caught.value.status, caught.value.scim_type) == (400, "invalidFilter")


def test_refusal_names_the_attribute_but_not_without_end() -> None:
    with pytest.raises(ScimError, match="'shoeSize'"):
        parse_path("shoeSize", USER)
    with pytest.raises(ScimError) as caught:
        parse_path("x" * LENGTH_LIMIT, USER)
    assert len(caught.value.detail) < 300


def test_long_path_is_refused_before_it_is_read() -> None:
    start = 'emails[value eq "'
    longest = start + "x" * (LENGTH_LIMIT - len(start) - 2) + '"]'
    assert parse_path(longest, USER).value_filter is not None
    with pytest.raises(ScimError, match="1025 characters"):
        parse_path(longest + " ", USER)


@given(st.text(alphabet=st.sampled_from('emailstype.[]()":$ \\urn0eqpr'), max_size=40) | st.text(max_size=30))
def test_garbage_is_refused_and_nothing_else(text: str) -> None:
    try:
        parse_path(text, USER)
    except ScimError as error:
        refused = error
    else:
        return
    assert refused.scim_type in ("invalidPath", "invalidFilter")
    assert "\n" not in refused.detail


@given(
    st.sampled_from(["members", "MEMBERS", "member", "emails"]),
    st.sampled_from(["value", "Value", "$ref", "x"]),
    st.text(alphabet=st.sampled_from('ab7-"\\ü] '), max_size=6),
)
def test_one_member_is_read_as_any_filter_is(name: str, sub_attribute: str, value: str) -> None:
    for resource_type in (USER, GROUP):
        told = []
        for blank in (" ", "  "):  # with two it is read by the parser of filters
            try:
                path = parse_path(f'{name}[{sub_attribute}{blank}eq "{value}"]', resource_type)
            except ScimError as error:
                told.append((error.scim_type, None))
            else:
                told.append((path.location, str(path.value_filter)))
        assert told[0] == told[1]
