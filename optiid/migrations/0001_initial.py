"""The first tables.

Written as SQL because peewee has no composite foreign keys. Every unique key and foreign key begins with the
organization (rule R2); the two exceptions are the digest of a token, which is how an organization is found at all,
and the name of an organization. Text compares by bytes on both databases: SQLite does so by itself.
"""

from typing import Any

# {text}, {json}, {rowless}: what SQLite and PostgreSQL say differently.
WORDS = {
    "sqlite": {"text": "TEXT", "json": "TEXT", "rowless": " WITHOUT ROWID"},
    "postgresql": {"text": 'TEXT COLLATE "C"', "json": "JSONB", "rowless": ""},
}

STATEMENTS = (
    """CREATE TABLE organization (
        id {text} NOT NULL PRIMARY KEY,
        name {text} NOT NULL,
        name_key {text} NOT NULL UNIQUE,
        rules {text} NOT NULL,
        created_at {text} NOT NULL)""",
    """CREATE TABLE event_counter (
        organization {text} NOT NULL PRIMARY KEY REFERENCES organization (id) ON DELETE CASCADE,
        sequence BIGINT NOT NULL)""",
    """CREATE TABLE connection (
        organization {text} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
        id {text} NOT NULL,
        profile {text} NOT NULL,
        name {text} NOT NULL,
        state {text} NOT NULL,
        settings {text} NOT NULL,
        revision INTEGER NOT NULL,
        created_at {text} NOT NULL,
        PRIMARY KEY (organization, id))""",
    """CREATE TABLE token (
        organization {text} NOT NULL,
        id {text} NOT NULL,
        connection {text} NOT NULL,
        digest {text} NOT NULL UNIQUE,
        prefix {text} NOT NULL,
        created_at {text} NOT NULL,
        expires_at {text} NOT NULL,
        last_used_at {text},
        revoked_at {text},
        PRIMARY KEY (organization, id),
        FOREIGN KEY (organization, connection) REFERENCES connection (organization, id) ON DELETE CASCADE)""",
    "CREATE INDEX token_connection ON token (organization, connection)",
    """CREATE TABLE resource (
        organization {text} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
        id {text} NOT NULL,
        type {text} NOT NULL,
        connection {text} NOT NULL,
        name_key {text} NOT NULL,
        external_id {text} NOT NULL,
        display {text} NOT NULL,
        display_key {text} NOT NULL,
        active INTEGER NOT NULL,
        state {text} NOT NULL,
        document {text} NOT NULL,
        search {json} NOT NULL,
        version INTEGER NOT NULL,
        created_at {text} NOT NULL,
        updated_at {text} NOT NULL,
        removed_at {text},
        PRIMARY KEY (organization, id),
        FOREIGN KEY (organization, connection) REFERENCES connection (organization, id))""",
    # Nobody in the directory shares a name (product.md, section 4) ...
    "CREATE UNIQUE INDEX resource_living_name ON resource (organization, type, name_key) WHERE state <> 'gone'",
    # ... and a connection never sees two resources of one name; this is also the look-up that every IdP makes.
    "CREATE UNIQUE INDEX resource_name ON resource (organization, connection, type, name_key) WHERE removed_at IS NULL",
    """CREATE INDEX resource_external ON resource (organization, connection, type, external_id, id)
        WHERE removed_at IS NULL""",
    "CREATE INDEX resource_page ON resource (organization, connection, type, id) WHERE removed_at IS NULL",
    """CREATE TABLE value_index (
        organization {text} NOT NULL,
        path {text} NOT NULL,
        value_key {text} NOT NULL,
        resource {text} NOT NULL,
        PRIMARY KEY (organization, path, value_key, resource),
        FOREIGN KEY (organization, resource) REFERENCES resource (organization, id) ON DELETE CASCADE){rowless}""",
    "CREATE INDEX value_index_resource ON value_index (organization, resource)",
    """CREATE TABLE membership (
        organization {text} NOT NULL,
        group_id {text} NOT NULL,
        member_id {text} NOT NULL,
        PRIMARY KEY (organization, group_id, member_id),
        FOREIGN KEY (organization, group_id) REFERENCES resource (organization, id) ON DELETE CASCADE,
        FOREIGN KEY (organization, member_id) REFERENCES resource (organization, id) ON DELETE CASCADE){rowless}""",
    "CREATE INDEX membership_member ON membership (organization, member_id, group_id)",
    """CREATE TABLE event (
        organization {text} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
        sequence BIGINT NOT NULL,
        kind {text} NOT NULL,
        resource {text} NOT NULL,
        payload {text} NOT NULL,
        connection {text} NOT NULL,
        request {text} NOT NULL,
        created_at {text} NOT NULL,
        PRIMARY KEY (organization, sequence)){rowless}""",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the tables."""
    words = WORDS["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(**words))


def down(_migrator: Any, db: Any) -> None:
    """Drop the tables, the ones that others refer to last."""
    for table in ("event", "membership", "value_index", "resource", "token", "connection", "event_counter"):
        db.execute_sql(f"DROP TABLE {table}")
    db.execute_sql("DROP TABLE organization")
