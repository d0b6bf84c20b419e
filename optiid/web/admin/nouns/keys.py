"""`/keys`: the secrets of administrators' programs; without an organization those of the installation."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from marshmallow import fields, validate

from optiid.services import api_keys
from optiid.services.api_keys import SCOPES
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.nouns.tokens import LONGEST_DAYS
from optiid.web.admin.route import Answer, Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.web.admin.call import AdminCall


class Key(Shape):
    """What may be known of a key; its organization is null when it is one of the installation."""

    id = Id("key", required=True)
    organization = Id("organization", required=True, allow_none=True)
    name = fields.String(required=True)
    scope = fields.String(required=True)
    prefix = fields.String(required=True)
    created_at = fields.String(required=True)
    created_by = fields.String(required=True)
    expires_at = fields.String(required=True)
    last_used_at = fields.String(required=True, allow_none=True)
    revoked_at = fields.String(required=True, allow_none=True)


class CreatedKey(Key):
    """A new key with its secret: it is shown this once, and null when the request is repeated."""

    key = fields.String(required=True, allow_none=True)


class NewKey(Shape):
    """A key to be made."""

    name = fields.String(required=True, validate=validate.Length(1, 200))
    scope = fields.String(required=True, validate=validate.OneOf(SCOPES))
    expires_in_days = fields.Integer(strict=True, validate=validate.Range(1, LONGEST_DAYS))


def list_keys(call: AdminCall) -> Listed:
    """Return the keys of the organization, or those of the installation, by age."""
    page = call.after("key")
    found = api_keys.list_some(call.database, call.organization, page.after, page.asked)
    return page.of(found, lambda one: told("key", one.id))


def create_key(call: AdminCall) -> Answer:
    """Create a key."""
    body, life = call.body, timedelta(days=call.body.get("expires_in_days", LONGEST_DAYS))
    made, secret = api_keys.create(
        call.database, call.organization, body["name"], body["scope"], life, author=call.author
    )
    return Answer(asdict(made) | {"key": secret})


def show_key(call: AdminCall, key: str) -> api_keys.ApiKey:
    """Return one key."""
    return api_keys.get(call.database, call.organization, key)


def revoke_key(call: AdminCall, key: str) -> None:
    """Revoke a key."""
    api_keys.revoke(call.database, call.organization, key, author=call.author)


ROUTES = (
    Route("GET", "/keys", list_keys, "List keys.", "admin", "either", answer=Key, listed=True),
    Route("POST", "/keys", create_key, "Create a key; its secret is shown this once.", "admin", "either",
          body=NewKey, answer=CreatedKey, status=201, secret="key"),  # noqa: S106 - the name of a field
    Route("GET", "/keys/<key>", show_key, "Show a key.", "admin", "either", answer=Key),
    Route("DELETE", "/keys/<key>", revoke_key, "Revoke a key.", "admin", "either", status=204),
)  # fmt: skip
