"""A connection's settings change lawful operations, whatever its profile is."""

from __future__ import annotations

import pytest

from optiid.profiles.api import PatchOperation as Op
from optiid.profiles.overrides import with_settings

CREATING = {"unmatched_filter": "create"}


@pytest.mark.parametrize("op", ["add", "replace"])
def test_unmatched_value_filter_creates(op: str) -> None:
    sent = Op(op, 'phoneNumbers[type eq "work"].value', "1")
    assert with_settings([sent], CREATING) == [Op(op, sent.path, "1", creates_target=True)]


def test_unmatched_removal_is_done_already() -> None:
    sent = Op("remove", 'emails[type eq "work"]')
    assert with_settings([sent], CREATING) == [Op("remove", sent.path, may_miss=True)]


@pytest.mark.parametrize("sent", [Op("remove", "emails"), Op("add", "title", "x"), Op("add", None, {})])
def test_other_operations_create_nothing(sent: Op) -> None:
    assert with_settings([sent], CREATING)[0] is sent


def test_nothing_changes_without_the_setting() -> None:
    sent = [Op("add", 'phoneNumbers[type eq "work"].value', "1")]
    assert with_settings(sent, {"unmatched_filter": "refuse"}) is sent
