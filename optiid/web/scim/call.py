"""One SCIM request on its way: who calls, under which profile, and what was sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from optiid.profiles.types import HookContext, RequestFacts
from optiid.scim.json_text import read_object
from optiid.scim.messages import read_parameters, split_names
from optiid.scim.projection import EVERYTHING, Projection, read_projection
from optiid.scim.versions import Conditions
from optiid.services.actor import Actor
from optiid.web.http import check_media_type, read_body
from optiid.web.scim.scopes import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optiid.scim.filters.parser import FilterLimits
    from optiid.scim.resource_types import ResourceType
    from optiid.services.bound_profiles import BoundProfile
    from optiid.services.identify import Caller
    from optiid.services.logbook import Line
    from optiid.services.searching import PageLimits
    from optiid.web.service import Service
    from optiid.web.visit import Visit

MEDIA_TYPES = ("application/scim+json", "application/json")
# The body of an operation lies inside the bulk, its list of operations, and the operation.
BULK_LEVELS = 3
# What a profile may see of a request's headers: never credentials.
SHOWN_HEADERS = {
    "accept": "HTTP_ACCEPT",
    "adscimversion": "HTTP_ADSCIMVERSION",
    "content-type": "CONTENT_TYPE",
    "user-agent": "HTTP_USER_AGENT",
}


@dataclass
class Call:
    """A request that was let in."""

    visit: Visit
    service: Service
    caller: Caller
    bound: BoundProfile
    operation: str = ""  # the one that hooks were last told
    line: Line | None = None  # what the logbook tells of the request, when it is a write
    is_written: bool = False  # whether that line is stored already
    told: str = ""  # what came of a read, in words
    _contexts: dict[tuple[str, str], HookContext] = field(default_factory=dict)

    def __post_init__(self) -> None:
        query = self.visit.query
        self.parameters: dict[str, str] = read_parameters(query) if query else {}  # of a repeated one the first counts

    @property
    def facts(self) -> RequestFacts:
        """What profiles may know of the HTTP request."""
        return _facts(self.visit)

    @property
    def request_id(self) -> str:
        """The id of the request."""
        return self.visit.ident

    @property
    def base_url(self) -> str:
        """The URL that all links begin with (rule R13: configured, never taken from the Host header)."""
        return self.service.settings.scim_base_url

    def actor(self, line: Line | None = None, *, tells_groups: bool = False) -> Actor:
        """Return who acts in a use case; `line` is what the logbook tells of it."""
        service, caller = self.service, self.caller
        return Actor(
            caller.plane, self.bound.policy, service.value_limits, self.request_id, service.patch_limits,
            rules=self.bound.rules, planned_for=caller.scope if caller.plane is not caller.scope else None, line=line,
            tells_groups=tells_groups, standing=caller.standing,
        )  # fmt: skip

    @property
    def resource_types(self) -> Mapping[str, ResourceType]:
        """The resource types by name, as the caller's organization has them."""
        known = self.service.resource_types.of(self.caller)
        return visible(self.caller.scopes, known) if self.caller.scopes else known

    @property
    def page_limits(self) -> PageLimits:
        """How large pages are for this connection."""
        limits, wanted = self.service.page_limits, self.bound.settings["page_size"]
        size = min(wanted, limits.largest)
        return replace(limits, default=size, largest=size) if wanted else limits

    @property
    def filter_limits(self) -> FilterLimits:
        """What filters of a search may be for this organization."""
        limits = self.service.filter_limits
        return replace(limits, equality_of_names=True) if self.bound.rules.filters == "equality" else limits

    def context(self, operation: str, resource_type: ResourceType) -> HookContext:
        """Return what a hook may know of this request."""
        self.operation = operation
        known = self._contexts.get((operation, resource_type.name))
        if known is None:
            known = self._contexts[operation, resource_type.name] = HookContext(
                operation=operation,
                resource_type=resource_type,
                settings=self.bound.settings,
                organization=self.caller.organization_name,
                connection=self.caller.connection_name,
                request=self.facts,
            )
        return known

    def body(self, resource_type: ResourceType | None = None) -> dict[str, Any]:
        """Return the JSON object that was sent. Raises 413, 415 and invalidSyntax; groups have a limit of their own."""
        check_media_type(MEDIA_TYPES)
        settings = self.service.settings
        large = resource_type is not None and resource_type.attribute("members") is not None
        raw = read_body(settings.group_body_limit if large else settings.body_limit)
        return read_object(raw, settings.json_depth)

    def bulk_body(self) -> dict[str, Any]:
        """Return the JSON object of a bulk; what may be nested in a body of its own may be in there, too."""
        check_media_type(MEDIA_TYPES)
        settings = self.service.settings
        return read_object(read_body(settings.bulk_body_limit, "maxPayloadSize"), settings.json_depth + BULK_LEVELS)

    def projection(self, resource_type: ResourceType) -> Projection:
        """Return which attributes the URL asks for."""
        asked = self.parameters
        if not asked and not resource_type.specially_returned:
            return EVERYTHING
        return read_projection(
            resource_type, split_names(asked.get("attributes")), split_names(asked.get("excludedAttributes"))
        )

    @property
    def conditions(self) -> Conditions:
        """The conditional headers."""
        environ = self.visit.environ
        required = self.bound.policy.require_if_match
        return Conditions(environ.get("HTTP_IF_MATCH"), environ.get("HTTP_IF_NONE_MATCH"), required)


def _facts(visit: Visit) -> RequestFacts:
    environ = visit.environ
    headers = {name: environ[key] for name, key in SHOWN_HEADERS.items() if key in environ}
    return RequestFacts(
        method=visit.method,
        path=visit.path,
        query=visit.query,
        user_agent=headers.get("user-agent", ""),
        headers=MappingProxyType(headers),
        remote_address=environ.get("REMOTE_ADDR", ""),
    )
