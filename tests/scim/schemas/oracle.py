"""What others say of a schema: the tables of RFC 7643, section 8.7.1, and the models of scim2-models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim2_models import Resource

    from optiid.scim.attributes import Attribute, SchemaDescription

CHARACTERISTICS = ("type", "multiValued", "required", "mutability", "returned", "uniqueness", "caseExact")
# What nearly every attribute of section 8.7.1 says of itself.
USUAL = {
    "type": "string",
    "multiValued": False,
    "required": False,
    "mutability": "readWrite",
    "returned": "default",
    "uniqueness": "none",
    "caseExact": False,
}
READ_ONLY = {"mutability": "readOnly"}
IMMUTABLE = {"mutability": "immutable"}
# Sections 2.3.6 and 2.3.7: values of these types are compared exactly, whatever section 8.7.1 repeats by rote.
REFERENCE = {"type": "reference", "caseExact": True}
BINARY = {"type": "binary", "caseExact": True}
COMPLEX = {"type": "complex", "uniqueness": None, "caseExact": None}
PLURAL = COMPLEX | {"multiValued": True}
BOOLEAN = {"type": "boolean", "caseExact": None}
Flat = dict[str, dict[str, Any]]


def flat(schema: SchemaDescription) -> Flat:
    """Return the characteristics of each attribute by path; None where a type has none."""
    return {path: _characteristics(attribute.document()) for path, attribute in _walk(schema.attributes, "")}


def flat_model(model: type[Resource[Any]]) -> Flat:
    """Return the same of an independent model."""
    shown = model.to_schema().model_dump()["attributes"]
    return {path: _characteristics(attribute) for path, attribute in _walk_documents(shown, "")}


def expected(paths: str, exceptions: Flat) -> Flat:
    """Return the table of an RFC schema: names (`name.part`) and what departs from the usual."""
    return {path: USUAL | exceptions.get(path, {}) for path in paths.split()}


def differences(ours: Flat, theirs: Flat) -> set[tuple[str, str, Any, Any]]:
    """Return (path, characteristic, ours, theirs) for each difference."""
    missing: dict[str, Any] = {}
    return {
        (path, name, ours.get(path, missing).get(name), theirs.get(path, missing).get(name))
        for path in ours.keys() | theirs.keys()
        for name in CHARACTERISTICS
        if ours.get(path, missing).get(name) != theirs.get(path, missing).get(name)
    }


def _characteristics(document: dict[str, Any]) -> dict[str, Any]:
    # What a complex attribute would be unique in or compare by has no meaning.
    unsaid = ("uniqueness", "caseExact") if document["type"] == "complex" else ()
    found = {name: None if name in unsaid else document.get(name) for name in CHARACTERISTICS}
    if document["type"] == "boolean":
        found["caseExact"] = None
    return found


def _walk(attributes: tuple[Attribute, ...], above: str) -> Iterator[tuple[str, Attribute]]:
    for attribute in attributes:
        yield above + attribute.name, attribute
        yield from _walk(attribute.sub_attributes, f"{above}{attribute.name}.")


def _walk_documents(attributes: list[dict[str, Any]], above: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for attribute in attributes:
        yield above + attribute["name"], attribute
        yield from _walk_documents(attribute.get("subAttributes") or [], f"{above}{attribute['name']}.")
