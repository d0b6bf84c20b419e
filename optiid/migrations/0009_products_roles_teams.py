"""Products of an organization with their instances and roles, who is granted a role, and which groups are teams."""

from typing import Any

TEXT = {"sqlite": "TEXT", "postgresql": 'TEXT COLLATE "C"'}

STATEMENTS = (
    """CREATE TABLE product (
        organization {text} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
        id {text} NOT NULL,
        name {text} NOT NULL,
        created_at {text} NOT NULL,
        PRIMARY KEY (organization, id))""",
    """CREATE TABLE product_role (
        organization {text} NOT NULL,
        product {text} NOT NULL,
        name_key {text} NOT NULL,
        name {text} NOT NULL,
        created_at {text} NOT NULL,
        PRIMARY KEY (organization, product, name_key),
        FOREIGN KEY (organization, product) REFERENCES product (organization, id) ON DELETE CASCADE)""",
    """CREATE TABLE product_instance (
        organization {text} NOT NULL,
        id {text} NOT NULL,
        product {text} NOT NULL,
        name {text} NOT NULL,
        created_at {text} NOT NULL,
        PRIMARY KEY (organization, id),
        FOREIGN KEY (organization, product) REFERENCES product (organization, id) ON DELETE CASCADE)""",
    "CREATE INDEX product_instance_product ON product_instance (organization, product)",
    # `subject` is the id of a user or group, or the word `everyone`; `resource` is the same, or NULL for everyone.
    """CREATE TABLE role_grant (
        organization {text} NOT NULL,
        instance {text} NOT NULL,
        role {text} NOT NULL,
        subject {text} NOT NULL,
        id {text} NOT NULL,
        product {text} NOT NULL,
        resource {text},
        created_at {text} NOT NULL,
        PRIMARY KEY (organization, instance, role, subject),
        FOREIGN KEY (organization, instance) REFERENCES product_instance (organization, id) ON DELETE CASCADE,
        FOREIGN KEY (organization, product, role)
            REFERENCES product_role (organization, product, name_key) ON DELETE CASCADE,
        FOREIGN KEY (organization, resource) REFERENCES resource (organization, id) ON DELETE CASCADE)""",
    "CREATE UNIQUE INDEX role_grant_id ON role_grant (organization, id)",
    "CREATE INDEX role_grant_subject ON role_grant (organization, subject)",
    "CREATE INDEX role_grant_resource ON role_grant (organization, resource)",
    "CREATE INDEX role_grant_role ON role_grant (organization, product, role)",
    # An instance with teams stays: they would be groups with a strange name.
    """CREATE TABLE team (
        organization {text} NOT NULL,
        group_id {text} NOT NULL,
        instance {text} NOT NULL,
        name_key {text} NOT NULL,
        created_at {text} NOT NULL,
        PRIMARY KEY (organization, group_id),
        FOREIGN KEY (organization, group_id) REFERENCES resource (organization, id) ON DELETE CASCADE,
        FOREIGN KEY (organization, instance) REFERENCES product_instance (organization, id))""",
    "CREATE INDEX team_name ON team (organization, name_key)",
    "CREATE INDEX team_instance ON team (organization, instance)",
    # What every organization has from its beginning.
    """INSERT INTO product (organization, id, name, created_at)
        SELECT id, 'admin-center', 'Admin Center', created_at FROM organization""",
    """INSERT INTO product_role (organization, product, name_key, name, created_at)
        SELECT id, 'admin-center', 'administrator', 'administrator', created_at FROM organization""",
    """INSERT INTO product_instance (organization, id, product, name, created_at)
        SELECT id, 'admin-center', 'admin-center', 'Admin Center', created_at FROM organization""",
)


def up(_migrator: Any, db: Any) -> None:
    """Make the tables, and the rows of the organizations there are."""
    text = TEXT["sqlite" if "sqlite" in type(db).__name__.lower() else "postgresql"]
    for statement in STATEMENTS:
        db.execute_sql(statement.format(text=text))


def down(_migrator: Any, db: Any) -> None:
    """Drop the tables."""
    for table in ("team", "role_grant", "product_instance", "product_role", "product"):
        db.execute_sql(f"DROP TABLE {table}")
