"""Grants of roles in product instances: to users, to groups of every kind, and to everyone.

Administrators grant roles also to what a connection owns; nothing that an identity provider sends does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from optiid.clock import new_id, timestamp
from optiid.errors import NotFoundError
from optiid.scim.search_form import name_key
from optiid.services import administrators, journal, products, role_events
from optiid.services.author import COMMAND_LINE
from optiid.services.hand_made import for_administrators
from optiid.storage import access, directory, roles
from optiid.storage.products import ADMIN_CENTER, ADMINISTRATOR
from optiid.storage.roles import EVERYONE, Grant

if TYPE_CHECKING:
    from optiid.services.author import Author
    from optiid.storage.database import Database


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a role is granted: a user or group in the directory by id or name, or everyone."""

    kind: Literal["user", "group", "everyone"]
    id_or_name: str = EVERYONE


TO_EVERYONE = Subject("everyone")


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant as it is told; `role` and `subject_name` are names, `new` is whether it was not there before."""

    id: str
    product: str
    instance: str
    role: str
    subject_kind: str
    subject: str
    subject_name: str
    created_at: str
    new: bool = False


def grant(
    database: Database, organization: str, instance: str, role: str, subject: Subject,
    author: Author = COMMAND_LINE,
) -> Granted:  # fmt: skip
    """Grant a role in an instance; what is granted already stays as it is. Raises NotFoundError."""

    def work() -> Granted:
        wanted = _Wanted(database, organization, (instance, role), subject)
        known = roles.find(database, organization, wanted.instance, wanted.key, wanted.subject)
        if known is not None:
            return wanted.told(known)
        made = Grant(new_id(), wanted.instance, wanted.product, wanted.key, wanted.subject, timestamp())
        if not roles.insert(database, organization, made):  # somebody else did at the same moment
            known = roles.find(database, organization, wanted.instance, wanted.key, wanted.subject)
            return wanted.told(known or made)
        events, acts = role_events.granted(made)
        journal.record(database, author, organization, events=events, acts=acts)
        return wanted.told(made, new=True)

    return database.transaction(work)


def revoke(
    database: Database, organization: str, instance: str, role: str, subject: Subject,
    author: Author = COMMAND_LINE,
) -> Granted:  # fmt: skip
    """End a grant, also that of a user who is gone (by id).

    Raises NotFoundError, and ConflictError when nobody would administer the organization any more.
    """

    def work() -> Granted:
        wanted = _Wanted(database, organization, (instance, role), subject, gone=True)
        known = roles.find(database, organization, wanted.instance, wanted.key, wanted.subject)
        if known is None:
            raise NotFoundError(
                f"The role {wanted.role!r} in {wanted.instance!r} is not granted to {wanted.subject_name!r} itself;"
                " `optiid access show` tells through which group it is held"
            )
        _end(database, organization, known)
        events, acts = role_events.revoked([known])
        journal.record(database, author, organization, events=events, acts=acts)
        return wanted.told(known)

    with for_administrators():
        return database.transaction(work)


def revoke_by_id(database: Database, organization: str, ident: str, author: Author = COMMAND_LINE) -> Grant:
    """End a grant by its id. Raises what `revoke` raises."""

    def work() -> Grant:
        known = roles.find_by_id(database, organization, ident)
        if known is None:
            raise NotFoundError(f"There is no grant {ident[:64]!r}; `optiid role list` shows them")
        _end(database, organization, known)
        events, acts = role_events.revoked([known])
        journal.record(database, author, organization, events=events, acts=acts)
        return known

    with for_administrators():
        return database.transaction(work)


def list_all(database: Database, organization: str, instance: str | None = None) -> list[Granted]:
    """Return the grants of an organization, or those in one instance. Raises NotFoundError for an unknown instance."""

    def work() -> list[Granted]:
        place = None if instance is None else products.find_instance(database, organization, instance).id
        return [
            Granted(
                one.grant.id, one.grant.product, one.grant.instance, one.role, one.subject_kind, one.grant.subject,
                one.subject_name, one.grant.created_at,
            )
            for one in roles.described(database, organization)
            if place in (None, one.grant.instance)
        ]  # fmt: skip

    return database.reading(work)


def gives_any(database: Database, organization: str, ident: str) -> bool:
    """Say whether a user, or whoever is in a group, has a role by a grant to them or to a group that they are in."""

    def work() -> bool:
        above = [one.id for one in directory.groups(database, organization, ident)]
        return bool(roles.grants_to(database, organization, [ident, *above]))

    return database.reading(work)


def _end(database: Database, organization: str, known: Grant) -> None:
    if (known.instance, known.role) != (ADMIN_CENTER, ADMINISTRATOR):
        roles.delete(database, organization, known.id)
        return
    with administrators.keeping_one(database, organization):
        roles.delete(database, organization, known.id)


class _Wanted:
    """A grant that is asked for, looked up inside the transaction. Raises NotFoundError."""

    def __init__(
        self, database: Database, organization: str, place: tuple[str, str], subject: Subject, *, gone: bool = False
    ) -> None:
        instance, role = place
        where = products.find_instance(database, organization, instance)
        found = products.find_role(database, organization, where.product, role)
        self.instance, self.product, self.key, self.role = where.id, where.product, found.key, found.name
        self.subject_kind = subject.kind
        self.subject, self.subject_name = _find(database, organization, subject, gone=gone)

    def told(self, known: Grant, *, new: bool = False) -> Granted:
        return Granted(
            known.id, known.product, known.instance, self.role, self.subject_kind, known.subject, self.subject_name,
            known.created_at, new,
        )  # fmt: skip


def _find(database: Database, organization: str, subject: Subject, *, gone: bool) -> tuple[str, str]:
    """Return id and name of whom the directory lists, or of a user who is gone, by id."""
    kind, named = subject.kind, subject.id_or_name
    if kind == "everyone" or (kind == "group" and name_key(named.strip()) == EVERYONE):
        return EVERYONE, "Everyone"
    if kind == "user":
        found = access.find_person(database, organization, named)
    else:
        found = directory.find_living(database, organization, "Group", named)
    if found is None or not (gone or found.living):
        raise NotFoundError(f"The directory has no {kind} {named[:80]!r}")
    return found.id, found.document["userName" if kind == "user" else "displayName"]
