"""The shard map: which organization lies in which database. Its rows are those of the first shard's database."""

from peewee import Model, TextField


class ShardPlacement(Model):
    """Where an organization lies; a row without an organization says which shard the database itself is.

    `stage`: empty, moving (to `other`), leaving (what lies in `other` is still to be removed). `noted_at`: when it was
    entered, until it is known that it was made; of a move that is under way, its last sign of life.
    """

    organization = TextField(primary_key=True)
    name_key = TextField(unique=True)
    shard = TextField()
    other = TextField()
    stage = TextField()
    noted_at = TextField()

    class Meta:
        table_name = "shard_placement"


class ShardRoute(Model):
    """Whose the credential of a digest is; for one of the whole installation the shard is what counts."""

    digest = TextField(primary_key=True)
    organization = TextField()
    shard = TextField()
    noted_at = TextField()

    class Meta:
        table_name = "shard_route"
