"""One request to the admin API on its way: whose key it bears, where it acts, what was sent."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from marshmallow import RAISE, Schema, ValidationError
from werkzeug.exceptions import NotAcceptable

from optiid.errors import NotFoundError
from optiid.scim.errors import ScimError
from optiid.scim.json_text import read_object
from optiid.scim.versions import Conditions
from optiid.services import organizations
from optiid.services.api_keys import check_installation
from optiid.services.author import Author
from optiid.web.admin import identifiers
from optiid.web.admin.problems import FieldsError
from optiid.web.admin.route import LIMIT_DEFAULT, Page
from optiid.web.http import check_media_type, read_body
from optiid.web.visit import current_visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.services.api_keys import Holder
    from optiid.storage.database import Database
    from optiid.web.admin.route import Route
    from optiid.web.service import Service


class Owned(Protocol):
    """Something that says whose it is."""

    @property
    def organization(self) -> str:
        """The id of its organization."""


Found = TypeVar("Found", bound=Owned)
LONGEST_NUMBER = 18
MEDIA_TYPES = ("application/json",)


@dataclass(frozen=True)
class AdminCall:
    """A request that was let in; `organization` is empty where it acts in none."""

    service: Service
    holder: Holder
    organization: str
    query: dict[str, Any]
    body: dict[str, Any]

    @property
    def database(self) -> Database:
        """The database."""
        return self.service.database

    @property
    def author(self) -> Author:
        """Who acts, for the journal."""
        return Author(f"key:{self.holder.key}", current_visit().ident)

    @property
    def conditions(self) -> Conditions:
        """What If-Match says."""
        return Conditions(current_visit().request.headers.get("If-Match"))

    @property
    def page(self) -> Page:
        """Which part of a list is wanted."""
        return Page(self.query.get("after", ""), self.query.get("limit", LIMIT_DEFAULT))

    def after(self, kind: str) -> Page:
        """Return which part of a list is wanted whose cursors are ids of a kind."""
        page = self.page
        return Page(identifiers.read(kind, page.after) or _bad_cursor(page.after), page.limit) if page.after else page

    def numbered(self) -> Page:
        """Return which part of a list is wanted whose cursors are numbers."""
        page = self.page
        text = page.after or "0"
        if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
            _bad_cursor(page.after)
        return Page(text, page.limit)

    def own(self, kind: str, ident: str, find: Callable[[Database, str], Found]) -> Found:
        """Return what a use case finds by an id alone.

        Raises NotFoundError in the same words for what does not exist and for what is another organization's.
        """
        with suppress(NotFoundError):
            found = find(self.database, ident)
            if found.organization == self.organization:
                return found
        raise NotFoundError(f"There is no {kind} {identifiers.told(kind, ident)} here")


def open_call(service: Service, holder: Holder, route: Route, idents: dict[str, str]) -> AdminCall:
    """Return the call of a holder on a route. Raises ForbiddenError, NotFoundError, and the errors of reading."""
    query = _read_query(route)
    organization = _organization(service, holder, route, query, idents)
    body = _read_body(service, route) if route.body else {}
    return AdminCall(service, holder, organization, query, body)


def check_accept() -> None:
    """Raise 406 when the client takes no JSON."""
    request = current_visit().request
    taken = ("application/json", "application/problem+json")
    if request.headers.get("Accept") and not request.accept_mimetypes.best_match(taken):
        raise NotAcceptable


def _organization(service: Service, holder: Holder, route: Route, query: dict[str, Any], idents: dict[str, str]) -> str:
    if route.place == "anywhere":
        return holder.organization
    if route.place == "installation":
        check_installation(holder, "This")
        return ""
    named = idents.pop("organization") if route.place == "path" else query.pop("organization", "")
    if holder.organization:
        if named not in ("", holder.organization):
            raise _no_organization(named)
        return holder.organization
    if not named:
        if route.place == "either":
            return ""
        raise ScimError.invalid_syntax("A key of the installation has to say where to act: add ?organization=org_...")
    if organizations.find(service.database, named).id != named:
        raise _no_organization(named)
    return str(named)


def _no_organization(ident: str) -> NotFoundError:
    return NotFoundError(f"There is no organization {ident!r}; `optiid organization list` shows them")


def _read_query(route: Route) -> dict[str, Any]:
    sent = current_visit().request.args
    for name, values in sent.lists():
        if len(values) > 1:
            raise ScimError.invalid_syntax(f"The parameter {name[:40]!r} is there twice")
        if not values[0].isprintable():
            raise ScimError.invalid_syntax(f"The parameter {name[:40]!r} has characters that cannot be printed")
    try:
        return _loaded(Schema.from_dict(dict(route.parameters))(unknown=RAISE), sent.to_dict())
    except FieldsError as error:
        raise ScimError.invalid_syntax(f"Parameter {error}") from error


def _read_body(service: Service, route: Route) -> dict[str, Any]:
    check_media_type(MEDIA_TYPES)
    settings = service.settings
    assert route.body is not None  # noqa: S101 - for the type checker
    return _loaded(route.body(), read_object(read_body(settings.body_limit), settings.json_depth))


def _loaded(shape: Schema, sent: dict[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = shape.load(sent)
    except ValidationError as error:
        raise FieldsError(_flat(error.messages)) from error
    return loaded


def _flat(messages: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(messages, dict):
        return [
            one for name, below in messages.items() for one in _flat(below, f"{path}.{name}" if path else str(name))
        ]
    return [{"field": path[:200], "detail": str(message)} for message in messages]


def _bad_cursor(text: str) -> str:
    raise ScimError.invalid_syntax(f"after={text[:60]} is no place in this list: take `next` of the page before")
