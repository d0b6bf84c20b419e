"""A ready repair for clients that send an object as the text of one."""

from __future__ import annotations

import json
from typing import Any

from optiid.scim.json_text import read_object


def object_in_text(value: Any) -> dict[str, Any] | None:
    """Return the object that a text holds as JSON; None for anything else.

    It is read as strictly as a body, since half a surrogate pair or NaN can be neither stored nor answered, wherever
    it came from. Raises invalidSyntax for JSON that no body may hold.
    """
    if not (isinstance(value, str) and value.startswith("{")):
        return None
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return None
    return read_object(value.encode())
