"""What the brake counts, and what it holds until an administrator decides."""

from peewee import BigIntegerField, CompositeKey, IntegerField, Model, TextField


class Brake(Model):
    """The brake of a connection: how many users were counted at its last measuring."""

    organization = TextField()
    connection = TextField()
    population = BigIntegerField()
    measured_at = TextField()

    class Meta:
        table_name = "brake"
        primary_key = CompositeKey("organization", "connection")


class Deprovisioning(Model):
    """When a connection last took somebody out of the directory, or wanted to and was held."""

    organization = TextField()
    connection = TextField()
    resource = TextField()
    created_at = TextField()
    held = IntegerField()

    class Meta:
        table_name = "deprovisioning"
        primary_key = CompositeKey("organization", "connection", "resource")


class Hold(Model):
    """A removal that waits, or waited, for an administrator.

    `asked`: deactivate, delete or erase; `why`: brake or last_administrator; `state`: open, released, rejected or
    cancelled.
    """

    organization = TextField()
    id = TextField()
    resource = TextField()
    connection = TextField()
    asked = TextField()
    why = TextField()
    request = TextField()
    created_at = TextField()
    state = TextField()
    settled_at = TextField(null=True)
    settled_by = TextField(null=True)

    class Meta:
        table_name = "hold"
        primary_key = CompositeKey("organization", "id")
