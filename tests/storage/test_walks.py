"""Walks in each order that a schema allows meet each resource once, forth and back, in the order of the oracle.

The oracle sorts in Python by what `search_form.comparable` says; the schemas say what is generated, in the core and in
an extension, so a kind of attribute that is new is tested without a new line here.
"""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any

import pytest

from optiid.scim.cursors import Cursor
from optiid.scim.resource_types import USER, Location, ResourceType
from optiid.scim.search_form import comparable
from optiid.services.searching import sort_location
from optiid.storage import resources, searching
from optiid.storage.resources import Scope
from optiid.storage.searching import Part, Stretch
from tests.generated import GADGET, GadgetSchema, document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.storage.database import Database
    from optiid.storage.searching import Page

PERSON = USER.extended(GadgetSchema)  # type: ignore[arg-type]
TYPES = {"Gadget": GADGET, "User": PERSON}
COUNT = 40
Documents = dict[str, dict[str, Any]]


class Walker:
    """A connection full of resources of one type."""

    def __init__(self, service: Any, resource_type: ResourceType) -> None:
        connected = service.connect()
        self.database: Database = service.database
        self.scope = Scope(connected.organization, connected.connection)
        self.resource_type = resource_type
        random_ = random.Random(11)
        idents = [f"{random_.randrange(10**6):06}" for _ in range(COUNT)]
        self.documents = {ident: document(random_, resource_type, number) for number, ident in enumerate(idents)}
        self.database.transaction(self._fill)

    def _fill(self) -> None:
        for ident, made in self.documents.items():
            resources.insert(self.database, self.scope, self.resource_type, ident, made, "living")

    def page(self, location: Location | None, cursor: Cursor | None, descending: bool, count: int = 7) -> Page:
        part, stretch = Part(self.resource_type, None, location), Stretch(count, cursor=cursor)
        return self.database.reading(
            lambda: searching.page(self.database, self.scope, [part], stretch, descending=descending)
        )

    def walk(self, location: Location | None, descending: bool) -> list[Page]:
        pages = [self.page(location, None, descending)]
        while (after := pages[-1].after) is not None:
            pages.append(self.page(location, Cursor(after), descending))
        return pages

    def expected(self, location: Location, descending: bool) -> list[str]:
        keys = {ident: sort_key(made, location) for ident, made in sorted(self.documents.items())}
        present = sorted((ident for ident, key in keys.items() if key is not None), key=keys.__getitem__)
        if descending:
            # Ties keep their order in either direction.
            present.sort(key=lambda ident: keys[ident] or "", reverse=True)
        missing = [ident for ident, key in keys.items() if key is None]
        return missing + present if descending else present + missing


def sort_key(made: dict[str, Any], location: Location) -> str | None:
    """Return what a document is sorted by: the primary value, else the first that can be compared."""
    value: Any = made if location.extension is None else made.get(location.extension, {})
    value = value.get(location.attribute.name)
    if location.attribute.name == "active" and value is None:
        value = True
    if location.attribute.multi_valued:
        elements = [element for element in value or [] if element != {}]
        if location.sub_attribute is None:
            elements = [element for element in elements if comparable(location.leaf, element) is not None]
        primary = [element for element in elements if isinstance(element, dict) and element.get("primary") is True]
        value = (primary or elements or [None])[0]
    if location.sub_attribute is not None and isinstance(value, dict):
        value = value.get(location.sub_attribute.name)
    return None if value is None or isinstance(value, dict) else comparable(location.leaf, value)


@pytest.fixture(scope="module", params=list(TYPES))
def walker(service: Any, request: pytest.FixtureRequest) -> Walker:
    return Walker(service, TYPES[request.param])


def sortable(resource_type: ResourceType) -> Iterator[Location]:
    """Yield each location that the service sorts by, found by its written name."""
    schemas = {None: resource_type.schema, **resource_type.extensions}
    for urn, schema in schemas.items():
        for attribute in schema.attributes:
            if attribute.returned == "never" or (urn is None and attribute.name in ("members", "groups")):
                continue
            name = attribute.name if urn is None else f"{urn}:{attribute.name}"
            if attribute.type != "complex":
                yield sort_location(name.upper() if urn is None else name, resource_type)
            for sub in attribute.sub_attributes:
                yield sort_location(f"{name}.{sub.name}", resource_type)


def ids(page: Page) -> list[str]:
    return [stored.id for stored in page.resources]


@pytest.mark.parametrize("descending", [False, True])
def test_walks_in_any_order_follow_the_oracle_forth_and_back(walker: Walker, descending: bool) -> None:
    locations = list(sortable(walker.resource_type))
    assert len(locations) > 20
    for location in locations:
        pages = walker.walk(location, descending)
        assert [ident for page in pages for ident in ids(page)] == walker.expected(location, descending), location.keys
        assert {page.total for page in pages} == {COUNT}
        assert (pages[0].before, pages[-1].after) == (None, None)
        for one, other in itertools.pairwise(pages):
            assert other.before is not None
            back = walker.page(location, Cursor(other.before, backward=True), descending)
            assert (ids(back), back.before, back.after) == (ids(one), one.before, one.after), location.keys


def test_walk_without_an_order_is_that_of_ids(walker: Walker) -> None:
    pages = walker.walk(None, False)
    assert [ident for page in pages for ident in ids(page)] == sorted(walker.documents)
