"""Flask's routes and blueprints without its contexts: four fifths of what Flask costs per request is what no view uses.

There are no sessions, hosts, hooks, signals, proxies such as `flask.request`, and no error handlers but the one given.
What comes before and after each request is the matter of `http.Threshold`, and of the doors' tellers, which are called
with every answer. A view finds the request and its service by `visit.current_visit`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from flask import Flask

from optiid.web.route_table import RouteTable
from optiid.web.service import EXTENSION
from optiid.web.visit import current_visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from optiid.web.reply import Reply
    from optiid.web.visit import Visit

    Teller = Callable[[Visit, Reply], None]


class LeanFlask(Flask):
    """The application; functions registered by before_request, errorhandler and the like are never called."""

    def __init__(self, tellers: Sequence[Teller], answer_failure: Callable[[Exception], Reply]) -> None:
        super().__init__("optiid", static_folder=None, template_folder=None)
        self._tellers = tellers
        self._answer_failure = answer_failure

    @cached_property
    def _routes(self) -> RouteTable:
        """The table of routes; the first request comes after the last route."""
        return RouteTable(self.url_map)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send the answer of the view, or of the failure, after all doors were told of it."""
        visit = current_visit()
        visit.service = self.extensions[EXTENSION]
        try:
            endpoint, parts = self._routes.find(visit.path, visit.method)
            reply = cast("Reply", self.view_functions[endpoint](**parts))
        except Exception as error:  # noqa: BLE001 - what answers failures sorts them
            reply = self._answer_failure(error)
        for tell in self._tellers:
            tell(visit, reply)
        return reply(environ, start_response)
