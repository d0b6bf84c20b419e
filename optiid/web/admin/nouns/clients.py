"""`/connections/{connection}/clients`: OAuth clients, which ask the token endpoint for access tokens."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson
from marshmallow import fields, validate

from optiid.errors import NotFoundError
from optiid.services import clients, scopes
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.nouns.connections import own
from optiid.web.admin.nouns.tokens import Rotation, life_of, overlap_of
from optiid.web.admin.route import Answer, Listed, Route, Shape
from optiid.web.token_request import PATH

if TYPE_CHECKING:
    from optiid.web.admin.call import AdminCall


class Used(Shape):
    """When something was last used, by what, and until when it can be; null where that is not known, or not limited."""

    created_at = fields.String(required=True)
    expires_at = fields.String(required=True, allow_none=True)
    last_used_at = fields.String(required=True, allow_none=True)
    last_used_address = fields.String(required=True, allow_none=True)
    last_used_agent = fields.String(required=True, allow_none=True)


class Secret(Used):
    """What may be known of a secret of a client."""

    prefix = fields.String(required=True)


class Client(Used):
    """What may be known of a client; `client_id` and `token_url` are for the identity provider."""

    id = Id("client", required=True)
    connection = Id("connection", required=True)
    name = fields.String(required=True)
    client_id = fields.String(required=True)
    token_url = fields.String(required=True)
    proves_itself_by = fields.String(required=True, validate=validate.OneOf(["secret", "private_key_jwt"]))
    scopes = fields.List(fields.String(validate=validate.OneOf(scopes.KNOWN)), required=True)
    jwks = fields.Dict(required=True, allow_none=True, keys=fields.String())
    secrets = fields.List(fields.Nested(Secret), required=True)
    revoked_at = fields.String(required=True, allow_none=True)


class CreatedClient(Client):
    """A new client; its secret is shown this once, null when the request is repeated and for one with a JWKS."""

    client_secret = fields.String(required=True, allow_none=True)


class CreatedSecret(Shape):
    """A new secret of a client: it is shown this once, and null when the request is repeated."""

    client_id = fields.String(required=True)
    client_secret = fields.String(required=True, allow_none=True)
    expires_at = fields.String(required=True)


class NewClient(Shape):
    """A client to be made, with a secret, or with the public keys (RFC 7517) that it signs assertions with."""

    name = fields.String(required=True, validate=validate.Length(1, 200))
    scopes = fields.List(fields.String(validate=validate.OneOf(scopes.KNOWN)), validate=validate.Length(1))
    jwks = fields.Dict(keys=fields.String())


class ClientKeys(Shape):
    """The public keys of a client, in place of those it had, or of its secrets."""

    jwks = fields.Dict(required=True, keys=fields.String())


def list_clients(call: AdminCall, connection: str) -> Listed:
    """Return the clients of a connection by age."""
    page = call.after("client")
    found = [one for one in clients.list_all(call.database, own(call, connection).id) if one.id > page.after]
    listed = page.of(found, lambda one: told("client", one.id))
    return Listed([_shown(call, one) for one in listed.data], listed.next)


def create_client(call: AdminCall, connection: str) -> Answer:
    """Create a client."""
    body, keys = call.body, _key_set(call) if "jwks" in call.body else ""
    made, secret = clients.create(
        call.database, own(call, connection).id, body["name"], body.get("scopes", ()), keys, author=call.author
    )
    return Answer(_shown(call, made) | {"client_secret": secret.secret if secret else None})


def set_client_keys(call: AdminCall, connection: str, client: str) -> dict[str, Any]:
    """Give a client public keys."""
    clients.set_keys(call.database, _own(call, connection, client).id, _key_set(call), author=call.author)
    return _shown(call, _own(call, connection, client))


def rotate_client(call: AdminCall, connection: str, client: str) -> Answer:
    """Create a secret in place of the others."""
    known = _own(call, connection, client)
    made = clients.rotate(call.database, known.id, overlap_of(call), life_of(call), author=call.author)
    return Answer({"client_id": known.id, "client_secret": made.secret, "expires_at": made.expires_at})


def revoke_client(call: AdminCall, connection: str, client: str) -> None:
    """Revoke a client with its access tokens."""
    clients.revoke(call.database, _own(call, connection, client).id, author=call.author)


def _own(call: AdminCall, connection: str, client: str) -> clients.Client:
    """Return a client of a connection of the organization. Raises NotFoundError."""
    for one in clients.list_all(call.database, own(call, connection).id):
        if one.id == client:
            return one
    raise NotFoundError(f"There is no client {told('client', client)} of this connection")


def _key_set(call: AdminCall) -> str:
    return orjson.dumps(call.body["jwks"]).decode()


def _shown(call: AdminCall, client: clients.Client) -> dict[str, Any]:
    return asdict(client) | {
        "client_id": client.id,
        "token_url": call.service.settings.public_origin + PATH,
        "proves_itself_by": client.proves_itself_by,
        "scopes": scopes.shown(client.scopes),
        "jwks": orjson.loads(client.key_set) if client.key_set else None,
        "expires_at": None if client.key_set else max((one.expires_at for one in client.secrets), default=None),
    }


_ALL = "/connections/<connection>/clients"
_ONE = f"{_ALL}/<client>"
ROUTES = (
    Route("GET", _ALL, list_clients, "List the OAuth clients of a connection.", answer=Client, listed=True),
    Route("POST", _ALL, create_client, "Create an OAuth client; its secret is shown this once.", "admin",
          body=NewClient, answer=CreatedClient, status=201, secret="client_secret"),  # noqa: S106 - the name of a field
    Route("PATCH", _ONE, set_client_keys, "Set the public keys of an OAuth client; its secrets end.", "admin",
          body=ClientKeys, answer=Client, refusals=(409,)),
    Route("POST", f"{_ONE}/secrets", rotate_client,
          "Create a secret of an OAuth client in place of the others, which end after the overlap.", "admin",
          body=Rotation, answer=CreatedSecret, status=201, secret="client_secret"),  # noqa: S106 - the name of a field
    Route("DELETE", _ONE, revoke_client, "Revoke an OAuth client with its access tokens.", "admin", status=204),
)  # fmt: skip
