"""Clients of the OAuth token endpoint: few rows, read and written through peewee's query builder."""

from peewee import CompositeKey, IntegerField, Model, TextField


class OAuthClient(Model):
    """Who may ask for access tokens of a connection; `key_set` is the JWKS that its assertions are checked with.

    When it was last used is that of its assertions: each of its secrets has its own.
    """

    organization = TextField()
    id = TextField(unique=True)
    connection = TextField()
    name = TextField()
    scopes = TextField()
    key_set = TextField()
    created_at = TextField()
    revoked_at = TextField(null=True)
    last_used_at = TextField(null=True)
    last_used_address = TextField(null=True)
    last_used_agent = TextField(null=True)

    class Meta:
        table_name = "oauth_client"
        primary_key = CompositeKey("organization", "id")


class ClientSecret(Model):
    """A secret of a client, as a digest; `noticed_days` is how near its end was when that was last told."""

    organization = TextField()
    id = TextField()
    client = TextField()
    digest = TextField(unique=True)
    prefix = TextField()
    created_at = TextField()
    expires_at = TextField()
    last_used_at = TextField(null=True)
    last_used_address = TextField(null=True)
    last_used_agent = TextField(null=True)
    noticed_days = IntegerField(null=True)

    class Meta:
        table_name = "client_secret"
        primary_key = CompositeKey("organization", "id")


class ClientAssertion(Model):
    """An assertion that was used, as the digest of its `jti`, until it ends by itself."""

    organization = TextField()
    client = TextField()
    digest = TextField()
    expires_at = TextField()

    class Meta:
        table_name = "client_assertion"
        primary_key = CompositeKey("organization", "client", "digest")
