"""Rules of an organization: read from a preset and what differs from it, and refused with a sentence."""

from __future__ import annotations

import pytest

from optiid.errors import InvalidInputError
from optiid.services.rules import PRESETS, STANDARD, Rules, checked_rules, read_rules


def test_rules_are_a_preset_and_what_differs_from_it() -> None:
    assert read_rules("{}") == STANDARD == checked_rules({"preset": "standard"})
    opti = read_rules('{"preset": "opti", "inactive": null, "retention_days": 7, "system_groups": ["Owners"]}')
    assert opti == Rules(None, "refuse", "equality", "installation", 7, ("Owners",))
    assert PRESETS["opti"].inactive == "erase"


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"preset": "hosted"}, "no preset 'hosted': choose standard or opti"),
        ({"preset": ["opti"]}, "no preset"),
        ({"inactiv": "delete"}, "no rule 'inactiv': the rules are inactive"),
        ({"inactive": "hide"}, "inactive can be null, delete, erase, suspend, not 'hide'"),
        ({"filters": None}, "filters can be any, equality, not 'None'"),
        ({"retention_days": True}, "retention_days can be 0 to 3650 or null, not 'True'"),
        ({"retention_days": -1}, "retention_days can be 0 to 3650"),
        ({"system_groups": "Owners"}, "system_groups is a list of names"),
        ({"system_groups": [" "]}, "system_groups is a list of names"),
    ],
)
def test_wrong_rule_is_named_with_what_is_allowed(chosen: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        checked_rules(chosen)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "null", '"opti"'])
def test_rules_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="Rules are a JSON object"):
        read_rules(text)


def test_system_groups_are_found_in_any_writing() -> None:
    rules = checked_rules({"system_groups": ["Billing  Owners"]})
    for name in ("Everyone", "ＥＶＥＲＹＯＮＥ", "billing owners", "BILLING OWNERS"):
        assert rules.is_system_group(name)
    assert not rules.is_system_group("Billing")
