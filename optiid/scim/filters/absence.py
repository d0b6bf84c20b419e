"""A filter over several resource types, read for one: what that one does not have is a missing value there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.scim.filters.tree import And, AttributePath, Compare, Each, Not, Or, Present, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.scim.resource_types import ResourceType

# Every resource has an id (RFC 7643, section 3.1).
TRUE: Tree = Present(AttributePath(None, "id"))
FALSE: Tree = Not(TRUE)


def with_absence(tree: Tree, resource_type: ResourceType, types: Sequence[ResourceType]) -> Tree:
    """Return the filter for one of the types it is about (RFC 7644, section 3.4.2.1).

    An attribute that another of them has is without a value in this one. One that none has stays as it is, so that
    the filter is refused.
    """
    if isinstance(tree, Not):
        return Not(with_absence(tree.part, resource_type, types))
    if isinstance(tree, (And, Or)):
        return type(tree)(tuple(with_absence(part, resource_type, types) for part in tree.parts))
    if _has(resource_type, tree.path) or not any(_has(other, tree.path) for other in types):
        return tree
    return TRUE if _holds_without_value(tree) else FALSE


def _has(resource_type: ResourceType, path: AttributePath) -> bool:
    urn = str(path).lower()
    if urn == resource_type.schema.urn.lower() or resource_type.extension_urn(urn):
        return True  # the URN itself stands for the schema
    return resource_type.locate(path.urn, path.attribute, path.sub_attribute) is not None


def _holds_without_value(tree: Compare | Present | Each) -> bool:
    """Say whether a comparison holds where there is no value: `ne` is the opposite of `eq`, and null is no value."""
    if not isinstance(tree, Compare):
        return False
    return (tree.operator == "eq") if tree.value is None else (tree.operator == "ne")
