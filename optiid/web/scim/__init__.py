"""The SCIM door: its blueprint and route table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint

from optiid import logs
from optiid.errors import ChangedMeanwhileError
from optiid.scim.errors import ScimError
from optiid.scim.resource_types import registry
from optiid.web.scim import bulk, discovery, logbook, me, openapi, recording, resources, scopes, searching
from optiid.web.scim.admission import admit
from optiid.web.visit import Visit, current_visit

if TYPE_CHECKING:
    from flask import Flask

    from optiid.services.scopes import Action
    from optiid.web.reply import Reply
    from optiid.web.scim.call import Call

PREFIX = "/scim/v2"
READING = ("GET", "HEAD")
View = Callable[..., "Reply"]

# Method and path below the endpoint of each resource type, and what a token has to be allowed to do with the type.
TYPE_ROUTES: tuple[tuple[str, str, Action, View], ...] = (
    ("GET", "", "read", searching.search_resources),
    ("POST", "", "write", resources.create_resource),
    ("POST", "/.search", "read", searching.search_by_post),
    ("GET", "/<ident>", "read", resources.get_resource),
    ("PUT", "/<ident>", "write", resources.replace_resource),
    ("PATCH", "/<ident>", "write", resources.patch_resource),
    ("DELETE", "/<ident>", "write", resources.delete_resource),
)

# The others say of which types, too. Each operation of a bulk is checked as what it is; discovery tells of no resource.
ROOT_ROUTES: tuple[tuple[str, str, Action, tuple[str, ...], View], ...] = (
    ("GET", "", "read", tuple(registry()), searching.search_root),
    ("POST", "/.search", "read", tuple(registry()), searching.search_root_by_post),
    ("POST", "/Bulk", "write", (), bulk.run_bulk),
    ("GET", "/Me", "read", ("User",), me.get_me),
    ("POST", "/Me", "write", ("User",), me.create_me),
    ("PUT", "/Me", "write", ("User",), me.replace_me),
    ("PATCH", "/Me", "write", ("User",), me.patch_me),
    ("DELETE", "/Me", "write", ("User",), me.delete_me),
    ("GET", "/ServiceProviderConfig", "read", (), discovery.show_service_provider_config),
    ("GET", "/ResourceTypes", "read", (), discovery.list_resource_types),
    ("GET", "/ResourceTypes/<name>", "read", (), discovery.show_resource_type),
    ("GET", "/Schemas", "read", (), discovery.list_schemas),
    ("GET", "/Schemas/<urn>", "read", (), discovery.show_schema),
)


def blueprint() -> Blueprint:
    """Return the blueprint; endpoints of types are also known in lower case, as some clients spell them."""
    made = Blueprint("scim", __name__, url_prefix=PREFIX)
    for method, path, action, types, view in ROOT_ROUTES:
        _add(made, method, path, partial(_view_root, view, action, types))
    for resource_type in registry().values():
        for method, path, action, view in TYPE_ROUTES:
            for endpoint in (resource_type.endpoint, resource_type.endpoint.lower()):
                _add(made, method, endpoint + path, partial(_view_type, view, action, resource_type.name))
    return made


def _view_root(view: View, action: Action, types: tuple[str, ...], /, **parts: str) -> Reply:
    def answered(call: Call) -> Reply:
        scopes.check(call, action, *types)
        return view(call, **parts)

    return _let_in(answered)


def _view_type(view: View, action: Action, name: str, /, **parts: str) -> Reply:
    """Call a view with the resource type as the caller's organization has it."""

    def answered(call: Call) -> Reply:
        scopes.check(call, action, name)
        return view(call, call.resource_types[name], **parts)

    return _let_in(answered)


def _let_in(answered: Callable[[Call], Reply]) -> Reply:
    """Return what a view answers; a write whose caller is not what was known of it begins anew, once.

    It finds that out by itself when it is done, and here when it is refused, which may be by rules of a moment ago.
    """
    visit = current_visit()
    try:
        return answered(admit(visit))
    except ChangedMeanwhileError:
        visit.service.callers.forget(visit.environ.get("HTTP_AUTHORIZATION"))
    except ScimError:
        if visit.call is None or visit.method in READING or not _is_outdated(visit):
            raise
    return answered(admit(visit))


def _is_outdated(visit: Visit) -> bool:
    """Look the caller of a call up again, and say whether that gives another one."""
    header, callers = visit.environ.get("HTTP_AUTHORIZATION"), visit.service.callers
    callers.forget(header)
    return bool(callers.of(header, visit.origin) != visit.call.caller)


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
