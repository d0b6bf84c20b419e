"""Query parameters and the list and search messages (RFC 7644, sections 3.4.2 and 3.4.3; RFC 9865, section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from optiid.scim.errors import ScimError

if TYPE_CHECKING:
    from collections.abc import Mapping

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@dataclass(frozen=True, slots=True)
class Query:
    """What a client asked for, as it asked: texts are not parsed yet, numbers are already within lawful bounds.

    A `cursor` asks for pages by cursor, the empty one for the first of them; None asks for pages by index.
    """

    filter: str | None = None
    sort_by: str | None = None
    descending: bool = False
    start_index: int = 1
    count: int | None = None
    attributes: tuple[str, ...] = ()
    excluded_attributes: tuple[str, ...] = ()
    cursor: str | None = None


def read_parameters(query: str) -> dict[str, str]:
    """Return the parameters of a URL's query, its bytes given as Latin-1 (PEP 3333); of a repeated one the first."""
    text = query if query.isascii() else query.encode("latin-1").decode("utf-8", "replace")
    found: dict[str, str] = {}
    for part in text.split("&"):
        name, _, value = part.partition("=")
        found.setdefault(name if name.isalpha() else unquote_plus(name), unquote_plus(value))
    return found


def read_query(parameters: Mapping[str, str]) -> Query:
    """Return the query that URL parameters ask for; unknown parameters do no harm. Raises invalidValue."""
    return Query(
        filter=parameters.get("filter"),
        sort_by=parameters.get("sortBy") or None,
        descending=_read_order(parameters.get("sortOrder")),
        attributes=split_names(parameters.get("attributes")),
        excluded_attributes=split_names(parameters.get("excludedAttributes")),
        **_paging(parameters.get("cursor"), parameters.get("startIndex"), parameters.get("count")),
    )


def read_search_request(body: Mapping[str, Any]) -> Query:
    """Return the query that a SearchRequest body asks for. Raises invalidSyntax and invalidValue."""
    members = {name.lower(): value for name, value in body.items()}
    schemas = members.get("schemas")
    if schemas is not None and (not isinstance(schemas, list) or SEARCH_URN not in schemas):
        raise ScimError.invalid_syntax(f"schemas of a search must be [{SEARCH_URN!r}]")
    return Query(
        filter=_text("filter", members.get("filter")),
        sort_by=_text("sortBy", members.get("sortby")) or None,
        descending=_read_order(members.get("sortorder")),
        attributes=_names("attributes", members.get("attributes")),
        excluded_attributes=_names("excludedAttributes", members.get("excludedattributes")),
        **_paging(members.get("cursor"), members.get("startindex"), members.get("count")),
    )


def _paging(cursor: Any, start_index: Any, count: Any) -> dict[str, Any]:
    """Return the fields of a query's page, which is asked for by index or by cursor (RFC 9865, section 2.4)."""
    if cursor is None:
        start = read_number("startIndex", start_index, 1) or 1
        return {"start_index": max(1, start), "count": _read_count(count)}
    if not isinstance(cursor, str):
        raise ScimError.invalid_cursor("cursor must be text, empty for the first page")
    if start_index not in (None, ""):
        raise ScimError.invalid_value("Give startIndex or cursor, not both: they are two ways of paging")
    try:
        return {"count": _read_count(count), "cursor": cursor}
    except ScimError as error:
        raise ScimError.invalid_count(error.detail) from error


def split_names(text: str | None) -> tuple[str, ...]:
    """Return the names in a list that is written with commas."""
    if not text:
        return ()
    return tuple(name for part in text.split(",") if (name := part.strip()))


def _names(name: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return split_names(value)
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return tuple(entry.strip() for entry in value if entry.strip())
    raise ScimError.invalid_value(f"{name} must be a list of attribute names")


def _text(name: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise ScimError.invalid_value(f"{name} must be text")


def _read_order(value: Any) -> bool:
    if value in (None, ""):
        return False
    if isinstance(value, str) and value.lower() in ("ascending", "descending"):
        return value.lower() == "descending"
    raise ScimError.invalid_value(f"sortOrder is {str(value)[:60]!r}; it must be ascending or descending")


def _read_count(value: Any) -> int | None:
    number = read_number("count", value, None)
    return None if number is None else max(0, number)


def read_number(name: str, value: Any, default: int | None) -> int | None:
    """Return an integer; too long a number counts as a huge one, and the page limit bounds what it does."""
    if value is None or value == "":
        return default
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-1, min(value, 2**31))
    text = value.strip() if isinstance(value, str) else ""
    digits = text.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise ScimError.invalid_value(f"{name} is {str(value)[:60]!r}; it must be a whole number")
    number = int(digits[:12]) if len(digits) <= 12 else 2**31  # noqa: PLR2004 - twelve digits exceed any page
    return -1 if text.startswith("-") and number else min(number, 2**31)
