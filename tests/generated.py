"""Documents and filters made from a schema: hostile texts, every type, every operator.

Documents come from a seeded generator, since storing them is slow; filters come from hypothesis, which shrinks them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from optiid.scim.attributes import Attribute, SchemaDescription
from optiid.scim.filters.parser import parse_attribute_path, parse_filter
from optiid.scim.filters.tree import OPERATORS, And, AttributePath, Compare, Each, Not, Or, Present, Tree
from optiid.scim.resource_types import COMMON_ATTRIBUTES, ResourceType

if TYPE_CHECKING:
    import random

# Few and alike, so that comparisons hold often enough.
TEXTS = (
    "", " ", "a", "A", "ab", "aB", "b", "%", "_", "a%b", "a_b", "'", '"', "\\", "\\%", "''", "?", "%s", "{}", "$.a",
    "null", "true", "ß", "ss", "SS", "ẞ", "Ü", "ü", "u\u0308", "U\u0308", "İ", "i\u0307", "\u0131", "I", "i",
    "\ufb01", "fi", "\u03a3", "\u03c2", "\u03c3", "Å", "\u212b", "😀", "a😀b", "😀😀", "\U0001f1e9\U0001f1ea",
    "e\u0301", "\u0345", "\u03b1\u0345", "\uffff", "\U00010000", "z" * 700, "sha256:", "work", "WORK", "home", "\t",
    "a\nb",
)  # fmt: skip
INSTANTS = (
    "2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.000001Z", "2026-01-31T12:00:00",
    "0999-06-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "9999-12-31T00:00:00Z",
    "2026-01-31T12:00:00.0Z", "2026-01-31T12:00:00.0000001Z", "2026-01-31T06:30:00.00000012-05:30",
)  # fmt: skip
NUMBERS = (0, -0.0, 1, -1, 1.5, -1.5, 2, 10, -10, 9, 1e300, -1e300, 1e-300, 2**53, 2**53 + 1, -(2**53) - 1, 2**63)
TYPES = ("work", "home", "WORK")
# An extension that no schema describes.
OPAQUE = "urn:example:opaque:Thing"


class GadgetSchema:
    """A schema with the kinds of attribute that people and groups lack."""

    @classmethod
    def describe(cls) -> SchemaDescription:
        name = Attribute("label", required=True, identifier=True)
        return SchemaDescription("urn:example:Gadget", "Gadget", "", (name, *cls.every_kind()))

    @staticmethod
    def every_kind() -> tuple[Attribute, ...]:
        kinds: tuple[Any, ...] = ("integer", "decimal", "dateTime", "boolean", "string", "binary")
        parts = tuple(Attribute(f"{kind}Part", kind) for kind in kinds)
        single = tuple(Attribute(f"one{kind.capitalize()}", kind) for kind in kinds)
        several = tuple(Attribute(f"many{kind.capitalize()}", kind, multi_valued=True) for kind in kinds)
        value = (Attribute("value", case_exact=True), Attribute("primary", "boolean"))
        pair = Attribute("pair", "complex", sub_attributes=parts)
        pairs = Attribute("pairs", "complex", multi_valued=True, indexed=True, sub_attributes=(*parts, *value))
        exact = Attribute("exact", case_exact=True)
        return (*single, *several, exact, pair, pairs)


class ExtraSchema:
    """The same kinds again in an extension, as an organization may add one."""

    @classmethod
    def describe(cls) -> SchemaDescription:
        kinds = tuple(replace(attribute, indexed=False) for attribute in GadgetSchema.every_kind())
        return SchemaDescription("urn:example:scim_~1.0:Extra", "Extra", "", kinds)


GADGET = ResourceType("Gadget", "/Gadgets", "", GadgetSchema, (ExtraSchema,), "label")  # type: ignore[arg-type]


def document(random_: random.Random, resource_type: ResourceType, number: int) -> dict[str, Any]:
    """Return an internal document; the name is its own, all else is left to chance."""
    made = _object(random_, resource_type.schema.attributes)
    for urn, schema in resource_type.extensions.items():
        if random_.random() < 0.5 and (extension := _object(random_, schema.attributes)):
            made[urn] = extension
    if random_.random() < 0.6:
        made["externalId"] = random_.choice(TEXTS)
    if random_.random() < 0.2:
        made[OPAQUE] = {"anything": 1}
    return made | {resource_type.name_attribute: f"{random_.choice(TEXTS)}{number}"}


def _object(random_: random.Random, attributes: tuple[Attribute, ...]) -> dict[str, Any]:
    made = {}
    for attribute in attributes:
        if attribute.name in ("groups", "members", "password", "$ref") or random_.random() < 0.5:
            continue
        values = [_value(random_, attribute) for _ in range(random_.randint(1, 3) if attribute.multi_valued else 1)]
        values = [value for value in values if value != {}]
        if values:
            made[attribute.name] = values if attribute.multi_valued else values[0]
    return made


def _value(random_: random.Random, attribute: Attribute) -> Any:
    if attribute.type == "complex":
        return _object(random_, attribute.sub_attributes)
    return random_.choice(_pool(attribute))


def _pool(attribute: Attribute) -> tuple[Any, ...]:
    if attribute.type == "boolean":
        return (True, False)
    if attribute.type in ("integer", "decimal"):
        return NUMBERS
    if attribute.type == "dateTime":
        return INSTANTS
    return TYPES if attribute.name == "type" else TEXTS


# `schemas` is told from what is stored; it has no values to select from.
_NO_ELEMENTS = ("schemas",)


def filters(resource_type: ResourceType, known: dict[str, tuple[str, ...]] | None = None) -> st.SearchStrategy[Tree]:
    """Return filters that a resource type understands.

    `known` has values to compare with by dotted path, for those that only the store can tell.
    """
    known = known or {}
    core = (*COMMON_ATTRIBUTES, *resource_type.schema.attributes)
    urns = (resource_type.schema.urn, *resource_type.extensions)
    leaves = st.one_of(
        _leaves(None, core, known),
        _leaves(resource_type.schema.urn, core, known),
        *(_leaves(urn, schema.attributes, {}) for urn, schema in resource_type.extensions.items()),
        st.sampled_from(urns).flatmap(_spelt).map(parse_attribute_path).map(Present),
    )
    return joined(leaves)


def joined(leaves: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    """Return trees of and, or and not over leaves."""

    def grow(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        several = st.lists(parts, min_size=2, max_size=3).map(tuple)
        return st.one_of(several.map(And), several.map(Or), parts.map(Not))

    return st.recursive(leaves, grow, max_leaves=6)


def _leaves(
    urn: str | None, attributes: tuple[Attribute, ...], known: dict[str, tuple[str, ...]]
) -> st.SearchStrategy[Tree]:
    made = []
    for attribute in attributes:
        if attribute.returned == "never":
            continue
        name = _spelt(attribute.name)
        whole = st.builds(AttributePath, st.none() if urn is None else _spelt(urn), name, st.none())
        made.append(whole.map(Present))
        if attribute.type != "complex":
            made.append(_comparisons(whole, attribute, known.get(attribute.name, ())))
        elif attribute.sub("value"):
            made.append(_comparisons(whole, attribute.sub("value"), known.get(f"{attribute.name}.value", ())))
        inner = []
        for part in attribute.parts:
            values = known.get(f"{attribute.name}.{part.name}", ())
            bare = st.builds(AttributePath, st.none(), _spelt(part.name), st.none())
            inner += [bare.map(Present), _comparisons(bare, part, values)]
            if attribute.type == "complex":
                dotted = st.builds(_with_sub, whole, _spelt(part.name))
                made += [dotted.map(Present), _comparisons(dotted, part, values)]
        if inner:
            each = st.builds(Each, whole, joined(st.one_of(inner)))
            made += [each, st.builds(_with_part_behind, each, st.one_of(inner))]
    return st.one_of(made)


def _with_sub(path: AttributePath, sub: str) -> AttributePath:
    return AttributePath(path.urn, path.attribute, sub)


def _with_part_behind(each: Each, part: Tree) -> Tree:
    """Return what is read when a comparison stands behind the brackets: `emails[type eq "work"].value eq "x"`."""
    return parse_filter(f"{each}.{part}")


def _spelt(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from([name, name.lower(), name.upper()])


def _comparisons(
    paths: st.SearchStrategy[AttributePath], attribute: Attribute, known: tuple[str, ...]
) -> st.SearchStrategy[Tree]:
    operators = OPERATORS
    if attribute.type in ("boolean", "binary") or attribute.name in ("$ref", "location"):
        operators = ("eq", "ne")
    elif attribute.type in ("integer", "decimal", "dateTime"):
        operators = ("eq", "ne", "gt", "ge", "lt", "le")
    literals = st.sampled_from([*_pool(attribute), *known])
    null = st.builds(Compare, paths, st.sampled_from(["eq", "ne"]), st.none())
    return st.builds(Compare, paths, st.sampled_from(operators), literals) | null
