"""The service of an installation whose organizations are dealt out over several databases (docs/sharding.md).

Each shard has an ordinary application, which knows of no others. What stands before them looks whose credential a
request bears and passes it on; it lets nobody in and refuses nobody: that is for the application of the shard.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from optiid import logs
from optiid.application import build_app, create_app, registry_of
from optiid.credentials import digest, is_genuine, is_genuine_key
from optiid.errors import OptiidError, UnavailableError
from optiid.services.identify import sent_secret
from optiid.settings import Settings, load_settings
from optiid.storage import shard_map, shard_moves
from optiid.storage.shards import FIRST, ON_ITS_WAY, ShardDatabase, Shards
from optiid.web.failures import answer_failure
from optiid.web.http import Threshold
from optiid.web.service import EXTENSION
from optiid.web.token_request import named_client, rewind
from optiid.web.visit import current_visit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

    from optiid.storage.shard_map import Route

logger = logging.getLogger(__name__)
# How long a process relies on where a credential led. No answer depends on it: what lies elsewhere by now is refused
# there, and then asked for anew.
ROUTE_SECONDS = 30.0
MOST_ROUTES = 20_000
# How long requests wait for a shard that is opened.
OPENING_SECONDS = 5.0
UNREACHABLE = "The server that keeps this organization cannot be reached at the moment: nothing was changed; try again"


def create_service(settings: Settings | None = None) -> WSGIApplication:
    """Return the WSGI application: one, or where there are several shards, one for each and what stands before them.

    Raises what `create_app` raises, for the first shard; another that cannot be reached is waited for by its
    organizations alone.
    """
    settings = settings or load_settings()
    if not settings.shards:
        return create_app(settings)
    logs.configure(settings)
    shards = Shards(settings)
    shards.close()  # the connection of the thread that starts
    return Dispatcher(settings, shards)


class Dispatcher:
    """Passes each request on to the application of the shard that its credential belongs to."""

    def __init__(self, settings: Settings, shards: Shards) -> None:
        registry = registry_of(settings)
        self.shards = shards
        self._routes = Routes(shards.first)

        def build(database: ShardDatabase) -> Flask:
            return build_app(settings, database, registry)

        self._first = build(shards.first)
        self._doors = {name: Door(shards, name, build) for name in shards.names}
        self._doors[FIRST].app = self._first

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request: never with a refusal because a shard is down or because a process remembers wrongly."""
        key = key_of(environ)
        if not key:
            return self._first(environ, start_response)
        try:
            route = self._routes.find(key)
            held = self._pass_on(environ, route)
            if route is not None and held.is_refusal and (again := self._routes.find_anew(key)) != route:
                held.drop()
                rewind(environ)
                held = self._pass_on(environ, again)
        except OptiidError as error:
            self._routes.doubt(key)
            return self._failed(error)(environ, start_response)
        if held.is_outage:
            # It may lie elsewhere by now, which the client's next try is to find out.
            self._routes.doubt(key)
        return held.begin(start_response)

    def _pass_on(self, environ: WSGIEnvironment, route: Route | None) -> Held:
        if route is None:
            return Held(self._first, environ)
        door = self._doors.get(route.shard)
        if door is None:
            raise UnavailableError(UNREACHABLE)
        return door.pass_on(environ, route.organization)

    def _failed(self, error: OptiidError) -> WSGIApplication:
        """Return what answers as any application would that cannot use its database."""

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            with self._first.request_context(environ):
                current_visit().service = self._first.extensions[EXTENSION]
                told = error if isinstance(error, UnavailableError) else UnavailableError(str(error))
                return answer_failure(told)(environ, start_response)

        return Threshold(answer, self.shards.first)


def key_of(environ: WSGIEnvironment) -> str:
    """Return what the map finds the way by: the digest of a credential, the id of a client, or "" for neither."""
    secret = sent_secret(environ.get("HTTP_AUTHORIZATION"))
    return digest(secret) if is_genuine(secret) or is_genuine_key(secret) else named_client(environ)


class Held:
    """The answer of an application, held back until it is known that it is the right one to ask."""

    def __init__(self, app: WSGIApplication, environ: WSGIEnvironment) -> None:
        self._told: tuple[Any, ...] = ()

        def start_response(*told: Any) -> Any:
            self._told = told

        self._body = app(environ, start_response)

    @property
    def is_refusal(self) -> bool:
        """Whether the application does not know the credential."""
        return str(self._told[0]).startswith("401")

    @property
    def is_missing(self) -> bool:
        """Whether the application does not find what was asked for."""
        return str(self._told[0]).startswith("404")

    @property
    def is_outage(self) -> bool:
        """Whether the application cannot answer at the moment."""
        return str(self._told[0]).startswith("503")

    def begin(self, start_response: StartResponse) -> Iterable[bytes]:
        """Begin the answer and return its body."""
        start_response(*self._told)
        return self._body

    def drop(self) -> None:
        """Forget the answer."""
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


class Door:
    """The application of one shard, made when its database can be reached for the first time.

    Requests wait for that while nothing speaks against it. Once it could not be reached, one thread at a time tries and
    all others are answered at once: a server that does not even refuse connections must not hold the threads that the
    organizations of other shards need.
    """

    def __init__(self, shards: Shards, name: str, build: Any) -> None:
        self.app: Flask | None = None
        self._shards, self._name, self._build = shards, name, build
        self._trying, self._failed = threading.Lock(), False

    def pass_on(self, environ: WSGIEnvironment, organization: str) -> Held:
        """Return the application's answer. Raises UnavailableError while the shard cannot be reached."""
        app = self.app
        if app is None or self._shards.get(self._name).in_doubt:
            waits = app is None and not self._failed
            if not self._trying.acquire(timeout=OPENING_SECONDS if waits else 0):
                raise UnavailableError(UNREACHABLE)
            try:
                app = self._opened()
                if self._shards.get(self._name).in_doubt:
                    return self._ask(app, environ, organization)
            finally:
                self._trying.release()
        return self._ask(app, environ, organization)

    def _opened(self) -> Flask:
        if self.app is None:
            try:
                self.app = self._build(self._shards.get(self._name))
            except OptiidError as error:
                self._failed = True
                logger.warning("shard %s cannot be used: %s", self._name, error)
                raise UnavailableError(UNREACHABLE) from error
        return self.app

    def _ask(self, app: Flask, environ: WSGIEnvironment, organization: str) -> Held:
        database = self._shards.get(self._name)
        with database.acting_for(organization):
            held = Held(app, environ)
        if organization and held.is_missing and not _is_shown(database, organization):
            held.drop()
            raise UnavailableError(ON_ITS_WAY)
        return held


def _is_shown(database: ShardDatabase, organization: str) -> bool:
    """Say whether an organization can be found on a shard: amid a move it is hidden, here before and there after."""
    try:
        return shard_moves.is_shown(database, organization)
    finally:
        database.release()


@dataclass(frozen=True, slots=True)
class Remembered:
    """A route, and until when it is relied on without asking."""

    route: Route
    until: float


class Routes:
    """Where credentials led, as far as this process has seen them."""

    def __init__(self, first: ShardDatabase) -> None:
        self._first = first
        self._known: dict[str, Remembered] = {}
        self._asking = threading.Lock()

    def find(self, key: str) -> Route | None:
        """Return where the credential of a digest leads, None when nobody has it.

        While the first shard is down, what was known before goes on to hold. Raises UnavailableError for what was not.
        """
        known = self._known.get(key)
        if known is not None and time.monotonic() < known.until:
            return known.route
        try:
            return self.find_anew(key)
        except UnavailableError:
            if known is None:
                raise
            return known.route

    def find_anew(self, key: str) -> Route | None:
        """Return where the credential of a digest leads now. Raises UnavailableError."""
        found = self._look_up(key)
        if found is not None:
            self._remember(key, found)
        return found

    def doubt(self, key: str) -> None:
        """Look a credential up anew the next time; as long as that is not possible, what was known goes on to hold."""
        known = self._known.get(key)
        if known is not None:
            self._known[key] = replace(known, until=0.0)

    def _look_up(self, key: str) -> Route | None:
        if not self._first.in_doubt:
            return self._asked(key)
        if not self._asking.acquire(blocking=False):
            raise UnavailableError(UNREACHABLE)
        try:
            return self._asked(key)
        finally:
            self._asking.release()

    def _asked(self, key: str) -> Route | None:
        try:
            return self._first.reading(lambda: shard_map.find_route(self._first, key))
        finally:
            self._first.release()

    def _remember(self, key: str, route: Route) -> None:
        if len(self._known) >= MOST_ROUTES:
            self._known.clear()
        self._known[key] = Remembered(route, time.monotonic() + ROUTE_SECONDS)
