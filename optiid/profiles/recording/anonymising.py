"""Requests with stand-ins: attribute names, operators, types and literals stay, every other text goes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

from optiid.profiles.recording.stand_ins import is_id
from optiid.scim.filters.parser import is_attribute_path
from optiid.scim.filters.tree import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.profiles.recording.stand_ins import StandIns

TYPE_WORDS = (
    "work",
    "home",
    "other",
    "mobile",
    "fax",
    "pager",
    "photo",
    "thumbnail",
    "direct",
    "indirect",
    "user",
    "group",
)
MESSENGERS = ("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo")
WORDS = frozenset((*TYPE_WORDS, *MESSENGERS, "add", "remove", "replace", "ascending", "descending"))
WORD_ATTRIBUTES = ("type", "op", "resourcetype", "sortorder")
LANGUAGE_ATTRIBUTES = ("preferredlanguage", "locale")
NAME_LISTS = ("attributes", "excludedattributes", "sortby")
COUNTS = ("startindex", "count", "totalresults", "itemsperpage", "failonerrors")
SIGNS = ("(", ")", "[", "]")
SECRET = "stand-in-secret"  # noqa: S105 - stands for one
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{2})?")
_LITERALS = ("true", "false", "null")
_TOKEN = re.compile(r""""(?:[^"\\]|\\.)*"|".*|'[^']*'|[()\[\]]|\s+|[^\s()\[\]"]+""", re.DOTALL)
_SUB = re.compile(r"\.\$?[A-Za-z][\w-]*", re.ASCII)
_PLACEHOLDER = re.compile(r"(\{[a-z][a-z0-9_]*\})")
_ENDPOINTS = ("users", "groups", "schemas", "resourcetypes", "serviceproviderconfig", ".search", "me", "bulk", "")


class Anonymiser:
    """Rewrites bodies, queries and paths with the stand-ins of one recording."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins

    def body(self, method: str, value: Any, *, search: bool = False) -> Any:
        """Return the body of a request."""
        if not isinstance(value, dict):
            return self.value(value)
        read = self._operations if method == "PATCH" else self._search if search else None
        return {self._key(name): read(name, part) if read else self._part(name, part) for name, part in value.items()}

    def value(self, value: Any, place: str = "") -> Any:
        """Return a value; `place` is the attribute it belongs to, in lower case (`emails.value`)."""
        if isinstance(value, dict):
            return {self._key(name): self._part(name, part, place) for name, part in value.items()}
        if isinstance(value, list):
            return [self.value(part, place) for part in value]
        if isinstance(value, str):
            return self.text(value, place)
        if value is None or isinstance(value, bool) or _leaf(place) in COUNTS:
            return value
        return self._stand_ins.number(value)

    def text(self, text: str, place: str = "") -> str:
        """Return a text; of an attribute that knows few words, those stay."""
        leaf = _leaf(place)
        if (leaf in WORD_ATTRIBUTES and text.strip().lower() in WORDS) or (
            leaf in LANGUAGE_ATTRIBUTES and _LANGUAGE.fullmatch(text)
        ):
            return text
        if leaf == "schemas" and text[:4].lower() == "urn:" and is_attribute_path(text):
            return text
        if leaf == "password" and text:
            return SECRET
        if place == "x509certificates.value" and text:
            return self._stand_ins.binary(text)
        inner = _json_inside(text)
        return self._stand_ins.of(text) if inner is None else _written_as(self.value(inner, place), text)

    def expression(self, text: str, *, path: bool = False) -> str:
        """Return a filter, or the path of an operation: what is compared is replaced, also where it cannot be read."""
        tokens = _TOKEN.findall(text)
        written, place, compared = [], "", False
        alone = path and len(text.split()) == 1 and "[" not in text
        for position, token in enumerate(tokens):
            if token.isspace():
                written.append(token)
                continue
            following = next((later for later in tokens[position + 1 :] if not later.isspace()), "")
            if token in SIGNS:
                written.append(token)
            elif token[0] in "\"'":
                written.append(self._quoted(token, place))
            elif compared:
                written.append(token if token.lower() in _LITERALS else self._literal(token))
            elif token.lower() in (*OPERATORS, "pr", "and", "or", "not") or _SUB.fullmatch(token):
                written.append(token)
            elif _is_name(token) and (alone or following == "[" or _is_operator(following)):
                written.append(token)
                place = place_of(token)
            else:
                written.append(self._stand_ins.of(token))
            compared = token.lower() in OPERATORS and not compared
        return "".join(written)

    def query(self, raw: str) -> str:
        """Return the query of a URL, encoded as it was; placeholders stand in it as they are."""
        return "&".join(self._parameter(part) for part in raw.split("&")) if raw else ""

    def path(self, path: str) -> str:
        """Return a path below the base URL."""
        return "/".join(self._segments(path.split("/")))

    def _key(self, name: str) -> str:
        if _is_name(name):
            return name
        return self.expression(name, path=True) if "[" in name else self._stand_ins.of(name)

    def _part(self, name: str, part: Any, above: str = "") -> Any:
        place = place_of(name)
        return self.value(part, f"{above}.{place}" if above and "." not in above and "." not in place else place)

    def _operations(self, name: str, part: Any) -> Any:
        if name.lower() == "operations" and isinstance(part, list):
            return [self._operation(one) if isinstance(one, dict) else self.value(one) for one in part]
        return self._part(name, part)

    def _operation(self, operation: dict[str, Any]) -> dict[str, Any]:
        path = next((part for name, part in operation.items() if name.lower() == "path"), None)
        place = place_of(path) if isinstance(path, str) else ""
        written: dict[str, Any] = {}
        for name, part in operation.items():
            if name.lower() == "path" and isinstance(part, str):
                written[name] = self.expression(part, path=True)
            elif name.lower() == "value":
                written[name] = self.value(part, place)
            else:
                written[self._key(name)] = self._part(name, part)
        return written

    def _search(self, name: str, part: Any) -> Any:
        if name.lower() == "filter" and isinstance(part, str):
            return self.expression(part)
        if name.lower() in NAME_LISTS:
            listed = part if isinstance(part, list) else [part]
            names = [self._names(one) if isinstance(one, str) else self.value(one) for one in listed]
            return names if isinstance(part, list) else names[0]
        return self._part(name, part)

    def _names(self, text: str) -> str:
        names = text.split(",")
        return ",".join(name if _is_name(name.strip()) else self._stand_ins.of(name) for name in names)

    def _quoted(self, token: str, place: str) -> str:
        """Return a quoted value; one whose end is missing is replaced up to where it ends."""
        if token[0] == '"' and token[-1] == '"' and len(token) > 1:
            try:
                inner = json.loads(token, strict=False)
            except ValueError:
                inner = token[1:-1]
            return json.dumps(self.text(inner, place), ensure_ascii=False)
        closed = token[-1] if len(token) > 1 and token[-1] == token[0] else ""
        return token[0] + self._stand_ins.of(token[1 : len(token) - len(closed)]) + closed

    def _literal(self, token: str) -> str:
        try:
            number = json.loads(token)
        except ValueError:
            return self._stand_ins.of(token)
        return str(self._stand_ins.number(number)) if isinstance(number, (int, float)) else self._stand_ins.of(token)

    def _parameter(self, part: str) -> str:
        name, sign, raw = part.partition("=")
        known, value = unquote_plus(name), unquote_plus(raw)
        lower = known.lower()
        if lower == "filter":
            written = self.expression(value)
        elif lower in NAME_LISTS:
            written = self._names(value)
        elif lower in COUNTS and value.isdigit():
            written = value
        else:
            written = self.text(value, lower)
        plain = "".join({sign for sign in raw if not sign.isalnum() and sign.isascii() and sign not in "%+&#{}"})
        encoded = [
            piece if _PLACEHOLDER.fullmatch(piece) else quote(piece, safe=plain)
            for piece in _PLACEHOLDER.split(written)
        ]
        text = "".join(encoded)
        kept = known if _is_name(known) else quote(self._stand_ins.of(known), safe="")
        return kept + sign + (text.replace("%20", "+") if "+" in raw else text)

    def _segments(self, segments: list[str]) -> Iterator[str]:
        under = ""
        for segment in segments:
            lower = segment.lower()
            is_urn = under == "schemas" and lower.startswith("urn:") and is_attribute_path(segment)
            if lower in _ENDPOINTS or is_urn or (under == "resourcetypes" and lower in WORDS):
                yield segment
            else:
                made = self._stand_ins.of(segment)
                yield made if _PLACEHOLDER.fullmatch(made) else quote(made, safe=":@")
            under = lower


def place_of(path: str) -> str:
    """Return the attribute of a path or key in lower case, without URN and value filter."""
    return re.sub(r"\[.*\]", "", path, flags=re.DOTALL).rpartition(":")[2].strip().lower()


def _leaf(place: str) -> str:
    return place.rpartition(".")[2]


def _is_name(text: str) -> bool:
    return is_attribute_path(text) and not is_id(text)


def _is_operator(token: str) -> bool:
    return token.lower() in (*OPERATORS, "pr")


def _json_inside(text: str) -> Any:
    """Return what a text says as JSON when that is an object or a list, else None."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _written_as(value: Any, text: str) -> str:
    separators = None if '": ' in text or ", " in text else (",", ":")
    return json.dumps(value, separators=separators, ensure_ascii=text.isascii())
