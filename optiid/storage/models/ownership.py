"""Changes of owner: what a connection could adopt, and what is on its way from one connection to another."""

from peewee import CompositeKey, Model, TextField


class Adoption(Model):
    """One resource made by hand that a connection's identity provider wanted to create; `state`: proposed, refused."""

    organization = TextField()
    connection = TextField()
    resource = TextField()
    id = TextField()
    matched_by = TextField()
    document = TextField()
    state = TextField()
    created_at = TextField()
    decided_at = TextField(null=True)

    class Meta:
        table_name = "adoption"
        primary_key = CompositeKey("organization", "connection", "resource")


class Relocation(Model):
    """All that a connection owns, on its way to another owner; the connections are paused until it has arrived.

    `kind`: move, keep or delete; `target` is the organization itself when it becomes hand-made.
    """

    organization = TextField()
    source = TextField()
    target = TextField()
    kind = TextField()
    source_state = TextField()
    target_state = TextField()
    started_at = TextField()

    class Meta:
        table_name = "relocation"
        primary_key = CompositeKey("organization", "source")
