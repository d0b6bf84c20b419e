"""What helps to find out what an identity provider or a profile does; none of it is needed to answer a request."""

from peewee import CompositeKey, FloatField, IntegerField, Model, TextField


class RequestLog(Model):
    """One request of a connection that records them, with its answer: personal data, for diagnosis only."""

    organization = TextField()
    connection = TextField()
    id = TextField()
    created_at = TextField()
    method = TextField()
    target = TextField()
    headers = TextField()
    body = TextField(null=True)
    status = IntegerField()
    answer = TextField(null=True)
    profile = TextField()
    request = TextField()
    milliseconds = FloatField()

    class Meta:
        table_name = "request_log"
        primary_key = CompositeKey("organization", "connection", "id")


class Recognition(Model):
    """Which other profile a connection's requests look like."""

    organization = TextField()
    connection = TextField()
    profile = TextField()
    reason = TextField()
    first_seen_at = TextField()
    last_seen_at = TextField()

    class Meta:
        table_name = "recognition"
        primary_key = CompositeKey("organization", "connection")


class HookFault(Model):
    """How often a hook failed or was slow in requests of a connection; `kind`: failed, slow."""

    organization = TextField()
    connection = TextField()
    profile = TextField()
    hook = TextField()
    kind = TextField()
    reason = TextField()
    times = IntegerField()
    first_seen_at = TextField()
    last_seen_at = TextField()

    class Meta:
        table_name = "hook_fault"
        primary_key = CompositeKey("organization", "connection", "profile", "hook", "kind")
