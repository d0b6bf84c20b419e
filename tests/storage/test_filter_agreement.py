"""SQL and matcher agree on each kind of attribute that a schema can have, on memberships and on what only rows tell.

The schemas say what is generated, so a new attribute is tested without a new line here.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optiid.scim.errors import ScimError
from optiid.scim.filters.matcher import matches
from optiid.scim.filters.parser import parse_filter
from optiid.scim.patch.members import MemberChange
from optiid.scim.resource_types import COMMON_ATTRIBUTES, GROUP, USER, Location, ResourceType
from optiid.scim.search_form import search_form
from optiid.storage import memberships, resources
from optiid.storage.dialects import POSTGRESQL
from optiid.storage.filter_sql import compile_filter
from optiid.storage.order_sql import Order, sort_key
from optiid.storage.places import search_keys
from optiid.storage.resources import Scope
from tests.generated import GADGET, OPAQUE, document, filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.storage.database import Database

TYPES = {"User": USER, "Group": GROUP, "Gadget": GADGET}
COUNTS = {"User": 60, "Group": 14, "Gadget": 60}
IDENTS = {name: [f"{name}-{number}" for number in range(count)] for name, count in COUNTS.items()}
GONE = "User-0"
# Values that only the store knows, for generated filters to compare with.
KNOWN = {
    "id": ("User-1", "User-2", "Group-0", "Group-1", "Gadget-0", "Gadget-1"),
    "members.value": tuple(IDENTS["User"][:6] + IDENTS["Group"][:6]),
    "members.type": ("User", "group"),
    "members.$ref": ("https://scim.example.com/scim/v2/Users/User-1", "../Groups/Group-1", "Group-2"),
    "groups.value": tuple(IDENTS["Group"]),
    "groups.$ref": ("https://scim.example.com/scim/v2/Groups/Group-1",),
    "meta.location": ("https://scim.example.com/scim/v2/Users/User-1", "https://x.example/Groups/Group-1/"),
    "groups.type": ("direct", "Indirect"),
    "meta.resourceType": ("User", "Group", "user"),
    "meta.version": ('W/"1"', 'W/"2"'),
    "schemas": (USER.schema.urn, GROUP.schema.urn, GADGET.schema.urn, *USER.extensions, OPAQUE),
}
FILTERS = {name: filters(resource_type, KNOWN) for name, resource_type in TYPES.items()}


@dataclass
class Stock:
    """A connection full of resources, and the search form of each one that is visible, by id."""

    database: Database
    scope: Scope
    forms: dict[str, dict[str, Any]]

    def found(self, resource_type: ResourceType, tree: Any) -> set[str]:
        condition, values = compile_filter(tree, resource_type, self.database.dialect, self.scope.organization)
        rows = self._rows(f"r.id, {condition}", "r.id", [*values, self.scope.organization, resource_type.name])
        assert {verdict for _, verdict in rows} <= {0, 1}, "never NULL"
        return {ident for ident, verdict in rows if verdict}

    def expected(self, resource_type: ResourceType, tree: Any) -> set[str]:
        idents = [ident for ident in self.forms if ident.startswith(f"{resource_type.name}-")]
        return {ident for ident in idents if matches(tree, self.forms[ident], resource_type)}

    def ordered(self, resource_type: ResourceType, location: Location, descending: bool) -> list[str]:
        columns = f"r.id, {sort_key(location, self.database.dialect)} AS sort_key"
        order = Order(keyed=True, descending=descending).by("r.id")
        return [row[0] for row in self._rows(columns, order, [self.scope.organization, resource_type.name])]

    def _rows(self, columns: str, order: str, values: list[Any]) -> list[Any]:
        where = "r.organization = ? AND r.type = ? AND r.removed_at IS NULL"
        sql = f"SELECT {columns} FROM resource r WHERE {where} ORDER BY {order}"
        return self.database.reading(lambda: self.database.rows(sql, values))


@pytest.fixture(scope="module")
def stock(service: Any) -> Stock:
    connected, database = service.connect(), service.database
    scope = Scope(connected.organization, connected.connection)
    return Stock(database, scope, database.transaction(lambda: fill(database, scope)))


def fill(database: Database, scope: Scope) -> dict[str, dict[str, Any]]:
    random_ = random.Random(7)
    for name, resource_type in TYPES.items():
        for number, ident in enumerate(IDENTS[name]):
            resources.insert(database, scope, resource_type, ident, document(random_, resource_type, number), "living")
    for group in IDENTS["Group"]:
        people = random_.sample(IDENTS["User"], random_.choice([0, 1, 5]))
        groups = random_.sample(IDENTS["Group"], random_.choice([0, 0, 1, 2]))
        memberships.apply_change(database, scope, group, MemberChange(add=dict.fromkeys(people + groups)))
    # A user who is in a group both directly and through another group.
    memberships.apply_change(database, scope, "Group-3", MemberChange(add={"User-5": None, "Group-4": None}))
    memberships.apply_change(database, scope, "Group-4", MemberChange(add={"User-5": None}))
    # A cycle, and a member who is gone.
    memberships.apply_change(database, scope, "Group-1", MemberChange(add={GONE: None, "Group-2": None}))
    memberships.apply_change(database, scope, "Group-2", MemberChange(add={"Group-1": None}))
    gone = resources.fetch(database, scope, USER, GONE)
    assert gone is not None
    resources.close(database, gone)
    return _forms(database, scope)


def _forms(database: Database, scope: Scope) -> dict[str, dict[str, Any]]:
    members, _ = memberships.members_of(database, scope, IDENTS["Group"], 1000) or ({}, {})
    groups = memberships.groups_of(database, scope, IDENTS["User"])
    forms = {}
    for name, resource_type in TYPES.items():
        for ident in IDENTS[name]:
            if ident == GONE:
                continue
            whole = _wire(database, scope, resource_type, ident)
            if resource_type.attribute("active"):
                whole.setdefault("active", True)  # a user without it is active, for filters as for the directory
            whole["members"] = [{"value": m.id, "type": m.type, "display": m.display} for m in members.get(ident, ())]
            whole["groups"] = [
                {"value": g.id, "type": "direct" if g.direct else "indirect", "display": g.display}
                for g in groups.get(ident, ())
            ]
            forms[ident] = search_form(whole, resource_type)
    return forms


def _wire(database: Database, scope: Scope, resource_type: ResourceType, ident: str) -> dict[str, Any]:
    row = resources.fetch(database, scope, resource_type, ident)
    assert row is not None
    meta = {"resourceType": row.type, "created": row.created_at, "lastModified": row.updated_at}
    meta["location"] = f"https://scim.example.com{resource_type.endpoint}/{ident}"
    return row.document | {"id": ident, "meta": meta | {"version": f'W/"{row.version}"'}}


@pytest.mark.parametrize("name", list(TYPES))
@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_sql_and_matcher_agree(stock: Stock, name: str, data: st.DataObject) -> None:
    tree = data.draw(FILTERS[name])
    text = str(tree)
    escaped = "".join(one if one.isascii() else json.dumps(one)[1:-1] for one in text)
    assert parse_filter(text) == parse_filter(escaped) == parse_filter(str(parse_filter(text)))
    assert stock.found(TYPES[name], tree) == stock.expected(TYPES[name], tree)


@pytest.mark.parametrize(
    "text",
    [
        'emails[type eq "work" and value eq "a"]',
        'emails[type eq "work"].value eq "a"',
        'members[value eq "User-1" and type eq "User"]',
        'groups[value eq "Group-1" and type eq "direct"]',
        'groups.type eq "indirect"',
        'groups[value eq "Group-3" and type eq "indirect"]',
        'groups[not (type eq "direct")]',
        r'meta[not (version eq "W/\"2\"")]',
        'name[not (givenName eq "a")]',
        'manyString eq "%"',
        'manyString co ""',
        "manyInteger gt 1.5",
        "oneInteger eq 9007199254740992",
        'oneDatetime lt "1000-01-01T00:00:00Z"',
        'pairs[dateTimePart ge "2026-01-31T12:00:00Z" and value pr]',
        'pairs.value eq "sha256:"',
        "oneInteger gt 9007199254740992",
        'oneDatetime eq "2026-01-31T12:00:00.00000012Z"',
        'oneDatetime gt "2026-01-31T13:00:00.0000001+01:00"',
        'oneBinary eq "_w" or oneBinary eq "/w=="',
        "pair pr and not (pairs pr)",
        "name pr and name.givenName eq null",
        'urn:example:scim_~1.0:Extra:manyString eq "a"',
        "URN:EXAMPLE:SCIM_~1.0:EXTRA:manyInteger[value gt 1 and value lt 10]",
        "urn:example:scim_~1.0:Extra:pairs[integerPart gt 1 and not (booleanPart eq true)].decimalPart le 2",
        "urn:example:scim_~1.0:Extra:pair.integerPart gt 1",
        "urn:example:scim_~1.0:Extra:pair[integerPart gt 1 or stringPart pr]",
        "urn:example:scim_~1.0:Extra pr",
        "urn:example:scim_~1.0:Extra eq null",
        'schemas co "EXTRA"',
        'schemas[value ew ":thing"]',
        'not (schemas[not (value sw "urn:ietf")])',
        'meta[location eq "https://x.example/Users/User-1" or version pr]',
        f'emails.value eq "{"z" * 700}"',
        r'title sw "%" or title ew "_" or title co "\\"',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value co "a"',
    ],
)
def test_sql_and_matcher_agree_on_filters_worth_naming(stock: Stock, text: str) -> None:
    tree, understood = parse_filter(text), 0
    for resource_type in TYPES.values():
        try:
            found = stock.found(resource_type, tree)
        except ScimError:
            continue
        understood += 1
        assert found == stock.expected(resource_type, tree)
    assert understood


def test_order_does_not_follow_the_locale_of_the_database() -> None:
    for text in ('title gt "a"', 'emails.type le "a"', 'members.display ge "a"'):
        resource_type = GROUP if text.startswith("members") else USER
        sql, _ = compile_filter(parse_filter(text), resource_type, POSTGRESQL, "organization-1")
        assert 'COLLATE "C" ' in sql
    for location in _sortable(GADGET):
        assert sort_key(location, POSTGRESQL).endswith(' COLLATE "C"')


def test_true_and_one_are_kept_apart(stock: Stock) -> None:
    assert stock.found(USER, parse_filter("active eq true"))
    with pytest.raises(ScimError):
        stock.found(USER, parse_filter("active eq 1"))


def test_member_who_is_gone_is_no_member(stock: Stock) -> None:
    assert stock.found(GROUP, parse_filter(f'members eq "{GONE}"')) == set()
    assert GONE not in stock.found(USER, parse_filter("id pr"))


def test_text_that_looks_like_a_digest_finds_only_itself(stock: Stock) -> None:
    digest = "sha256:9c09de16b8f3a0d8ee3da8c8a9b9ec3f4a1a8e8c2c4a2f5f1d5f6d3a5c4b3a21"
    assert stock.found(USER, parse_filter(f'emails.value eq "{digest}"')) == set()


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", list(TYPES))
def test_order_is_that_of_the_search_form(stock: Stock, name: str, descending: bool) -> None:
    resource_type = TYPES[name]
    for location in _sortable(resource_type):
        found = stock.ordered(resource_type, location, descending)
        keys = {ident: _first(stock.forms[ident], search_keys(location)) for ident in found}
        present = sorted(ident for ident, key in keys.items() if key is not None)
        present.sort(key=keys.__getitem__, reverse=descending)
        missing = sorted(ident for ident, key in keys.items() if key is None)
        assert found == (missing + present if descending else present + missing), location.keys


def _sortable(resource_type: ResourceType) -> Iterator[Location]:
    """Yield simple attributes, and the simple parts of complex ones."""
    for attribute in (*resource_type.schema.attributes, *COMMON_ATTRIBUTES):
        if attribute.name in ("members", "groups", "password"):
            continue
        if attribute.type != "complex":
            yield Location(None, attribute)
        yield from (Location(None, attribute, sub) for sub in attribute.sub_attributes if sub.name != "location")


def _first(form: Any, keys: tuple[str, ...]) -> Any:
    """Return what a list or object is sorted by: the primary value, else the first."""
    if isinstance(form, list):
        primary = [element for element in form if isinstance(element, dict) and element.get("primary") == "true"]
        return _first((primary or form)[0], keys)
    return form if not keys or form is None else _first(form.get(keys[0]), keys[1:])
