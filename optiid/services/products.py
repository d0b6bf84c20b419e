"""Products of an organization, their roles and their instances: what administrators define before they grant roles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.errors import ConflictError, InvalidInputError, NotFoundError
from optiid.scim.search_form import name_key
from optiid.services import journal, role_events
from optiid.services.author import COMMAND_LINE
from optiid.services.organizations import checked_name
from optiid.storage import products, roles, teams
from optiid.storage.audit import Act
from optiid.storage.journal import Event
from optiid.storage.products import ADMIN_CENTER, ADMINISTRATOR, Instance, Product, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.services.author import Author
    from optiid.storage.database import Database
    from optiid.storage.roles import Grant

__all__ = [
    "Described", "Instance", "Product", "Role", "add_role", "create", "create_instance", "find_instance", "find_role",
    "get", "instances", "list_all", "read_identifier", "remove", "remove_instance", "remove_role",
]  # fmt: skip

# Without colons: an instance's id stands behind the two colons in the name of a team.
_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Described:
    """A product with the names of its roles and the ids of its instances; who is built in cannot be removed."""

    id: str
    name: str
    roles: list[str]
    instances: list[str]
    built_in: bool
    created_at: str


def read_identifier(text: str) -> str:
    """Return the id of a product or instance as it is stored. Raises InvalidInputError."""
    ident = name_key(text.strip())
    if not _IDENTIFIER.fullmatch(ident):
        raise InvalidInputError(
            f"An id has 1 to 64 letters, digits, '.', '_' and '-', and begins with a letter or digit; not {text[:80]!r}"
        )
    return ident


def list_all(database: Database, organization: str) -> list[Described]:
    """Return the products of an organization (by id)."""

    def work() -> list[Described]:
        found = products.products(database, organization)
        known_roles = products.roles(database, organization)
        known_instances = products.instances(database, organization)
        return [
            Described(
                one.id, one.name, [role.name for role in known_roles if role.product == one.id],
                [instance.id for instance in known_instances if instance.product == one.id],
                one.id == ADMIN_CENTER, one.created_at,
            )
            for one in found
        ]  # fmt: skip

    return database.reading(work)


def get(database: Database, organization: str, ident: str) -> Described:
    """Return a product. Raises NotFoundError."""
    key = name_key(ident.strip())
    for one in list_all(database, organization):
        if one.id == key:
            return one
    raise _no_product(ident)


def create(
    database: Database, organization: str, ident: str, name: str | None = None, *, author: Author = COMMAND_LINE
) -> Product:
    """Define a product. Raises InvalidInputError, and ConflictError when the id is taken."""
    key, title = read_identifier(ident), checked_name(name or ident)

    def work() -> Product:
        if not products.insert_product(database, organization, key, title):
            raise ConflictError(f"There is a product {key!r} already")
        _tell(database, organization, author, Event("product.created", key))
        return _product(database, organization, key)

    return database.transaction(work)


def remove(database: Database, organization: str, ident: str, *, author: Author = COMMAND_LINE) -> str:
    """Remove a product with its roles, instances and all grants of them; return its id.

    Raises NotFoundError, and ConflictError for what is built in and while one of its instances has teams.
    """

    def work() -> str:
        product = _product(database, organization, ident)
        if product.id == ADMIN_CENTER:
            raise ConflictError(f"The product {ADMIN_CENTER!r} is built in and stays")
        ending = []
        for one in products.instances(database, organization):
            if one.product == product.id:
                _check_teamless(database, organization, one.id)
                ending += roles.grants_of_instance(database, organization, one.id)
        products.delete_product(database, organization, product.id)
        _tell(database, organization, author, Event("product.removed", product.id), ending)
        return product.id

    return database.transaction(work)


def add_role(database: Database, organization: str, product: str, name: str, *, author: Author = COMMAND_LINE) -> Role:
    """Define a role of a product. Raises NotFoundError, InvalidInputError, and ConflictError when there is one."""
    title = checked_name(name)

    def work() -> Role:
        owner = _product(database, organization, product)
        made = Role(owner.id, name_key(title), title)
        if not products.insert_role(database, organization, made):
            raise ConflictError(f"The product {owner.id!r} has a role {title!r} already")
        _tell(database, organization, author, Event("role.created", owner.id, {"role": made.key}))
        return made

    return database.transaction(work)


def remove_role(
    database: Database, organization: str, product: str, name: str, *, author: Author = COMMAND_LINE
) -> Role:
    """Remove a role and all grants of it. Raises NotFoundError, and ConflictError for what is built in."""

    def work() -> Role:
        role = find_role(database, organization, _product(database, organization, product).id, name)
        if (role.product, role.key) == (ADMIN_CENTER, ADMINISTRATOR):
            raise ConflictError(f"The role {ADMINISTRATOR!r} of {ADMIN_CENTER!r} is built in and stays")
        ending = roles.grants_of_role(database, organization, role.product, role.key)
        products.delete_role(database, organization, role.product, role.key)
        _tell(database, organization, author, Event("role.removed", role.product, {"role": role.key}), ending)
        return role

    return database.transaction(work)


def instances(database: Database, organization: str) -> list[Instance]:
    """Return the instances of all products of an organization."""
    return database.reading(lambda: products.instances(database, organization))


def create_instance(
    database: Database, organization: str, product: str, ident: str, name: str | None = None,
    author: Author = COMMAND_LINE,
) -> Instance:  # fmt: skip
    """Define an instance of a product. Raises NotFoundError, InvalidInputError, and ConflictError for a taken id."""
    key, title = read_identifier(ident), checked_name(name or ident)

    def work() -> Instance:
        owner = _product(database, organization, product)
        if owner.id == ADMIN_CENTER:
            raise ConflictError(f"The product {ADMIN_CENTER!r} has one instance, which is built in")
        if not products.insert_instance(database, organization, key, owner.id, title):
            raise ConflictError(f"There is an instance {key!r} already")
        _tell(database, organization, author, Event("instance.created", key, {"product": owner.id}))
        return find_instance(database, organization, key)

    return database.transaction(work)


def remove_instance(database: Database, organization: str, ident: str, *, author: Author = COMMAND_LINE) -> Instance:
    """Remove an instance and all grants in it.

    Raises NotFoundError, and ConflictError for what is built in and while the instance has teams.
    """

    def work() -> Instance:
        found = find_instance(database, organization, ident)
        if found.id == ADMIN_CENTER:
            raise ConflictError(f"The instance {ADMIN_CENTER!r} is built in and stays")
        _check_teamless(database, organization, found.id)
        ending = roles.grants_of_instance(database, organization, found.id)
        products.delete_instance(database, organization, found.id)
        event = Event("instance.removed", found.id, {"product": found.product})
        _tell(database, organization, author, event, ending)
        return found

    return database.transaction(work)


def find_instance(database: Database, organization: str, ident: str) -> Instance:
    """Return an instance by its id, in any case, inside a transaction or reading. Raises NotFoundError."""
    found = products.find_instance(database, organization, name_key(ident.strip()))
    if found is None:
        raise NotFoundError(f"There is no product instance {ident[:80]!r}; `optiid instance list` shows them")
    return found


def find_role(database: Database, organization: str, product: str, name: str) -> Role:
    """Return a role of a product by its name, in any case. Raises NotFoundError."""
    found = products.find_role(database, organization, product, name_key(name.strip()))
    if found is None:
        raise NotFoundError(f"The product {product!r} has no role {name[:80]!r}; `optiid product list` shows them")
    return found


def _product(database: Database, organization: str, ident: str) -> Product:
    found = products.find_product(database, organization, name_key(ident.strip()))
    if found is None:
        raise _no_product(ident)
    return found


def _no_product(ident: str) -> NotFoundError:
    return NotFoundError(f"There is no product {ident[:80]!r}; `optiid product list` shows them")


def _check_teamless(database: Database, organization: str, instance: str) -> None:
    number = teams.count_of_instance(database, organization, instance)
    if number:
        raise ConflictError(f"The instance {instance!r} still has teams ({number}): delete these groups first")


def _tell(database: Database, organization: str, author: Author, event: Event, ending: Sequence[Grant] = ()) -> None:
    """Tell of what was defined or removed, and of the grants that ended with it."""
    events, acts = role_events.revoked(ending)
    act = Act(event.kind, event.resource, event.payload)
    journal.record(database, author, organization, events=[*events, event], acts=[*acts, act])
