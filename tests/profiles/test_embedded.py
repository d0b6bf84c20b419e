from __future__ import annotations

from typing import Any

import pytest

from optiid.profiles.embedded import object_in_text
from optiid.scim.errors import ScimError


def test_object_is_read_from_its_text() -> None:
    assert object_in_text('{"displayName": "a", "tags": [1]}') == {"displayName": "a", "tags": [1]}


@pytest.mark.parametrize(
    "value", [None, 7, {"displayName": "a"}, "displayName", "[1]", '{"displayName"', '{"a":' * 100_000]
)
def test_anything_else_is_no_object(value: Any) -> None:
    assert object_in_text(value) is None


@pytest.mark.parametrize(
    "text",
    [
        r'{"displayName": "a\ud800"}',
        r'{"displayName": "a\u0000"}',
        '{"displayName": NaN}',
        '{"displayName": 99999999999999999999999}',
        '{"displayName": "a", "displayname": "b"}',
        '{"a":' * 40 + "1" + "}" * 40,
    ],
)
def test_what_a_body_may_not_hold_is_refused(text: str) -> None:
    with pytest.raises(ScimError) as refused:
        object_in_text(text)
    assert refused.value.scim_type == "invalidSyntax"
