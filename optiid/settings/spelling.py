"""The right word that is nearest to a wrong one."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(wrong: str, known: Iterable[str]) -> str:
    """Return the known word that `wrong` begins, or else resembles most; "" when none is known."""
    words = list(known)
    begun = [word for word in words if word.startswith(wrong)]
    return next(iter(begun or difflib.get_close_matches(wrong, words, n=1, cutoff=0.0)), "")
