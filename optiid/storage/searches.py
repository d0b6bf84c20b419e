"""Whether what was recorded of a request tells of a person: by a name, or by a value that was looked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


def tells_of(folded: str, name: str) -> bool:
    """Say whether a name stands in a text as a word of its own; both are case-folded, the text may be JSON.

    A name of one letter is part of every text: those of others must stay.
    """
    if name not in folded:
        return False
    return re.search(rf"(?:(?<!\w)|(?<=\\[bfnrt])){re.escape(name)}(?!\w)", folded) is not None


def looks_for(folded: str, values: AbstractSet[str]) -> bool:
    """Say whether a filter compares with one of the values; both are case-folded, the URL is decoded.

    The filter may stand in a JSON body, where its quotes are escaped.
    """
    return not values.isdisjoint(folded.replace('\\"', '"').split('"'))
