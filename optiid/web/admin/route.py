"""What a route of the admin API is: who may call it, what it takes, what it answers. Door and description follow it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from optiid.clock import read_beginning
from optiid.scim.versions import entity_tag
from optiid.web.admin.identifiers import Id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from marshmallow.fields import Field

    from optiid.services.api_keys import Scope

LIMIT_DEFAULT = 50
LIMIT_MOST = 200


class Beginning(fields.String):
    """An instant in UTC, or the beginning of one: what timestamps are compared with."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more)
        try:
            return read_beginning(text)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Shape(Schema):
    """A body or an answer; what it has no field for is refused."""

    class Meta:
        """Also for the description: `additionalProperties` is false."""

        unknown = RAISE


@dataclass(frozen=True)
class Answer:
    """What a view answers: a value for the route's shape, or nothing; `status` where it is not the route's."""

    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


@dataclass(frozen=True)
class Page:
    """Which part of a list is wanted: what follows `after`, at most `limit`."""

    after: str
    limit: int

    @property
    def asked(self) -> int:
        """How many a use case is asked for: one more, which says that another page follows."""
        return self.limit + 1

    def of(self, found: Sequence[Any], cursor: Callable[[Any], str]) -> Listed:
        """Return the page of what a use case found; `cursor` gives the place of an element in the list."""
        items = list(found[: self.limit])
        return Listed(items, cursor(items[-1]) if items and len(found) > self.limit else None)


@dataclass(frozen=True)
class Listed:
    """One page of a list; `next` is what `after` has to be for the next one."""

    data: list[Any]
    next: str | None


# Where a route acts. organization: in that of the key, or the one that `?organization=` names for a key of the
# installation. either: likewise, or in the installation itself. path: in the one of the path. installation: nowhere
# else. anywhere: it is the same for all.
Place = Literal["organization", "either", "path", "installation", "anywhere"]


@dataclass(frozen=True)
class Route:
    """One method of one path; parts of the path are named after kinds of ids (`identifiers.PREFIXES`).

    `secret` names a field of the answer that is never kept for a repetition. `refusals` are statuses beside those that
    follow from the rest.
    """

    method: str
    path: str
    view: Callable[..., Any]
    summary: str
    scope: Scope = "read"
    place: Place = "organization"
    query: Mapping[str, Field[Any]] = field(default_factory=dict)
    body: type[Schema] | None = None
    answer: type[Schema] | None = None
    status: int = 200
    listed: bool = False
    versioned: bool = False
    secret: str = ""
    refusals: tuple[int, ...] = ()

    @property
    def parameters(self) -> dict[str, Field[Any]]:
        """The parameters of the URL that the route takes."""
        known: dict[str, Field[Any]] = {}
        if self.place in ("organization", "either"):
            known["organization"] = Id("organization", metadata={
                "description": "The organization to act in: for keys of the installation; that of the key otherwise."
            })  # fmt: skip
        known |= self.query
        if self.listed:
            known["after"] = fields.String(validate=validate.Length(1, 200), metadata={
                "description": "`next` of the page before; without it the list begins."
            })  # fmt: skip
            known["limit"] = fields.Integer(validate=validate.Range(1, LIMIT_MOST), metadata={
                "description": f"Most elements of the page; {LIMIT_DEFAULT} without it."
            })  # fmt: skip
        return known


def tagged(body: Any, version: int, status: int | None = None) -> Answer:
    """Return an answer with the ETag of a version."""
    return Answer(body, {"ETag": entity_tag(version)}, status)
