"""Resources, their indexed values and memberships.

Hot statements on these tables stand as text in `statements.py`; the models describe the tables for everything else.
"""

from peewee import BigIntegerField, CompositeKey, IntegerField, Model, TextField


class Resource(Model):
    """One user or group: the document clients see, its search form and the key columns.

    `active` and `removed_at` are what the IdP sees (SCIM plane); `state` is what the products see (directory).
    """

    organization = TextField()
    id = TextField()
    type = TextField()
    connection = TextField()
    name_key = TextField()
    external_id = TextField()
    display = TextField()
    display_key = TextField()
    active = IntegerField()
    state = TextField()
    document = TextField()
    search = TextField()
    version = IntegerField()
    created_at = TextField()
    updated_at = TextField()
    removed_at = TextField(null=True)
    digest_key = TextField(default="")

    class Meta:
        table_name = "resource"
        primary_key = CompositeKey("organization", "id")


class ValueIndex(Model):
    """One value of a multi-valued path that look-ups use (`emails.value`)."""

    organization = TextField()
    path = TextField()
    value_key = TextField()
    resource = TextField()

    class Meta:
        table_name = "value_index"
        primary_key = CompositeKey("organization", "path", "value_key", "resource")


class UniqueValue(Model):
    """One value of an attribute that an extension schema declares unique; who is gone holds none."""

    organization = TextField()
    path = TextField()
    value_key = TextField()
    resource = TextField()

    class Meta:
        table_name = "unique_value"
        primary_key = CompositeKey("organization", "path", "value_key")


class Claim(Model):
    """The name of a user that no other organization with the same rule may have."""

    name_key = TextField(primary_key=True)
    organization = TextField()
    resource = TextField()

    class Meta:
        table_name = "claim"


class Membership(Model):
    """One member of one group."""

    organization = TextField()
    group_id = TextField()
    member_id = TextField()

    class Meta:
        table_name = "membership"
        primary_key = CompositeKey("organization", "group_id", "member_id")


class Event(Model):
    """One change of the directory, numbered per organization without gaps."""

    organization = TextField()
    sequence = BigIntegerField()
    kind = TextField()
    resource = TextField()
    payload = TextField()
    connection = TextField()
    request = TextField()
    created_at = TextField()

    class Meta:
        table_name = "event"
        primary_key = CompositeKey("organization", "sequence")


class AuditEntry(Model):
    """One act in the audit trail; `hash` seals it together with the entry before it."""

    organization = TextField()
    sequence = BigIntegerField()
    created_at = TextField()
    author = TextField()
    request = TextField()
    action = TextField()
    target = TextField()
    details = TextField()
    before_digest = TextField()
    after_digest = TextField()
    hash = TextField()

    class Meta:
        table_name = "audit_entry"
        primary_key = CompositeKey("organization", "sequence")
