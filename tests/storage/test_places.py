"""Names lead to columns and keys of a row, in the words of each database."""

from __future__ import annotations

from optiid.scim.paths import parse_path
from optiid.scim.resource_types import USER, Location
from optiid.storage.dialects import POSTGRESQL, SQLITE
from optiid.storage.places import element_text, elements, search_keys
from tests.generated import GADGET
from tests.running import ENTERPRISE


def location(text: str) -> Location:
    found = parse_path(text, USER).location
    assert found is not None
    return found


def test_keys_are_in_lower_case_but_for_the_urn() -> None:
    assert search_keys(location("name.familyName")) == ("name", "familyname")
    assert search_keys(location(f"{ENTERPRISE}:manager.displayName")) == (ENTERPRISE, "manager", "displayname")


def test_values_of_several_are_found_in_their_list() -> None:
    kind = location("emails.type")
    assert (elements(kind, SQLITE), element_text(kind, SQLITE)) == (
        "(SELECT value, key AS position FROM json_each(r.search, '$.\"emails\"')) e",
        "(e.value ->> '$.\"type\"')",
    )
    assert element_text(kind, POSTGRESQL) == "(e.value #>> '{\"type\"}')"
    many = GADGET.locate(None, "manyString")
    assert many is not None
    assert element_text(many, SQLITE) == "e.value"
