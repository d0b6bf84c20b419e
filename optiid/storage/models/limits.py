"""What is counted for the limits of requests."""

from peewee import CompositeKey, DoubleField, Model, TextField


class RateBucket(Model):
    """What a connection, or the organization where `bucket` is empty, may send: full again at an instant."""

    organization = TextField()
    bucket = TextField()
    full_at = DoubleField()

    class Meta:
        table_name = "rate_bucket"
        primary_key = CompositeKey("organization", "bucket")
