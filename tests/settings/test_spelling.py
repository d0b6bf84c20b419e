from __future__ import annotations

from typing import Any

import pytest

from optiid.settings.spelling import nearest


@pytest.mark.parametrize(
    ("wrong", "known", "word"),
    [
        ("prot", ["host", "port"], "port"),
        ("rate", ["date", "rate_limit_enabled"], "rate_limit_enabled"),
        ("z", {"port": 1}, "port"),
        ("port", [], ""),
    ],
)
def test_word_that_is_begun_or_resembles_most(wrong: str, known: Any, word: str) -> None:
    assert nearest(wrong, known) == word
