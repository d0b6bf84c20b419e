"""The SCIM door: its blueprint and route table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint

from optiid import logs
from optiid.scim.resource_types import registry
from optiid.web.scim import bulk, discovery, logbook, me, openapi, recording, resources, searching
from optiid.web.scim.admission import admit
from optiid.web.visit import Visit, current_visit

if TYPE_CHECKING:
    from flask import Flask

    from optiid.web.reply import Reply
    from optiid.web.scim.call import Call

PREFIX = "/scim/v2"
View = Callable[..., "Reply"]

# Method and path below the endpoint of each resource type.
TYPE_ROUTES: tuple[tuple[str, str, Callable[..., Reply]], ...] = (
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
    for method, path, view in ROOT_ROUTES:
        _add(made, method, path, partial(_view_root, view))
    for resource_type in registry().values():
        for method, path, view in TYPE_ROUTES:
            for endpoint in (resource_type.endpoint, resource_type.endpoint.lower()):
                _add(made, method, endpoint + path, partial(_view_type, view, resource_type.name))
    return made


def _view_root(view: View, **parts: str) -> Reply:
    return view(admit(current_visit()), **parts)


def _view_type(view: View, name: str, **parts: str) -> Reply:
    """Call a view with the resource type as the caller's organization has it."""
    call = admit(current_visit())
    return view(call, call.resource_types[name], **parts)


def _add(made: Blueprint, method: str, path: str, view: View) -> None:
    name = f"{method} {path}".replace(".", "")
    made.add_url_rule(path, name, view, methods=[method], provide_automatic_options=False)


def install(app: Flask) -> None:
    """Attach the door."""
    app.register_blueprint(blueprint())
    app.register_blueprint(openapi.blueprint(PREFIX))


def tell(visit: Visit, reply: Reply) -> None:
    """Tell log, logbook and request log of an answer of this door. Raises nothing."""
    if not visit.path.startswith(PREFIX):
        return
    call: Call | None = visit.call
    milliseconds = visit.milliseconds
    logs.request_line(
        method=visit.method,
        path=visit.path,
        status=reply.status,
        milliseconds=milliseconds,
        profile=call.caller.profile if call else "-",
        connection=call.caller.scope.connection if call else "-",
        request_id=visit.ident,
    )
    path = visit.path.removeprefix(PREFIX) or "/"
    logbook.keep(visit, reply, path, milliseconds)
    if call is not None:
        recording.recognise(call)
        recording.note_faults(call)
        if call.bound.settings["record_requests"]:
            recording.record(call, path, reply, milliseconds)
