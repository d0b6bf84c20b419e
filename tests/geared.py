"""A user type with an extension that has every kind of attribute, and values for generated tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from optiid.scim.attributes import Attribute
from optiid.scim.fields import ComplexField, PluralField, SimpleField, SimplePluralField
from optiid.scim.resource_types import USER, ResourceType
from optiid.scim.schemas.base import ScimSchema

GEAR = "urn:example:params:2.0:Gear"
KINDS: dict[str, tuple[Any, ...]] = {
    "string": ("a", "B", "b", "ß", "SS", "e\u0301"),
    "exact": ("a", "A", "b"),
    "integer": (0, 1, -1, 10, 2**53),
    "decimal": (0, 1.5, -0.25, 10),
    "boolean": (True, False),
    "dateTime": ("2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", "2025-01-01T00:00:00Z"),
    "reference": ("https://a.example/", "https://A.example/"),
    "binary": ("YQ==", "Yg=="),
}


def _attribute(kind: str, name: str, **characteristics: Any) -> Attribute:
    exact = kind in ("exact", "reference", "binary")
    of_type: Any = "string" if kind == "exact" else kind
    return Attribute(name, type=of_type, case_exact=exact, **characteristics)


def _schema(name: str, *fields: Any, urn: str = "") -> type[ScimSchema]:
    return type(name, (ScimSchema,), {"URN": urn, "NAME": name} | {field.scim.name: field for field in fields})


def _simple(kind: str, name: str, **characteristics: Any) -> SimpleField:
    return SimpleField(_attribute(kind, name, **characteristics))


PART = _schema("Part", *(_simple(kind, kind) for kind in KINDS))
COST = _schema(
    "Cost",
    _simple("string", "code", required=True),
    _simple("decimal", "amount"),
    _simple("integer", "year", mutability="immutable"),
    _simple("string", "by", mutability="readOnly"),
    _simple("boolean", "primary"),
)
CASE = _schema("Case", _simple("string", "color"), _simple("string", "serial", mutability="immutable"))
GEAR_SCHEMA = _schema(
    "Gear",
    _simple("string", "name", required=True),
    *(_simple(kind, f"one{kind.capitalize()}") for kind in KINDS),
    *(SimplePluralField(_attribute(kind, f"many{kind.capitalize()}")) for kind in KINDS),
    ComplexField(PART, Attribute("pair")),
    PluralField(PART, Attribute("pairs")),
    PluralField(COST, Attribute("costs")),
    ComplexField(CASE, Attribute("case")),
    _simple("string", "code", mutability="immutable"),
    SimplePluralField(_attribute("string", "seals", mutability="immutable")),
    _simple("string", "issuer", mutability="readOnly"),
    _simple("exact", "pin", mutability="writeOnly", returned="never"),
    _simple("string", "note", returned="request"),
    urn=GEAR,
)
GEARED: ResourceType = USER.extended(GEAR_SCHEMA)


def values(kind: str) -> st.SearchStrategy[Any]:
    """Return values of a kind."""
    return st.sampled_from(KINDS[kind])


PARTS = st.fixed_dictionaries({}, optional={kind: values(kind) for kind in KINDS}).filter(bool)
MANY: dict[str, st.SearchStrategy[Any]] = {
    **{f"many{kind.capitalize()}": values(kind) for kind in KINDS},
    "pairs": PARTS,
}
ONE: dict[str, st.SearchStrategy[Any]] = {
    **{f"one{kind.capitalize()}": values(kind) for kind in KINDS},
    "pair": PARTS,
}
