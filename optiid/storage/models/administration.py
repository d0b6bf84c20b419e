"""Keys of the admin API, and what was answered to requests that bear an Idempotency-Key."""

from peewee import CompositeKey, IntegerField, Model, TextField


class ApiKey(Model):
    """The secret of an administrator's program, as a digest; the organization is empty for the whole installation."""

    organization = TextField()
    id = TextField()
    name = TextField()
    scope = TextField()
    digest = TextField(unique=True)
    prefix = TextField()
    created_at = TextField()
    created_by = TextField()
    expires_at = TextField()
    last_used_at = TextField(null=True)
    revoked_at = TextField(null=True)

    class Meta:
        table_name = "api_key"
        primary_key = CompositeKey("organization", "id")


class IdempotentRequest(Model):
    """A POST by its Idempotency-Key (`name`): the digest of what was sent, and the answer once there is one."""

    organization = TextField()
    api_key = TextField()
    name = TextField()
    digest = TextField()
    status = IntegerField(null=True)
    answer = TextField(null=True)
    created_at = TextField()

    class Meta:
        table_name = "idempotent_request"
        primary_key = CompositeKey("organization", "api_key", "name")
