"""Flask without what no view here uses: half of what Flask costs per request is sessions, hosts, hooks and signals.

Its routes, blueprints, request and error handlers are left. What comes before and after each request is the matter of
`http.Threshold`, and of the doors' tellers, which are called with every answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import Flask
from flask.sessions import NullSession, SessionInterface

from optiid.web.route_table import RouteTable
from optiid.web.visit import current_visit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Request
    from werkzeug.routing import MapAdapter

    from optiid.web.reply import Reply
    from optiid.web.visit import Visit

    Teller = Callable[[Visit, Reply], None]


class _NoSessions(SessionInterface):
    """Nobody has a session here."""

    _none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002 - as Flask calls it
        return self._none


class LeanFlask(Flask):
    """The application; functions registered by before_request, after_request and teardown are never called."""

    session_interface = _NoSessions()
    _table: RouteTable | None = None

    def __init__(self, tellers: Sequence[Teller]) -> None:
        super().__init__("optiid", static_folder=None, template_folder=None)
        self._tellers = tellers

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is: no view is a coroutine."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what finds the view of a path; the Host header decides nothing (rule R13)."""
        if request is None:
            return None
        if self._table is None:  # the first request comes after the last route
            self._table = RouteTable(self.url_map)
        visit = current_visit()
        return self._table.adapter(visit.path, visit.method)

    def full_dispatch_request(self) -> Reply:  # type: ignore[override]  # it is called as a WSGI application, no more
        """Return the answer of the view or of the error handler, after all doors were told of it."""
        try:
            reply = cast("Reply", self.dispatch_request())
        except Exception as error:  # noqa: BLE001 - the error handlers sort them
            reply = cast("Reply", self.handle_user_exception(error))
        visit = current_visit()
        for tell in self._tellers:
            tell(visit, reply)
        return reply

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Do nothing."""

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """Do nothing."""
