"""The search form: a document as comparable text under lower-case names; the one definition of "equal".

What is equal here is equal as text on every database, so no SQL function has to fold case or read a date. The same
function prepares the values of filters: a filter and a value meet in one place.
"""

from __future__ import annotations

import struct
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from optiid.clock import timestamp

if TYPE_CHECKING:
    from optiid.scim.attributes import Attribute
    from optiid.scim.resource_types import ResourceType

_NOTHING: tuple[Any, ...] = (None, {}, [])


def name_key(value: str) -> str:
    """Return the key under which a name is unique: names that only look different share it (rule R11)."""
    if value.isascii():
        return value.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())


def folded(value: str) -> str:
    """Return text for comparing without regard to case (Unicode's canonical caseless matching)."""
    if value.isascii():
        return value.lower()
    return unicodedata.normalize(
        "NFC", unicodedata.normalize("NFD", unicodedata.normalize("NFD", value).casefold()).casefold()
    )


def comparable(attribute: Attribute, value: Any) -> str | None:
    """Return a value as text whose equality and order are those of the attribute; None for what cannot be compared."""
    kind = attribute.type
    if kind == "boolean":
        return ("true" if value else "false") if isinstance(value, bool) else None
    if kind in ("integer", "decimal"):
        return number_text(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    if not isinstance(value, str) or kind == "complex":
        return None
    if kind == "dateTime":
        return instant_text(value)
    if attribute.identifier:
        return name_key(value)
    return value if attribute.case_exact or kind == "binary" else folded(value)


def instant_text(value: str) -> str | None:
    """Return a date and time as UTC in fixed width, or None when it is none."""
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return timestamp(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
    except OverflowError:
        return None


def number_text(value: float) -> str:
    """Return a number as hexadecimal text in the order of numbers: the bits of a double, negative ones turned round."""
    bits: int = struct.unpack(">Q", struct.pack(">d", float(value) + 0.0))[0]
    return f"{bits ^ 0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else bits | 1 << 63:016x}"


def search_form(document: dict[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """Return the search form of a document; extensions stand under their URN, opaque ones are left out."""
    form: dict[str, Any] = {}
    for name, value in document.items():
        attribute = resource_type.attribute(name)
        if attribute is not None:
            found = _form(attribute, value)
        elif (schema := resource_type.extensions.get(name)) and isinstance(value, dict):
            found = {
                part.lower(): leaf
                for part, below in value.items()
                if (known := schema.attribute(part)) and (leaf := _form(known, below)) not in _NOTHING
            }
        else:
            continue
        if found not in _NOTHING:
            form[name if name in resource_type.extensions else name.lower()] = found
    return form


def _form(attribute: Attribute, value: Any) -> Any:
    if isinstance(value, list):
        return [form for element in value if (form := _form(attribute, element)) not in _NOTHING]
    if attribute.type != "complex":
        return comparable(attribute, value)
    if not isinstance(value, dict):
        return None
    return {
        name.lower(): form
        for name, part in value.items()
        if (sub := attribute.sub(name)) and (form := comparable(sub, part)) is not None
    }
