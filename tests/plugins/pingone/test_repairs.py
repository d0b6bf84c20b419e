from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.vendor_repairs import repaired, repairs_of

pingone = repairs_of("pingone")


def test_first_of_two_primary_values_stays_primary() -> None:
    sent = {
        "emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}, {"value": "c", "primary": True}]
    }
    assert repaired(pingone.first_primary_only, sent) == {
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
    assert repaired(pingone.first_primary_only, resource) == resource
