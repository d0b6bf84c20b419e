"""`/connections/{connection}/tokens`: the secrets that identity providers present."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from marshmallow import fields, validate

from optiid.errors import NotFoundError
from optiid.services import tokens
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.nouns.connections import own
from optiid.web.admin.route import Answer, Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.web.admin.call import AdminCall

LONGEST_DAYS = tokens.LONGEST_LIFE.days


class Token(Shape):
    """What may be known of a token."""

    id = Id("token", required=True)
    connection = Id("connection", required=True)
    prefix = fields.String(required=True)
    created_at = fields.String(required=True)
    expires_at = fields.String(required=True)
    last_used_at = fields.String(required=True, allow_none=True)
    revoked_at = fields.String(required=True, allow_none=True)


class CreatedToken(Token):
    """A new token with its secret: it is shown this once, and null when the request is repeated."""

    token = fields.String(required=True, allow_none=True)


class NewToken(Shape):
    """A token to be made."""

    expires_in_days = fields.Integer(strict=True, validate=validate.Range(1, LONGEST_DAYS))


def list_tokens(call: AdminCall, connection: str) -> Listed:
    """Return the tokens of a connection by age."""
    page = call.after("token")
    found = [one for one in tokens.list_all(call.database, own(call, connection).id) if one.id > page.after]
    return page.of(found, lambda one: told("token", one.id))


def create_token(call: AdminCall, connection: str) -> Answer:
    """Create a token."""
    life = timedelta(days=call.body.get("expires_in_days", LONGEST_DAYS))
    made, secret = tokens.create(call.database, own(call, connection).id, life, author=call.author)
    return Answer(asdict(made) | {"token": secret})


def revoke_token(call: AdminCall, connection: str, token: str) -> None:
    """Revoke a token."""
    if token not in [one.id for one in tokens.list_all(call.database, own(call, connection).id)]:
        raise NotFoundError(f"There is no token {token!r} of this connection")
    tokens.revoke(call.database, token, author=call.author)


_ALL = "/connections/<connection>/tokens"
ROUTES = (
    Route("GET", _ALL, list_tokens, "List the tokens of a connection.", answer=Token, listed=True),
    Route("POST", _ALL, create_token, "Create a token; its secret is shown this once.", "admin", body=NewToken,
          answer=CreatedToken, status=201, secret="token"),  # noqa: S106 - the name of a field
    Route("DELETE", f"{_ALL}/<token>", revoke_token, "Revoke a token.", "admin", status=204),
)  # fmt: skip
