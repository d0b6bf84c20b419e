from __future__ import annotations

from optiid.profiles import api, types


def test_all_names_exist_and_are_sorted() -> None:
    """Sorted as the linter sorts `__all__`: constants, classes, functions."""
    assert all(hasattr(api, name) for name in api.__all__)
    assert len(set(api.__all__)) == len(api.__all__)

    def place(name: str) -> tuple[int, str]:
        return (0 if name.isupper() else 1 if name[0].isupper() else 2), name

    assert sorted(api.__all__, key=place) == api.__all__


def test_all_types_of_hooks_are_offered() -> None:
    assert set(types.__all__) <= set(api.__all__)
