"""The grammar of events, and that docs/events.md tells the same."""

from __future__ import annotations

import re

import pytest

from optiid.storage.event_kinds import KINDS, check
from optiid.storage.journal import Event
from tests.running import ROOT

PAGE = (ROOT / "optiid" / "docs" / "events.md").read_text(encoding="utf-8")


def documented() -> dict[str, set[str]]:
    """Return the keys of the payload by kind, as the table tells them."""
    found: dict[str, set[str]] = {}
    for kinds, payload in re.findall(r"^\| (`[^|]+`) \|[^|]*\|([^|]*)\|$", PAGE, re.MULTILINE):
        for kind in re.findall(r"`([^`]+)`", kinds):
            assert kind not in found
            keys = "".join(part.partition(":")[0] for part in payload.split(";"))
            found[kind] = set(re.findall(r"`([^`]+)`", keys))
    return found


def test_page_tells_each_kind_with_its_payload() -> None:
    assert documented() == {kind: set(keys) for kind, keys in KINDS.items()}


def test_kinds_have_one_form() -> None:
    assert not [kind for kind in KINDS if not re.fullmatch(r"[a-z]+\.[a-z_]+", kind)]


def test_what_is_no_event_is_refused() -> None:
    check(Event("user.updated", "u", {"changed": ["title"]}))
    check(Event("user.updated", "u"))
    with pytest.raises(ValueError, match="no event 'user"):
        check(Event("user.renamed", "u"))
    with pytest.raises(ValueError, match=r"user\.deleted has why"):
        check(Event("user.deleted", "u", {"why": "x"}))
