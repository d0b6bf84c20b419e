"""Organizations, connections and tokens: few rows, read and written through peewee's query builder."""

from peewee import BigIntegerField, CompositeKey, IntegerField, Model, TextField


class Organization(Model):
    """A customer: owner of everything else; `plan_of` names the one whose plan it is, and hides it from everybody."""

    id = TextField(primary_key=True)
    name = TextField()
    name_key = TextField(unique=True)
    rules = TextField(default="{}")
    created_at = TextField()
    schema_revision = IntegerField(default=0)
    plan_of = TextField(null=True)

    class Meta:
        table_name = "organization"


class ExtensionSchema(Model):
    """A schema that an organization added to a resource type, as the `/Schemas` document it was given as."""

    organization = TextField()
    urn_key = TextField()
    resource_type = TextField()
    document = TextField()
    created_at = TextField()

    class Meta:
        table_name = "extension_schema"
        primary_key = CompositeKey("organization", "urn_key")


class CursorKey(Model):
    """The secret that an organization's cursors are sealed with; a row of its own, so that no list shows it."""

    organization = TextField(primary_key=True)
    secret = TextField()

    class Meta:
        table_name = "cursor_key"


class EventCounter(Model):
    """The number of an organization's newest event, the end of its audit chain, and what its lists have.

    A row of its own, so that reading an organization never waits.
    """

    organization = TextField(primary_key=True)
    sequence = BigIntegerField()
    audit_sequence = BigIntegerField(default=0)
    audit_head = TextField(default="")
    list_counts = TextField(default="")
    counted_at = BigIntegerField(default=0)

    class Meta:
        table_name = "event_counter"


class Connection(Model):
    """One IdP application that provisions into one organization; `plan` is where its writes go in dry run, or empty."""

    organization = TextField()
    id = TextField()
    profile = TextField()
    name = TextField()
    state = TextField()
    settings = TextField(default="{}")
    revision = IntegerField()
    created_at = TextField()
    plan = TextField(default="")

    class Meta:
        table_name = "connection"
        primary_key = CompositeKey("organization", "id")


class Token(Model):
    """The secret of a connection, as a digest: the secret itself is never stored (rule R1).

    Without scopes it may do everything. `noticed_days` is how near its end was when that was last told. An access token
    names the client that it was given to.
    """

    organization = TextField()
    id = TextField()
    connection = TextField()
    digest = TextField(unique=True)
    prefix = TextField()
    created_at = TextField()
    expires_at = TextField()
    last_used_at = TextField(null=True)
    revoked_at = TextField(null=True)
    last_used_address = TextField(null=True)
    last_used_agent = TextField(null=True)
    scopes = TextField(default="")
    noticed_days = IntegerField(null=True)
    client = TextField(default="")

    class Meta:
        table_name = "token"
        primary_key = CompositeKey("organization", "id")
