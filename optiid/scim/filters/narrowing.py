"""Filters as a service allows them that compares names by `eq` and nothing else, as the hosted Opti ID documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.scim.errors import ScimError
from optiid.scim.filters.tree import Compare

if TYPE_CHECKING:
    from optiid.scim.filters.tree import Tree
    from optiid.scim.resource_types import ResourceType


def check_equality_of_names(tree: Tree, resource_type: ResourceType) -> None:
    """Raise invalidFilter unless a filter is `eq` on the name of the resource, or on a part of a user's name."""
    if isinstance(tree, Compare) and tree.operator == "eq":
        path = tree.path
        location = resource_type.locate(path.urn, path.attribute, path.sub_attribute)
        if location is None or location.extension is None:
            name = path.attribute.lower()
            is_part = name == "name" and path.sub_attribute is not None and resource_type.attribute("name") is not None
            if is_part or (name == resource_type.name_attribute.lower() and path.sub_attribute is None):
                return
    parts = " or a part of name" if resource_type.attribute("name") else ""
    raise ScimError.invalid_filter(
        f"This organization allows only {resource_type.name_attribute}{parts} with eq in filters, not {str(tree)[:80]}"
    )
