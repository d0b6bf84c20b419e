"""Products with their instances and roles, grants of roles, and teams."""

from peewee import CompositeKey, Model, TextField


class Product(Model):
    """Something that people of an organization use, by an id that its administrators chose."""

    organization = TextField()
    id = TextField()
    name = TextField()
    created_at = TextField()

    class Meta:
        table_name = "product"
        primary_key = CompositeKey("organization", "id")


class ProductRole(Model):
    """What somebody may be in a product."""

    organization = TextField()
    product = TextField()
    name_key = TextField()
    name = TextField()
    created_at = TextField()

    class Meta:
        table_name = "product_role"
        primary_key = CompositeKey("organization", "product", "name_key")


class ProductInstance(Model):
    """One installation of a product, in which roles are granted."""

    organization = TextField()
    id = TextField()
    product = TextField()
    name = TextField()
    created_at = TextField()

    class Meta:
        table_name = "product_instance"
        primary_key = CompositeKey("organization", "id")


class RoleGrant(Model):
    """A role in an instance; `subject` is the id of a user or group, or `everyone`, for whom there is no resource."""

    organization = TextField()
    instance = TextField()
    role = TextField()
    subject = TextField()
    id = TextField()
    product = TextField()
    resource = TextField(null=True)
    created_at = TextField()

    class Meta:
        table_name = "role_grant"
        primary_key = CompositeKey("organization", "instance", "role", "subject")


class Team(Model):
    """A group that belongs to a product instance; `name_key` is the key of its name without the suffix."""

    organization = TextField()
    group_id = TextField()
    instance = TextField()
    name_key = TextField()
    created_at = TextField()

    class Meta:
        table_name = "team"
        primary_key = CompositeKey("organization", "group_id")
