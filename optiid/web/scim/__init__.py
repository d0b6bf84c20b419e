"""The SCIM door: its blueprint and route table."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, g, request

from optiid import logs
from optiid.profiles import hook_faults
from optiid.scim.resource_types import registry
from optiid.web.http import REQUEST_ID
from optiid.web.scim import bulk, discovery, logbook, me, openapi, recording, resources, searching
from optiid.web.scim.admission import admit
from optiid.web.scim.call import current_call

if TYPE_CHECKING:
    from flask import Response

PREFIX = "/scim/v2"
View = Callable[..., "Response"]

# Method and path below the endpoint of each resource type.
TYPE_ROUTES: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("GET", "", searching.search_resources),
    ("POST", "", resources.create_resource),
    ("POST", "/.search", searching.search_by_post),
    ("GET", "/<ident>", resources.get_resource),
    ("PUT", "/<ident>", resources.replace_resource),
    ("PATCH", "/<ident>", resources.patch_resource),
    ("DELETE", "/<ident>", resources.delete_resource),
)

ROOT_ROUTES: tuple[tuple[str, str, View], ...] = (
    ("GET", "", searching.search_root),
    ("POST", "/.search", searching.search_root_by_post),
    ("POST", "/Bulk", bulk.run_bulk),
    ("GET", "/Me", me.get_me),
    ("POST", "/Me", me.create_me),
    ("PUT", "/Me", me.replace_me),
    ("PATCH", "/Me", me.patch_me),
    ("DELETE", "/Me", me.delete_me),
    ("GET", "/ServiceProviderConfig", discovery.show_service_provider_config),
    ("GET", "/ResourceTypes", discovery.list_resource_types),
    ("GET", "/ResourceTypes/<name>", discovery.show_resource_type),
    ("GET", "/Schemas", discovery.list_schemas),
    ("GET", "/Schemas/<urn>", discovery.show_schema),
)


def blueprint() -> Blueprint:
    """Return the blueprint; endpoints of types are also known in lower case, as some clients spell them."""
    made = Blueprint("scim", __name__, url_prefix=PREFIX)
    made.before_request(admit)
    for method, path, view in ROOT_ROUTES:
        _add(made, method, path, view)
    for resource_type in registry().values():
        for method, path, view in TYPE_ROUTES:
            for endpoint in (resource_type.endpoint, resource_type.endpoint.lower()):
                _add(made, method, endpoint + path, partial(_view_type, view, resource_type.name))
    return made


def _view_type(view: View, name: str, **parts: str) -> Response:
    """Call a view with the resource type as the caller's organization has it."""
    return view(current_call().resource_types[name], **parts)


def _add(made: Blueprint, method: str, path: str, view: View) -> None:
    name = f"{method} {path}".replace(".", "")
    made.add_url_rule(path, name, view, methods=[method], provide_automatic_options=False)


def install(app: Flask) -> None:
    """Attach the door: routes, and one log line per request."""
    app.register_blueprint(blueprint())
    app.register_blueprint(openapi.blueprint(PREFIX))
    app.before_request(_start_clock)
    app.after_request(_log)


def _start_clock() -> None:
    g.started = time.perf_counter()
    hook_faults.take()  # what this thread noted before is not of this request


def _log(response: Response) -> Response:
    asked = request
    if asked.path.startswith(PREFIX):
        call: Any = g.get("call")
        milliseconds = (time.perf_counter() - g.started) * 1000
        logs.request_line(
            method=asked.method,
            path=asked.path,
            status=response.status_code,
            milliseconds=milliseconds,
            profile=call.caller.profile if call else "-",
            connection=call.caller.scope.connection if call else "-",
            request_id=asked.environ[REQUEST_ID],
        )
        logbook.keep(response, asked.path.removeprefix(PREFIX) or "/", milliseconds)
        if call is not None:
            recording.recognise(call)
            recording.note_faults(call)
            if call.bound.settings["record_requests"]:
                recording.record(call, asked.path.removeprefix(PREFIX), response, milliseconds)
    return response
