from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, is_dataclass
from typing import Any

import pytest

from optiid.profiles import types
from optiid.profiles.types import ProfileInfo, RequestFacts

VALUES = [value for name in types.__all__ if is_dataclass(value := getattr(types, name))]


@pytest.mark.parametrize("kind", VALUES)
def test_values_are_frozen(kind: Any) -> None:
    value = object.__new__(kind)
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(kind)[0].name, "changed")


def test_profile_extends_standard_unless_it_says_otherwise() -> None:
    info = ProfileInfo("acme", "Acme", "Acme Inc.", "Acme's client", "https://acme.example")
    assert (info.extends, info.api) == ("standard", 1)


def test_headers_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        RequestFacts("GET", "/", "").headers["accept"] = "x"  # type: ignore[index]  # the point of the test
