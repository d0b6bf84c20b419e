"""`/connections/{connection}/tokens`: the secrets that identity providers present."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from optiid.errors import NotFoundError
from optiid.services import scopes, tokens
from optiid.services.credential_lives import LONGEST_LIFE, OVERLAP
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.nouns.connections import own
from optiid.web.admin.route import Answer, Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.web.admin.call import AdminCall

LONGEST_DAYS = LONGEST_LIFE.days


class Token(Shape):
    """What may be known of a token."""

    id = Id("token", required=True)
    connection = Id("connection", required=True)
    prefix = fields.String(required=True)
    created_at = fields.String(required=True)
    expires_at = fields.String(required=True)
    last_used_at = fields.String(required=True, allow_none=True)
    revoked_at = fields.String(required=True, allow_none=True)
    last_used_address = fields.String(required=True, allow_none=True)
    last_used_agent = fields.String(required=True, allow_none=True)
    scopes = fields.List(fields.String(validate=validate.OneOf(scopes.KNOWN)), required=True)


class CreatedToken(Token):
    """A new token with its secret: it is shown this once, and null when the request is repeated."""

    token = fields.String(required=True, allow_none=True)


class NewToken(Shape):
    """A token to be made."""

    expires_in_days = fields.Integer(strict=True, validate=validate.Range(1, LONGEST_DAYS))
    scopes = fields.List(fields.String(validate=validate.OneOf(scopes.KNOWN)), validate=validate.Length(1))


class Rotation(Shape):
    """A token or secret to be made in place of the others, which work so much longer: 24 hours where it is not said."""

    expires_in_days = fields.Integer(strict=True, validate=validate.Range(1, LONGEST_DAYS))
    overlap_hours = fields.Integer(strict=True, validate=validate.Range(0, LONGEST_DAYS * 24))


def list_tokens(call: AdminCall, connection: str) -> Listed:
    """Return the tokens of a connection by age."""
    page = call.after("token")
    found = [one for one in tokens.list_all(call.database, own(call, connection).id) if one.id > page.after]
    listed = page.of(found, lambda one: told("token", one.id))
    return Listed([_shown(one) for one in listed.data], listed.next)


def create_token(call: AdminCall, connection: str) -> Answer:
    """Create a token."""
    asked = call.body.get("scopes", ())
    made, secret = tokens.create(call.database, own(call, connection).id, life_of(call), asked, author=call.author)
    return Answer(_shown(made) | {"token": secret})


def rotate_token(call: AdminCall, connection: str) -> Answer:
    """Create a token in place of the others."""
    made, secret = tokens.rotate(
        call.database, own(call, connection).id, overlap_of(call), life_of(call), author=call.author
    )
    return Answer(_shown(made) | {"token": secret})


def revoke_token(call: AdminCall, connection: str, token: str) -> None:
    """Revoke a token."""
    if token not in [one.id for one in tokens.list_all(call.database, own(call, connection).id)]:
        raise NotFoundError(f"There is no token {token!r} of this connection")
    tokens.revoke(call.database, token, author=call.author)


def life_of(call: AdminCall) -> timedelta:
    """Return how long what a call makes is to live."""
    return timedelta(days=call.body.get("expires_in_days", LONGEST_DAYS))


def overlap_of(call: AdminCall) -> timedelta:
    """Return how long what a rotation replaces is to work on."""
    return timedelta(hours=call.body["overlap_hours"]) if "overlap_hours" in call.body else OVERLAP


def _shown(token: tokens.Token) -> dict[str, Any]:
    return asdict(token) | {"scopes": scopes.shown(token.scopes)}


_ALL = "/connections/<connection>/tokens"
_ROTATIONS = "/connections/<connection>/token-rotations"  # below `_ALL` it would be taken for a token's id
ROUTES = (
    Route("GET", _ALL, list_tokens, "List the tokens of a connection.", answer=Token, listed=True),
    Route("POST", _ALL, create_token, "Create a token; its secret is shown this once.", "admin", body=NewToken,
          answer=CreatedToken, status=201, secret="token"),  # noqa: S106 - the name of a field
    Route("POST", _ROTATIONS, rotate_token, "Create a token in place of the others, which end after the overlap.",
          "admin", body=Rotation, answer=CreatedToken, status=201, secret="token"),  # noqa: S106 - the name of a field
    Route("DELETE", f"{_ALL}/<token>", revoke_token, "Revoke a token.", "admin", status=204),
)  # fmt: skip
