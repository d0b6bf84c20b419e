"""The logbook: one row for each provisioning request, and for each operation of a bulk that writes."""

from peewee import CompositeKey, FloatField, IntegerField, Model, TextField


class Logbook(Model):
    """What came, what the profile made of it, what was decided and changed, and the answer; `status` 0: not known yet.

    `subject` is the key of the name that the request is about; with `resource` it finds all that tells of a person.
    """

    organization = TextField()
    id = TextField()
    connection = TextField()
    created_at = TextField()
    request = TextField()
    method = TextField()
    target = TextField()
    profile = TextField()
    status = IntegerField()
    milliseconds = FloatField()
    decision = TextField()
    scim_type = TextField()
    resource = TextField()
    subject = TextField()
    changed = TextField()
    came = TextField(null=True)
    meant = TextField(null=True)
    before_values = TextField(null=True)
    after_values = TextField(null=True)

    class Meta:
        table_name = "logbook"
        primary_key = CompositeKey("organization", "id")


class Sweep(Model):
    """What of a purge is still to be swept out of the logbook: JSON lists of texts, and of values searched for."""

    organization = TextField()
    id = TextField()
    texts = TextField()
    searched = TextField()

    class Meta:
        table_name = "sweep"
        primary_key = CompositeKey("organization", "id")
