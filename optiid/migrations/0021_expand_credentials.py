"""What tokens may do, where they were used from, what was told of their end; clients of the OAuth token endpoint."""

from typing import Any

TEXT = {"sqlite": "TEXT", "postgresql": 'TEXT COLLATE "C"'}

STATEMENTS = (
    "ALTER TABLE token ADD COLUMN last_used_address {text}",
    "ALTER TABLE token ADD COLUMN last_used_agent {text}",
    # Empty: everything.
    "ALTER TABLE token ADD COLUMN scopes {text} NOT NULL DEFAULT ''",
    "ALTER TABLE token ADD COLUMN noticed_days INTEGER",
    # Empty: made by an administrator, and no access token.
    "ALTER TABLE token ADD COLUMN client {text} NOT NULL DEFAULT ''",
    """CREATE TABLE oauth_client (
        organization {text} NOT NULL,
        id {text} NOT NULL UNIQUE,
        connection {text} NOT NULL,
        name {text} NOT NULL,
        scopes {text} NOT NULL,
        key_set {text} NOT NULL,
        created_at {text} NOT NULL,
        revoked_at {text},
        PRIMARY KEY (organization, id),
        FOREIGN KEY (organization, connection) REFERENCES connection (organization, id) ON DELETE CASCADE)""",
    "CREATE INDEX oauth_client_connection ON oauth_client (organization, connection)",
    """CREATE TABLE client_secret (
        organization {text} NOT NULL,
        id {text} NOT NULL,
        client {text} NOT NULL,
        digest {text} NOT NULL UNIQUE,
        prefix {text} NOT NULL,
        created_at {text} NOT NULL,
        expires_at {text} NOT NULL,
        PRIMARY KEY (organization, id),
        FOREIGN KEY (organization, client) REFERENCES oauth_client (organization, id) ON DELETE CASCADE)""",
    "CREATE INDEX client_secret_client ON client_secret (organization, client)",
    # The assertions that were used, until they end by themselves.
    """CREATE TABLE client_assertion (
        organization {text} NOT NULL,
        client {text} NOT NULL,
        digest {text} NOT NULL,
        expires_at {text} NOT NULL,
        PRIMARY KEY (organization, client, digest),
        FOREIGN KEY (organization, client) REFERENCES oauth_client (organization, id) ON DELETE CASCADE)""",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the columns and the tables."""
    text = TEXT["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(text=text))


def down(_migrator: Any, db: Any) -> None:
    """Drop them."""
    for table in ("client_assertion", "client_secret", "oauth_client"):
        db.execute_sql(f"DROP TABLE {table}")
    for column in ("client", "noticed_days", "scopes", "last_used_agent", "last_used_address"):
        db.execute_sql(f"ALTER TABLE token DROP COLUMN {column}")
