"""The one module a profile plugin may import: hooks, the values they take and give, and ready repairs."""

from optiid.profiles.embedded import object_in_text
from optiid.profiles.hookspecs import hookimpl
from optiid.profiles.primaries import first_primary_only
from optiid.profiles.repairs import (
    boolean_from_text,
    boolean_literal,
    boolean_names,
    locate,
    map_filter,
    map_path,
    qualified,
    repair_operations,
    repair_resource,
)
from optiid.profiles.standard import UNKNOWN_MEMBERS, UNMATCHED_FILTERS, StandardSettings, VendorSettings
from optiid.profiles.types import (
    MISSING,
    Answer,
    DeactivationPolicy,
    GuideFacts,
    HookContext,
    PatchOperation,
    ProfileInfo,
    Query,
    RateLimit,
    Recognition,
    RequestFacts,
    ResourceType,
    ScimError,
)
from optiid.scim.filters.tree import Compare, Present

__all__ = [
    "MISSING",
    "UNKNOWN_MEMBERS",
    "UNMATCHED_FILTERS",
    "Answer",
    "Compare",
    "DeactivationPolicy",
    "GuideFacts",
    "HookContext",
    "PatchOperation",
    "Present",
    "ProfileInfo",
    "Query",
    "RateLimit",
    "Recognition",
    "RequestFacts",
    "ResourceType",
    "ScimError",
    "StandardSettings",
    "VendorSettings",
    "boolean_from_text",
    "boolean_literal",
    "boolean_names",
    "first_primary_only",
    "hookimpl",
    "locate",
    "map_filter",
    "map_path",
    "object_in_text",
    "qualified",
    "repair_operations",
    "repair_resource",
]
