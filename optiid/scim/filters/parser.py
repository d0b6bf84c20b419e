"""From filter text to tree: the grammar of RFC 7644, figure 1, by recursive descent over one regular expression.

The whole text is read or the filter is refused; half a filter would select the wrong people (rule R8).
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from optiid.scim.errors import ScimError
from optiid.scim.filters.tree import OPERATORS, And, AttributePath, Compare, Each, Not, Or, Present, Tree

# One alternative per token; none can match the same text in two ways, so reading is linear.
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>"(?:[^"\\\x00-\x1f]|\\.)*")
  | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.:$~-]))
  | (?P<sign>[()\[\]])
  | (?P<sub>\.\$?[A-Za-z][\w-]*)
  | (?P<word>\$?[A-Za-z][\w.:$~-]*)
    )""",
    re.VERBOSE | re.ASCII,
)
# attrPath = [URI ":"] ATTRNAME *1subAttr; ATTRNAME with the `$` of `$ref`. Each part ends at a character of its own.
_PATH = re.compile(r"(?:urn(?::[\w.~-]+)+:)?\$?[A-Za-z][\w$-]*(?:\.\$?[A-Za-z][\w$-]*)?", re.ASCII | re.IGNORECASE)
# `userName eq "x"`, which is what identity providers ask before all else: read at one go, as the reader would.
_ONE_COMPARISON = re.compile(
    rf"""\s*(?!not\s)({_PATH.pattern})\s+({"|".join(OPERATORS)})\s+("[^"\\\x00-\x1f]*")\s*""", re.ASCII | re.IGNORECASE
)
_SHOWN = 24
_BLANKS = " \t\n\r\f\v"  # what the pattern takes for blanks, and no other that Unicode has
_LARGEST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class FilterLimits:
    """Bounds before work (rule R9): characters, nesting of parentheses and brackets, comparisons.

    `equality_of_names`: whether a search may only compare names by `eq`.
    """

    length: int = 8192
    depth: int = 32
    terms: int = 100
    equality_of_names: bool = False


DEFAULT_LIMITS = FilterLimits()


def parse_filter(text: str, limits: FilterLimits = DEFAULT_LIMITS) -> Tree:
    """Return the tree of a filter. Raises invalidFilter, naming the position of what cannot be read."""
    found = _one_comparison(text) if len(text) <= limits.length else None
    return _parse_filter(text, limits) if found is None else found  # one cache entry, whether limits were given or not


@lru_cache(maxsize=64)  # a profile reads the filter before the search does
def _one_comparison(text: str) -> Compare | None:
    match = _ONE_COMPARISON.fullmatch(text)
    if match is None or not text.isascii():
        return None
    path, operator, value = match.groups()
    positions = match.start(2) + 1, match.start(3) + 1
    return Compare(parse_attribute_path(path, match.start(1) + 1), operator.lower(), value[1:-1], positions)


@lru_cache(maxsize=2048)
def _parse_filter(text: str, limits: FilterLimits) -> Tree:
    if len(text) > limits.length:
        raise ScimError.invalid_filter(
            f"The filter has {len(text)} characters; at most {limits.length} are taken (position {limits.length + 1})"
        )
    reader = _Reader(text, limits)
    if reader.kind == "end":
        raise ScimError.invalid_filter('Filter: empty at position 1: write, for example, userName eq "x"')
    tree = reader.disjunction(inside=False)
    if reader.kind != "end":
        reader.refuse("nothing more")
    return tree


def is_attribute_path(text: str) -> bool:
    """Say whether a text has the form of an attribute path, which `parse_attribute_path` takes for granted."""
    return _PATH.fullmatch(text) is not None


def parse_attribute_path(text: str, position: int = 0) -> AttributePath:
    """Return an attribute path; the URN ends at the last colon, since names have none."""
    urn, _, name = text.rpartition(":")
    attribute, _, sub_attribute = name.partition(".")
    return AttributePath(urn or None, attribute, sub_attribute or None, position)


@lru_cache(maxsize=2048)
def parse_value_path(text: str, limits: FilterLimits = DEFAULT_LIMITS) -> tuple[Each, str | None]:
    """Return a PATCH path with a value filter: `attribute[filter]`, and the sub-attribute behind it or None.

    Raises invalidPath where the path is wrong and invalidFilter where the filter in it is.
    """
    reader = _Reader(text, limits)
    if reader.kind != "word":
        raise ScimError.invalid_path(f"The path {text[:_SHOWN]!r} must begin with an attribute name")
    each = reader.each(reader.path())
    sub = reader.advance()[1:] if reader.kind == "sub" else None
    if reader.kind != "end":
        raise ScimError.invalid_path(f"The path {text[:_SHOWN]!r} has more than it can after the filter")
    return each, sub


class _Reader:
    """The text, and the token that comes next: its kind, its text (`symbol`) and where it begins."""

    def __init__(self, text: str, limits: FilterLimits) -> None:
        self._text = text
        self._limits = limits
        self._end = 0
        self._depth = 0
        self._terms = 0
        self.kind = ""
        self.symbol = ""
        self._start = 0
        self.advance()

    def advance(self) -> str:
        """Return the token that came next and read the one after it."""
        before, text = self.symbol, self._text
        match = _TOKEN.match(text, self._end)
        if match is None:
            rest = text[self._end :]
            self._start = len(text) - len(rest.lstrip(_BLANKS))
            if found := rest.strip(_BLANKS):
                self.kind, self.symbol = "unreadable", found[:_SHOWN]
                self.refuse("an attribute, operator or value")
            self.kind, self.symbol = "end", ""
            return before
        self.kind = match.lastgroup or ""
        self.symbol = match.group(self.kind)
        self._start, self._end = match.start(self.kind), match.end()
        return before

    def refuse(self, wanted: str) -> NoReturn:
        """Raise invalidFilter for the token that came next."""
        found = repr(self.symbol[:_SHOWN]) if self.symbol else "the end"
        raise ScimError.invalid_filter(f"Filter: wanted {wanted} at position {self.position}, found {found}")

    @property
    def position(self) -> int:
        """Where the token that comes next begins, counted from 1."""
        return self._start + 1

    def _is_word(self, word: str) -> bool:
        return self.kind == "word" and self.symbol.lower() == word

    def _take_sign(self, sign: str) -> None:
        if self.kind != "sign" or self.symbol != sign:
            self.refuse(repr(sign))
        self.advance()

    # FILTER = attrExp / logExp / valuePath / *1"not" "(" FILTER ")"; "and" binds closer than "or".
    def disjunction(self, *, inside: bool) -> Tree:
        """Return the parts joined by `or`; `inside` brackets no further brackets may open."""
        parts = [self._conjunction(inside=inside)]
        while self._is_word("or"):
            self.advance()
            parts.append(self._conjunction(inside=inside))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _conjunction(self, *, inside: bool) -> Tree:
        parts = [self._term(inside=inside)]
        while self._is_word("and"):
            self.advance()
            parts.append(self._term(inside=inside))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    # *1"not" "(" FILTER ")"
    def _term(self, *, inside: bool) -> Tree:
        if self.kind == "sign" and self.symbol == "(":
            return self._group(inside=inside)
        if self._is_word("not"):
            self.advance()
            return Not(self._group(inside=inside))
        return self._expression(inside=inside)

    def _group(self, *, inside: bool) -> Tree:
        return self._enclosed("(", ")", inside=inside)

    def _enclosed(self, opening: str, closing: str, *, inside: bool) -> Tree:
        self._take_sign(opening)
        self._depth += 1
        if self._depth > self._limits.depth:
            raise ScimError.invalid_filter(
                f"Filter: nested deeper than {self._limits.depth} levels at position {self.position}"
            )
        tree = self.disjunction(inside=inside)
        self._depth -= 1
        self._take_sign(closing)
        return tree

    # attrExp = (attrPath SP "pr") / (attrPath SP compareOp SP compValue); valuePath = attrPath "[" valFilter "]"
    def _expression(self, *, inside: bool) -> Tree:
        if self.kind != "word":
            self.refuse("an attribute name")
        self._terms += 1
        if self._terms > self._limits.terms:
            raise ScimError.invalid_filter(
                f"Filter: more than {self._limits.terms} comparisons at position {self.position}"
            )
        path = self.path()
        if not inside and self.symbol == "[" and path.sub_attribute is None:
            return self._value_path(path)
        return self._comparison(path)

    def path(self) -> AttributePath:
        """Return the attribute path that comes next."""
        if not is_attribute_path(self.symbol):
            self.refuse("an attribute name")
        position = self.position
        return parse_attribute_path(self.advance(), position)

    # `emails[type eq "work"].value eq "x"` is not in the grammar, but clients send it, and its meaning is plain.
    def _value_path(self, path: AttributePath) -> Tree:
        each = self.each(path)
        if self.kind != "sub":
            return each
        position = self.position
        sub = AttributePath(None, self.advance()[1:], position=position)
        both = self._comparison(sub)
        inner = each.inner
        return Each(path, And((*(inner.parts if isinstance(inner, And) else (inner,)), both)))

    def each(self, path: AttributePath) -> Each:
        """Return the value filter that comes next, as one on the values of `path`."""
        return Each(path, self._enclosed("[", "]", inside=True))

    def _comparison(self, path: AttributePath) -> Tree:
        operator = self.symbol.lower() if self.kind == "word" else ""
        if operator == "pr":
            self.advance()
            return Present(path)
        if operator not in OPERATORS:
            self.refuse("an operator (eq ne co sw ew gt ge lt le pr)")
        at_operator = self.position
        self.advance()
        at_value = self.position
        return Compare(path, operator, self._value(), (at_operator, at_value))

    # compValue = false / null / true / number / string, as JSON has them
    def _value(self) -> Any:
        word = self.symbol.lower() if self.kind == "word" else ""
        if word in ("true", "false", "null"):
            self.advance()
            return {"true": True, "false": False, "null": None}[word]
        if self.kind not in ("text", "number"):
            self.refuse('a value (text in "quotes", a number, true, false or null)')
        try:
            value = json.loads(self.symbol)
        except (ValueError, RecursionError):
            self.refuse("a value that JSON allows")
        if isinstance(value, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
            self.refuse("text without NUL and half surrogate pairs")
        if isinstance(value, (int, float)) and not -_LARGEST <= value <= _LARGEST:
            self.refuse("a number that a double can hold")
        self.advance()
        return value
