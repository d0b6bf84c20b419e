"""The table of settings, and that the page documents all of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from optiid.settings import SETTINGS, load_settings

PAGE = Path(__file__).resolve().parents[2] / "optiid" / "docs" / "settings.md"


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ({}, "http://127.0.0.1:8000/scim/v2"),
        ({"port": 9000}, "http://127.0.0.1:9000/scim/v2"),
        ({"host": "::1"}, "http://[::1]:8000/scim/v2"),
        ({"public_url": "https://scim.example.com/optiid/"}, "https://scim.example.com/optiid/scim/v2"),
    ],
)
def test_base_url_follows_public_url_or_the_bind(given: dict[str, Any], base: str) -> None:
    assert load_settings({}, **given).scim_base_url == base


def test_password_of_the_database_is_not_shown() -> None:
    assert "hidden-word" not in repr(load_settings({"OPTIID_DATABASE_URL": "postgresql://me:hidden-word@host/db"}))


def test_page_documents_each_setting_with_its_default() -> None:
    page = PAGE.read_text()
    for setting in SETTINGS:
        lines = [line for line in page.splitlines() if line.startswith(f"| `{setting.key}` |")]
        assert len(lines) == 1, setting.key
        default = str(setting.default).lower() if isinstance(setting.default, bool) else setting.default
        shown = "(none)" if default in ("", None, ()) else f"`{default}`"
        assert lines[0].startswith(f"| `{setting.key}` | `{setting.variable}` | {shown} | {setting.help}")
        assert all(f"`{choice}`" in lines[0] for choice in setting.choices)


def test_page_documents_nothing_else() -> None:
    documented = set(re.findall(r"^\| `([\w.]+)` \| `OPTIID_", PAGE.read_text(), re.MULTILINE))
    assert documented == {setting.key for setting in SETTINGS}
