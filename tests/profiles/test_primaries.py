from __future__ import annotations

from typing import Any

import pytest

from optiid.profiles.primaries import first_primary_only
from tests.plugins.vendor_repairs import repaired


def test_first_of_several_primary_values_stays_primary() -> None:
    sent = {
        "emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}, {"value": "c", "primary": True}]
    }
    assert repaired(first_primary_only, sent) == {
        "emails": [{"value": "a", "primary": True}, {"value": "b"}, {"value": "c"}]
    }


@pytest.mark.parametrize(
    "resource",
    [
        {"emails": [{"value": "a"}, {"value": "b", "primary": True}]},
        {"emails": [{"value": "a", "primary": True}], "phoneNumbers": [{"value": "1", "primary": True}]},
        {"emails": [{"value": "a", "primary": True}, {"value": "b", "primary": False}], "schemas": ["urn:x"]},
    ],
)
def test_one_primary_value_for_each_attribute_stays(resource: Any) -> None:
    assert repaired(first_primary_only, resource) == resource
