"""Whether a recorded search looked for one of some values."""

from __future__ import annotations

import pytest

from optiid.storage.searches import looks_for


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('/users?filter=externalid eq "ada"', True),
        ('/users/.search {"filter": "title pr and externalid eq \\"ada\\""}', True),
        ('/users?filter=externalid eq "adam"', False),
        ("/users?filter=ada pr", False),
    ],
)
def test_looks_for(text: str, expected: bool) -> None:
    assert looks_for(text, {"ada", "lovelace"}) is expected
