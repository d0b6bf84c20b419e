"""Filters, clause by clause of RFC 7644, section 3.4.2.2, through the whole service on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.running import ENTERPRISE, GROUP, USER, Scim

CERTIFICATE = "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UEBhMC"
BABS: dict[str, Any] = {
    "userName": "bjensen@example.com",
    "externalId": "Ext-1",
    "name": {"formatted": "Ms. Barbara J Jensen III", "familyName": "Jensen", "givenName": "Barbara"},
    "displayName": 'Babs "the \\ one" Jensen 😀',
    "nickName": "Bábs",
    "profileUrl": "https://login.example.com/bjensen",
    "emails": [
        {"value": "bjensen@example.com", "type": "work", "primary": True},
        {"value": "babs@jensen.org", "type": "home"},
    ],
    "addresses": [{"streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "type": "work"}],
    "phoneNumbers": [{"value": "555-555-5555", "type": "work"}],
    "ims": [{"value": "someaimhandle", "type": "aim"}],
    "photos": [{"value": "https://photos.example.com/F/1", "type": "photo"}],
    "userType": "Employee",
    "title": "Tour Guide",
    "preferredLanguage": "en-US",
    "locale": "en-US",
    "timezone": "America/Los_Angeles",
    "active": True,
    "entitlements": [{"value": "e1"}],
    "roles": [{"value": "admin", "type": "app", "primary": True}],
    "x509Certificates": [{"value": CERTIFICATE}],
    ENTERPRISE: {"employeeNumber": "701984", "costCenter": "4130", "department": "Tour Operations"},
}


class Directory:
    """Barbara, her manager and a third who has next to nothing, with two groups; filters find them by name."""

    def __init__(self, scim: Scim) -> None:
        self.scim = scim
        manager = scim.a_user("jsmith@example.com", title="Vice President", active=False)
        body = BABS | {ENTERPRISE: BABS[ENTERPRISE] | {"manager": {"value": manager["id"]}}}
        babs = scim.post("/Users", {"schemas": [USER, ENTERPRISE]} | body).body
        bare = scim.a_user("none@example.com")
        inner = scim.a_group("Tour Guides", members=[babs["id"]])
        outer = scim.a_group("Employees", members=[inner["id"], manager["id"]])
        self.known = {"babs": babs, "john": manager, "bare": bare, "guides": inner, "all": outer}
        self.names = {resource["id"]: name for name, resource in self.known.items()}

    def fill(self, text: str) -> str:
        for name, resource in self.known.items():
            text = text.replace(f"<{name}>", resource["id"])
        return text.replace("<created>", self.known["babs"]["meta"]["created"])

    def find(self, text: str, endpoint: str = "/Users") -> set[str]:
        reply = self.scim.find(endpoint, self.fill(text))
        assert reply.status == 200, reply.body
        assert reply.body["totalResults"] == len(reply.body["Resources"])
        return {self.names[one["id"]] for one in reply.body["Resources"]}


@pytest.fixture(scope="module")
def directory(service: Any) -> Directory:
    return Directory(service.scim())


ALL = {"babs", "john", "bare"}
ONLY, OTHERS, NOBODY = {"babs"}, {"john", "bare"}, set[str]()
# Of the attributes that only Barbara has: a filter that is true of her alone for each operator.
TEXTS = {
    "externalId": "Ext-1", "name.formatted": "Ms. Barbara J Jensen III", "name.familyName": "Jensen",
    "name.givenName": "Barbara", "nickName": "Bábs", "profileUrl": "https://login.example.com/bjensen",
    "emails": "babs@jensen.org", "emails.value": "babs@jensen.org", "emails.type": "home",
    "addresses.streetAddress": "100 Universal City Plaza", "addresses.locality": "Hollywood",
    "phoneNumbers": "555-555-5555", "ims.value": "someaimhandle", "ims.type": "aim",
    "photos": "https://photos.example.com/F/1", "photos.type": "photo", "userType": "Employee",
    "preferredLanguage": "en-US", "locale": "en-US", "timezone": "America/Los_Angeles", "entitlements": "e1",
    "roles.value": "admin", "roles.type": "app", f"{ENTERPRISE}:employeeNumber": "701984",
    f"{ENTERPRISE}:costCenter": "4130", f"{ENTERPRISE}:department": "Tour Operations",
    f"{ENTERPRISE}:manager": "<john>", f"{ENTERPRISE}:manager.value": "<john>",
}  # fmt: skip


@pytest.mark.parametrize("path", TEXTS)
def test_each_operator_on_each_text(directory: Directory, path: str) -> None:
    value = directory.fill(TEXTS[path])
    exact = path in ("externalId", "profileUrl", "photos") or "manager" in path
    for text, expected in {
        f'{path} eq "{value}"': ONLY,
        f'{path} ne "{value}"': OTHERS,
        f'{path} co "{value[1:-1]}"': ONLY,
        f'{path} sw "{value[:2]}"': ONLY,
        f'{path} ew "{value[-2:]}"': ONLY,
        f'{path} ge "{value}"': ONLY,
        f'{path} le "{value}"': ONLY,
        f'{path} gt "{value[:-1]}"': ONLY,
        f'{path} lt "{value}~"': ONLY,
        f"{path} pr": ONLY,
        f"not ({path} pr)": OTHERS,
        f"not({path} pr)": OTHERS,
        f"{path} eq null": OTHERS,
        f"{path} ne null": ONLY,
        f'{path.upper()} EQ "{value}"': ONLY,
        f'{path} eq "{value.swapcase()}"': NOBODY if exact and value.swapcase() != value else ONLY,
    }.items():
        assert directory.find(text) == expected, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the examples of RFC 7644, figure 2 and 3
        ('userName eq "bjensen@example.com"', ONLY),
        ('name.familyName co "ENSEN"', ONLY),
        ('userName sw "J"', {"john"}),
        (f'{USER}:userName sw "J"', {"john"}),
        ("title pr", {"babs", "john"}),
        ('meta.lastModified gt "2011-05-13T04:42:34Z"', ALL),
        ('meta.lastModified ge "2011-05-13T04:42:34Z"', ALL),
        ('meta.lastModified lt "2011-05-13T04:42:34Z"', NOBODY),
        ('title pr and userType eq "Employee"', ONLY),
        ('title pr or userType eq "Intern"', {"babs", "john"}),
        (f'schemas eq "{ENTERPRISE}"', ONLY),
        ('userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")', ONLY),
        ('userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")', OTHERS),
        ('userType eq "Employee" and (emails.type eq "work")', ONLY),
        ('userType eq "Employee" and emails[type eq "work" and value co "@example.com"]', ONLY),
        ('emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]', ONLY),
        # precedence: not > and > or
        ('title pr or userName sw "none" and userName sw "x"', {"babs", "john"}),
        ('(title pr or userName sw "none") and userName sw "none"', {"bare"}),
        ('not (title pr) and userName sw "none" or userName sw "j"', {"bare", "john"}),
        ('userName sw "j" or not (title pr) and not (userName sw "x")', {"bare", "john"}),
        ("not (not (not (title pr)))", {"bare"}),
        ("((((title pr))))", {"babs", "john"}),
        # value paths: one same value fulfils all of it
        ('emails[type eq "home" and value co "example.com"]', NOBODY),
        ('emails.type eq "home" and emails.value co "example.com"', ONLY),
        ('emails[type eq "work" and (value co "@a" or not (primary eq false))]', ONLY),
        ("emails[not (primary eq true)]", ONLY),
        ("emails[not (type pr)]", NOBODY),
        ('emails[type eq "home"].value co "jensen.org"', ONLY),
        ('emails[type eq "home"].value co "example.com"', NOBODY),
        ('emails[type eq "home"].primary pr', NOBODY),
        ('emails[type eq "work"].primary eq true', ONLY),
        ('emails[type eq "work" or type eq "home"].value ew ".ORG"', ONLY),
        ('not (emails[type eq "home"].value pr)', OTHERS),
        ('emails[value ne "bjensen@example.com"]', ONLY),
        ('emails.value ne "bjensen@example.com"', OTHERS),
        ('addresses[type eq "work"].locality eq "hollywood"', ONLY),
        ('name[givenName eq "barbara" and familyName sw "J"]', ONLY),
        (f'{USER}:emails[type eq "work"]', ONLY),
        (f'{ENTERPRISE}:manager[value eq "<john>"]', ONLY),
        # complex attributes
        ("name pr", ONLY), ("emails pr", ONLY), ("addresses pr", ONLY), ("x509Certificates pr", ONLY),
        ("groups pr", {"babs", "john"}), ("meta pr", ALL), (f"{ENTERPRISE}:manager pr", ONLY), ("name eq null", OTHERS),
        # the URN of a schema, in any case
        (f"{ENTERPRISE} pr", ONLY), (f"{ENTERPRISE.upper()} pr", ONLY), (f"not ({ENTERPRISE} pr)", OTHERS),
        (f"{USER} pr", ALL), (f'{ENTERPRISE.upper()}:DEPARTMENT eq "tour operations"', ONLY),
        (f'{USER.upper()}:NAME.FAMILYNAME eq "jensen"', ONLY),
        # schemas, meta, id
        ('schemas co "enterprise"', ONLY), (f'schemas eq "{USER}"', ALL), (f'schemas eq "{USER.upper()}"', ALL),
        ('schemas ew "2.0:Group"', NOBODY), ("schemas pr", ALL), (f'schemas[value eq "{ENTERPRISE}"]', ONLY),
        ('id eq "<babs>"', ONLY), ('id ne "<babs>"', OTHERS), ("id pr", ALL), ('id sw ""', ALL),
        ('meta.resourceType eq "User"', ALL), ('meta.resourceType eq "Group"', NOBODY),
        ('meta.version eq "W/\\"1\\""', ALL), ('meta.version ew "\\""', ALL),
        ('meta.created eq "<created>"', ONLY),
        ('meta.location eq "https://anywhere.example/scim/v2/Users/<babs>"', ONLY),
        ('groups.value eq "<guides>"', ONLY), ('groups.value eq "<all>"', {"babs", "john"}),
        ('groups.$ref eq "../Groups/<guides>"', ONLY), ('groups[type eq "indirect"]', ONLY),
        ('groups[type eq "direct"].display eq "Employees"', {"john"}),
        (f'{ENTERPRISE}:manager.$ref eq "../Users/<john>"', ONLY),
        # JSON strings
        (r'displayName eq "babs \"the \\ one\" jensen 😀"', ONLY),
        (r'displayName eq "babs \u0022the \u005c one\u0022 jensen \ud83d\ude00"', ONLY),
        (r'displayName co "\\"', ONLY), (r'displayName ew "\uD83D\uDE00"', ONLY),
        (r'nickName eq "B\u00e1bs"', ONLY), (r'nickName eq "BA\u0301BS"', ONLY),
        (r'profileUrl eq "https:\/\/login.example.com\/bjensen"', ONLY),
        ('displayName co "%" or displayName co "_"', NOBODY), ("nickName eq \"' or 1=1 --\"", NOBODY),
        # booleans and null
        ("active eq true", {"babs", "bare"}), ("active eq FALSE", {"john"}), ("active ne true", {"john"}),
        ("active pr", ALL), ("emails.primary eq true", ONLY), ("emails.primary ne true", OTHERS),
        ("title eq null", {"bare"}), ("title ne null", {"babs", "john"}), ("title EQ Null", {"bare"}),
        ('title ne "Tour Guide"', OTHERS),
        # certificates
        (f'x509Certificates eq "{CERTIFICATE}"', ONLY), (f'x509Certificates.value ne "{CERTIFICATE}"', OTHERS),
        (f'x509Certificates eq "{CERTIFICATE.lower()}"', NOBODY),
    ],
)  # fmt: skip
def test_filter_finds_whom_it_means(directory: Directory, text: str, expected: set[str]) -> None:
    assert directory.find(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('displayName eq "tour GUIDES"', {"guides"}),
        (f'{GROUP}:displayName eq "tour GUIDES"', {"guides"}),
        ('members eq "<babs>"', {"guides"}),
        ('members.value eq "<babs>"', {"guides"}),
        ('members[value eq "<guides>" and type eq "Group"]', {"all"}),
        ('members[value eq "<guides>"].type eq "User"', set()),
        ('members.type eq "group"', {"all"}),
        ('members ne "<babs>"', {"all"}),
        ('members.display sw "babs"', {"guides"}),
        ('members.$ref eq "https://any.example/Users/<babs>"', {"guides"}),
        ("members pr", {"guides", "all"}),
        ("members eq null", set()),
        ('members[not (type eq "User")]', {"all"}),
        ('members.value co "-"', {"guides", "all"}),
        ('displayName gt "employees"', {"guides"}),
        ('meta.resourceType eq "Group" and not (displayName ew "s")', set()),
        (f"{GROUP} pr", {"guides", "all"}),
    ],
)
def test_filter_finds_groups(directory: Directory, text: str, expected: set[str]) -> None:
    assert directory.find(text, "/Groups") == expected


def test_instants_are_the_same_in_every_zone(directory: Directory) -> None:
    created = directory.known["babs"]["meta"]["created"]
    whole, fraction = created[:19], created[19:-1]
    hour = int(whole[11:13])
    if 2 <= hour <= 20:  # else the day would turn
        for shift in (-2, 2):
            there = f"{whole[:11]}{hour + shift:02}{whole[13:]}{fraction}{shift:+03}:00"
            assert directory.find(f'meta.created eq "{there}"') == ONLY
    assert directory.find(f'meta.created eq "{whole}{fraction}000Z"') == ONLY
    assert directory.find(f'meta.created eq "{whole}{fraction}001Z"') == NOBODY
    assert "babs" in directory.find(f'meta.created lt "{whole}{fraction}001Z"')


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1), ("  ", 1), ("userName", 9), ("userName eq", 12), ('userName eq "x" and', 20), ('userName xx "x"', 10),
        ('userName eq "x" title pr', 17), ('(userName eq "x"', 17), ('userName eq "x")', 16), ("emails[type pr", 15),
        ("userName eq x", 13), ('userName eq "x', 13), ("userName eq 'x'", 13), ("userName eq 5", 13),
        ("not title pr", 5), ("title pr and shoeSize pr", 14), ("emails[shoeSize pr]", 8), ("userName[value pr]", 1),
        ('active eq "true"', 11), ("active eq 1", 11), ("active gt true", 8), ("active ge true", 8),
        ("active lt true", 8), ("active le true", 8), ("active co true", 8), ("emails.primary gt false", 16),
        ('x509Certificates gt "YQ=="', 18), ('x509Certificates.value le "YQ=="', 24), ("title gt null", 7),
        ('meta.created gt "yesterday"', 17), ('meta.created gt "2026-01-31"', 17), ('meta.created co "2026"', 14),
        ('department eq "x"', 1), ("urn:acme:nothing:User:x pr", 1), ('name eq "x"', 1), ('password eq "x"', 1),
        ("emails[type pr].shoeSize pr", 16), ("emails[emails[type pr]]", 14), (r'userName eq "\x"', 13),
        (r'userName eq "\ud83d"', 13), ("userName eq 01", 13), ("userName eq 1e999", 13),
        ("(" * 40 + "title pr" + ")" * 40, 34), (" or ".join(["title pr"] * 101), 1201),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_with_its_position(directory: Directory, text: str, position: int) -> None:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": text}
    for reply in (directory.scim.find("/Users", text), directory.scim.post("/Users/.search", body)):
        assert (reply.status, reply.body["scimType"]) == (400, "invalidFilter"), reply.body
        assert f"position {position}" in reply.body["detail"], reply.body["detail"]
