"""Digests of resources for the audit trail: they show whether something is what it was, and nothing else."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from optiid.storage.resources import Stored


def digest_of(stored: Stored) -> str:
    """Return the digest of document and state under the resource's own key, lower-case hex; empty without a key.

    The key is deleted with the row (rule R24): who guesses a person's values cannot find out then whether it
    is right.
    """
    if not stored.digest_key:
        return ""
    said = orjson.dumps([stored.state, stored.document], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(said, key=stored.digest_key.encode(), digest_size=32).hexdigest()
