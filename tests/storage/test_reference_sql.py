"""Conditions on members and groups; what they find is tested in test_filter_agreement and test_filter_sql."""

from __future__ import annotations

import pytest

from optiid.scim.resource_types import GROUP, USER
from optiid.storage.reference_sql import REFERENCES, reference_condition


@pytest.mark.parametrize(("resource_type", "attribute"), [(GROUP, "members"), (USER, "groups")])
def test_each_sub_attribute_can_be_compared(resource_type: object, attribute: str) -> None:
    found = resource_type.schema.attribute(attribute)  # type: ignore[attr-defined]  # a resource type
    assert set(REFERENCES[attribute]) == {sub.name for sub in found.sub_attributes} - {"$ref"}


@pytest.mark.parametrize("attribute", list(REFERENCES))
@pytest.mark.parametrize("only", [None, "id-1"])
def test_every_value_is_bound_and_begins_with_the_organization(attribute: str, only: str | None) -> None:
    sql, values = reference_condition(attribute, "organization-1", ("u.id = ?", ["id-1"]), only)
    assert sql.count("?") == len(values)
    assert values[0] == "organization-1"
    assert "id-1" in values
    assert "id-1" not in sql
