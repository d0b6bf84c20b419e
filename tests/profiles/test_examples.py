"""The examples of lawful SCIM must be lawful for the strict core itself, without any profile."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from optiid.profiles.examples import LAWFUL_PATCHES, LAWFUL_QUERIES, LAWFUL_RESOURCES, LAWFUL_USER
from optiid.scim.filters.matcher import check_filter
from optiid.scim.filters.parser import parse_filter
from optiid.scim.patch.engine import apply_edits
from optiid.scim.patch.planner import plan_patch
from optiid.scim.resource_types import USER, ResourceType
from optiid.scim.validation import read_resource, validate_touched

if TYPE_CHECKING:
    from optiid.profiles.types import PatchOperation, Query


@pytest.mark.parametrize(("resource_type", "resource"), LAWFUL_RESOURCES)
def test_resources_are_accepted(resource_type: ResourceType, resource: dict[str, Any]) -> None:
    read_resource(resource_type, deepcopy(resource), unknown_extensions="refuse")


@pytest.mark.parametrize(("resource_type", "operations"), LAWFUL_PATCHES)
def test_operations_are_accepted(resource_type: ResourceType, operations: list[PatchOperation]) -> None:
    document = read_resource(USER, deepcopy(LAWFUL_USER), unknown_extensions="refuse").document
    plan = plan_patch(operations, resource_type)
    changed, touched = apply_edits(document, plan.edits, resource_type)
    validate_touched(resource_type, changed, touched)
    assert changed != document or plan.member_steps or resource_type is not USER


@pytest.mark.parametrize(("resource_type", "query"), LAWFUL_QUERIES)
def test_queries_are_accepted(resource_type: ResourceType, query: Query) -> None:
    if query.filter is not None:
        check_filter(parse_filter(query.filter), resource_type)
