"""The search form: a document as comparable text under lower-case names; the one definition of "equal".

What is equal here is equal as text on every database, so no SQL function has to fold case or read a date. The same
function prepares the values of filters: a filter and a value meet in one place.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any

from optiid.clock import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.scim.attributes import AnyCase, Attribute
    from optiid.scim.resource_types import ResourceType

# xsd:dateTime (RFC 7643, section 2.3.5), which has a time of day and may have a zone.
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_MICROSECOND_DIGITS = 6
_NO_TEXTS = ("boolean", "integer", "decimal", "complex")
_LARGEST_REMAINDER = 0x7FFF


# Joiners and the selectors of variants, which a name may have and which hardly show.
_FAINT = re.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def name_key(value: str) -> str:
    """Return the key under which a name is unique: names that only look different share it (rule R11)."""
    if value.isascii():
        return value.lower()
    plain = unicodedata.normalize("NFKC", _FAINT.sub("", value))
    return unicodedata.normalize("NFKC", plain.casefold())


def folded(value: str) -> str:
    """Return text for comparing without regard to case (Unicode's canonical caseless matching)."""
    if value.isascii():
        return value.lower()
    return unicodedata.normalize(
        "NFC", unicodedata.normalize("NFD", unicodedata.normalize("NFD", value).casefold()).casefold()
    )


def comparable(attribute: Attribute, value: Any) -> str | None:
    """Return a value as text whose equality and order are those of the attribute; None for what cannot be compared."""
    if isinstance(value, str):
        return attribute.text_form(value)
    kind = attribute.type
    if isinstance(value, bool):
        return ("true" if value else "false") if kind == "boolean" else None
    if isinstance(value, (int, float)):
        return number_text(value) if kind in ("integer", "decimal") else None
    return None


def text_form_of(attribute: Attribute) -> Callable[[str], str | None]:
    """Return what makes a text comparable that stands in an attribute: once for each, and not for each value."""
    if attribute.type in _NO_TEXTS:
        return _no_text
    if attribute.type == "dateTime":
        return instant_text
    if attribute.identifier:
        return name_key
    if attribute.type == "binary":
        return binary_text
    return str if attribute.case_exact else folded


def _no_text(_value: str) -> None:
    return None


def binary_text(value: str) -> str:
    """Return base64 in one spelling: the usual alphabet, without padding (RFC 4648, sections 3.2 and 5)."""
    return value.rstrip("=").replace("-", "+").replace("_", "/")


def instant_text(value: str) -> str | None:
    """Return a date and time in UTC as text whose order is that of time, or None when it is none.

    Digits beyond the microsecond stand behind the Z, where they order what is the same before it.
    """
    found = _INSTANT.fullmatch(value)
    if found is None:
        return None
    second, fraction, zone = found[1], found[2] or "", found[3] or "Z"
    try:
        instant = datetime.fromisoformat(f"{second}.{fraction[:_MICROSECOND_DIGITS]:0<{_MICROSECOND_DIGITS}}{zone}")
        return timestamp(instant) + fraction[_MICROSECOND_DIGITS:].rstrip("0")
    except (ValueError, OverflowError):
        return None


def number_text(value: float) -> str:
    """Return a number as hexadecimal text in the order of numbers: the bits of a double, negative ones turned round.

    Whole numbers that a double does not hold are told from each other by what is missing to it.
    """
    double = float(value) + 0.0
    bits: int = struct.unpack(">Q", struct.pack(">d", double))[0]
    missing = value - int(double) if isinstance(value, int) else 0
    remainder = min(max(missing, -_LARGEST_REMAINDER), _LARGEST_REMAINDER) + _LARGEST_REMAINDER
    return f"{bits ^ 0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else bits | 1 << 63:016x}{remainder:04x}"


def id_in_link(url: str) -> str:
    """Return the id that a URL of a resource ends with: links are compared by it, wherever the service is reached."""
    return url.rstrip("/").rpartition("/")[2]


def search_form(document: dict[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """Return the search form of a document.

    Extensions stand under their URN; of one that no schema describes only the URN is kept, in `schemas`.
    """
    form: dict[str, Any] = {}
    names = resource_type.names
    for name, value in document.items():
        if (attribute := names[name]) is not None:
            key = attribute.key
            found = attribute.text_form(value) if type(value) is str else _form(attribute, value)
        elif schema := resource_type.extensions.get(name):
            key, found = name, _parts_form(schema.names, value)
        elif name[:4].lower() == "urn:":
            key, found = "schemas", [*form.get("schemas", ()), folded(name)]
        else:
            continue
        if found or found == "":
            form[key] = found
    return form


def _form(attribute: Attribute, value: Any) -> Any:
    if isinstance(value, list):
        return [form for element in value if _is_something(form := _form(attribute, element))]
    if attribute.type != "complex":
        return comparable(attribute, value)
    form = _parts_form(attribute.subs, value)
    if attribute.name == "meta" and "location" in form:
        form["location"] = id_in_link(value["location"])
    return form


def _parts_form(attributes: AnyCase[Attribute], value: Any) -> dict[str, Any]:
    """Return the form of an object with such attributes."""
    if not isinstance(value, dict):
        return {}
    found = {}
    for name, part in value.items():
        known = attributes[name]
        if known is not None:
            form = known.text_form(part) if type(part) is str else _form(known, part)
            if form or form == "":
                found[known.key] = form
    return found


def _is_something(form: Any) -> bool:
    """Say whether a form is neither None nor an empty object or list; an empty text is something."""
    return bool(form) or form == ""
