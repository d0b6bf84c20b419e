"""Products, their roles and instances, and who is granted what, as lines of an exported organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.clock import is_own_form
from optiid.errors import InvalidInputError
from optiid.scim.search_form import name_key
from optiid.services import journal, products, role_events
from optiid.services.portable_lines import text_of
from optiid.storage import ownership, roles
from optiid.storage.products import ADMIN_CENTER, find_instance, find_product, find_role
from optiid.storage.roles import EVERYONE, Grant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optiid.services.author import Author
    from optiid.storage.database import Database

Record = dict[str, Any]


def product_lines(database: Database, organization: str) -> Iterator[Record]:
    """Yield the products of an organization with their roles and instances."""
    instances = products.instances(database, organization)
    for one in products.list_all(database, organization):
        own = [{"id": instance.id, "name": instance.name} for instance in instances if instance.product == one.id]
        yield {"kind": "product", "id": one.id, "name": one.name, "roles": one.roles, "instances": own}


def grant_lines(database: Database, organization: str) -> Iterator[Record]:
    """Yield the grants of an organization."""
    for one in database.reading(lambda: roles.grants(database, organization)):
        yield {"kind": "grant", "id": one.id, "instance": one.instance, "role": one.role, "subject": one.subject}


def put_product(database: Database, organization: str, record: Mapping[str, Any], author: Author) -> str:
    """Define a product, and what it lacks of roles and instances; return what that did. Raises InvalidInputError."""
    ident, name = text_of(record, "id"), text_of(record, "name")
    known_roles, known_instances = _listed(record, "roles", str), _listed(record, "instances", dict)
    what = "unchanged"
    if database.reading(lambda: find_product(database, organization, ident)) is None:
        products.create(database, organization, ident, name, author=author)
        what = "created"
    for role in known_roles:
        if database.reading(lambda: find_role(database, organization, ident, name_key(role))) is None:  # noqa: B023 - called at once
            products.add_role(database, organization, ident, role, author=author)
            what = "created" if what == "created" else "changed"
    for instance in known_instances if ident != ADMIN_CENTER else ():
        key, title = text_of(instance, "id"), text_of(instance, "name")
        if database.reading(lambda: find_instance(database, organization, key)) is None:  # noqa: B023 - called at once
            products.create_instance(database, organization, ident, key, title, author)
            what = "created" if what == "created" else "changed"
    return what


def put_grant(database: Database, organization: str, record: Mapping[str, Any], author: Author) -> str:
    """Grant what a line grants, also to who is a tombstone; return what that did. Raises InvalidInputError."""
    ident, place, role, subject = (text_of(record, name) for name in ("id", "instance", "role", "subject"))
    if not is_own_form(ident):
        raise InvalidInputError(f"id must be an id as this service makes them, not {ident[:60]!r}")

    def work() -> str:
        instance = find_instance(database, organization, place)
        if instance is None or find_role(database, organization, instance.product, role) is None:
            raise InvalidInputError(f"there is no role {role[:60]!r} in {place[:60]!r}: its product must come before")
        if roles.find(database, organization, place, role, subject) is not None:
            return "unchanged"
        if subject != EVERYONE and not ownership.fetch(database, organization, [subject]):
            raise InvalidInputError(f"there is no user or group {subject[:60]!r}: its line must come before")
        made = Grant(ident, place, instance.product, role, subject, "")
        if not roles.insert(database, organization, made):
            raise InvalidInputError(f"id {ident} is that of another grant")
        events, acts = role_events.granted(made)
        journal.record(database, author, organization, events=events, acts=acts)
        return "created"

    return database.transaction(work)


def _listed(record: Mapping[str, Any], name: str, kind: type) -> list[Any]:
    value = record.get(name)
    if not isinstance(value, list) or not all(isinstance(one, kind) for one in value):
        raise InvalidInputError(f"{name} must be a list, not {str(value)[:60]!r}")
    return value
