"""Plans: what connections in dry run would have made of the directory."""

from peewee import CompositeKey, Model, TextField


class Plan(Model):
    """One dry run of a connection; `id` is the hidden organization whose rows are the connection's SCIM plane.

    `stage`: filling, open, applying, ended.
    """

    organization = TextField()
    id = TextField()
    connection = TextField()
    stage = TextField()
    created_at = TextField()
    ended_at = TextField(null=True)

    class Meta:
        table_name = "plan"
        primary_key = CompositeKey("organization", "id")
