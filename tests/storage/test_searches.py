"""Whether what was recorded of a request tells of a person."""

from __future__ import annotations

import pytest

from optiid.storage.searches import looks_for, tells_of


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/users/e", True),
        ('{"username": "e", "active": true}', True),
        ('/users?filter=username eq "e" and active eq true', True),
        ('{"filter": "username eq \\"e\\""}', True),
        ('{"formatted": "1 road\\ne"}', True),
        ("refused: username 'e' exists", True),
        ('/users {"username": "eve@example.com"}', False),
        ("deleted", False),
    ],
)
def test_name_is_a_word_of_its_own(text: str, expected: bool) -> None:
    assert tells_of(text, "e") is expected


def test_name_may_hold_any_characters() -> None:
    for name in ("ada+x@example.com", "(ada)", "@", "adá lovelace"):
        assert tells_of(f'{{"username": "{name}"}}', name)
