from __future__ import annotations

import pytest

from optiid.profiles.api import PatchOperation, ScimError
from tests.plugins.vendor_repairs import repaired, repairs_of

keycloak = repairs_of("keycloak")
Op = PatchOperation


def test_object_that_came_as_text_is_read_as_one() -> None:
    sent = Op("replace", None, '{"displayName": "a", "externalId": "1"}')
    meant = Op("replace", None, {"displayName": "a", "externalId": "1"})
    assert repaired(keycloak.object_from_text, sent) == meant


@pytest.mark.parametrize(
    "operation",
    [
        Op("replace", None, {"displayName": "a"}),
        Op("replace", None, '{"displayName"'),
        Op("replace", None, "displayName"),
        Op("replace", "displayName", '{"a": 1}'),
        Op("remove", 'members[value eq "1"]'),
        Op("replace", None, '{"a":' * 100_000),
    ],
)
def test_other_operations_stay(operation: PatchOperation) -> None:
    assert repaired(keycloak.object_from_text, operation) == operation


def test_object_that_no_body_may_hold_is_refused() -> None:
    with pytest.raises(ScimError):
        keycloak.object_from_text(Op("replace", None, r'{"displayName": "a\ud800"}'))
