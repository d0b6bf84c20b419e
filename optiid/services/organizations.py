"""Organizations: create, list, find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import new_id, timestamp
from optiid.errors import InvalidInputError, NotFoundError
from optiid.scim.search_form import name_key
from optiid.services import journal
from optiid.services.author import COMMAND_LINE
from optiid.services.rules import checked_rules
from optiid.storage import shard_map, tenants
from optiid.storage.audit import Act

if TYPE_CHECKING:
    from optiid.services.author import Author
    from optiid.storage.database import Database

NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Organization:
    """A customer; `rules` is JSON text (`services.rules`)."""

    id: str
    name: str
    created_at: str
    rules: str = "{}"


def create(database: Database, name: str, *, preset: str = "standard", author: Author = COMMAND_LINE) -> Organization:
    """Create an organization with a preset of rules. Raises InvalidInputError and ConflictError."""
    name = checked_name(name)
    shard_map.check_uniqueness(database, checked_rules({"preset": preset}).unique_names)
    rules = "{}" if preset == "standard" else orjson.dumps({"preset": preset}).decode()
    made = Organization(new_id(), name, timestamp(), rules)
    record = {"id": made.id, "name": name, "name_key": name_key(name), "rules": rules, "created_at": made.created_at}

    def work() -> None:
        tenants.insert_organization(database, record)
        act = Act("organization.created", made.id, {"preset": preset})
        journal.record(database, author, made.id, acts=[act])

    with shard_map.entered(database, made.id, name):
        database.transaction(work)
    return made


def checked_name(name: str) -> str:
    """Return a name without outer blanks. Raises InvalidInputError when nothing or too much is left."""
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise InvalidInputError(f"A name needs 1 to {NAME_LENGTH} printable characters, not {name[:40]!r}")
    return name


def list_all(database: Database) -> list[Organization]:
    """Return all organizations in order of creation."""
    return [_read(record) for record in database.reading(lambda: tenants.organizations(database))]


def list_some(database: Database, after: str, limit: int) -> list[Organization]:
    """Return organizations, those whose id follows `after`, in order of creation."""
    return [_read(record) for record in database.reading(lambda: tenants.some_organizations(database, after, limit))]


def find(database: Database, id_or_name: str) -> Organization:
    """Return an organization by id or, whatever its case, by name. Raises NotFoundError."""
    record = database.reading(lambda: tenants.find_organization(database, id_or_name, name_key(id_or_name)))
    if record is None:
        raise NotFoundError(f"There is no organization {id_or_name!r}; `optiid organization list` shows them")
    return _read(record)


def _read(record: dict[str, Any]) -> Organization:
    return Organization(record["id"], record["name"], record["created_at"], record["rules"])
