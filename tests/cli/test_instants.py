"""Instants as options: what is none is told, and narrows nothing silently."""

from __future__ import annotations

import click
import pytest

from optiid.cli.instants import BEGINNING


def test_instants_are_read() -> None:
    assert BEGINNING.convert("2026-11-25T08:30Z", None, None) == "2026-11-25T08:30"
    assert BEGINNING.convert("", None, None) == ""


@pytest.mark.parametrize("text", ["yesterday", "2026-11-25T08:30+02:00"])
def test_what_is_none_is_told(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no time in UTC"):
        BEGINNING.convert(text, None, None)
