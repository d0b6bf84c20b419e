"""Place users, groups and memberships of an import: the content decides what is new, changed or the same."""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from optiid.clock import timestamp
from optiid.errors import ConflictError, InvalidInputError
from optiid.scim.validation import read_resource
from optiid.services import acts, administrators, brake, connections, extension_schemas, names, organization_rules
from optiid.services.lifecycle import change_events, creation_events
from optiid.services.membership import membership_events
from optiid.services.planned import check_no_plan
from optiid.services.portable_lines import MembersLine, ResourceLine
from optiid.services.teams import SEPARATOR
from optiid.storage import holds, portable, teams
from optiid.storage.audit import Act
from optiid.storage.journal import Event
from optiid.storage.keys import name_column
from optiid.storage.memberships import Applied
from optiid.storage.portable import Portable
from optiid.storage.products import find_instance
from optiid.storage.resources import NameTakenError, Stored, ValueTakenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optiid.scim.resource_types import ResourceType
    from optiid.storage.database import Database

Told = tuple[list[Event], list[Act]]
SHOWN_MEMBERS = 3


class Placing:
    """Places lines in an organization, in transactions that somebody else begins."""

    def __init__(self, database: Database, organization: str, by: str) -> None:
        self._database, self._organization, self._by = database, organization, by
        self._types = extension_schemas.resource_types(database, organization)
        self._rules = organization_rules.of_organization(database, organization)
        self._connections = {one.id for one in connections.list_all(database, organization)}
        self._known: dict[str, Portable] = {}
        self._new: dict[str, tuple[Portable, ResourceType]] = {}

    def begin(self, lines: Sequence[ResourceLine | MembersLine]) -> None:
        """Read and hold what there is of the resources that a transaction is about.

        Raises ConflictError when one of their connections is in dry run.
        """
        self._new = {}
        idents = {line.id if isinstance(line, ResourceLine) else line.group for line in lines}
        self._known = portable.lock(self._database, self._organization, sorted(idents))
        owners = {one.stored.connection for one in self._known.values()} | {
            line.connection for line in lines if isinstance(line, ResourceLine) and line.connection
        }
        check_no_plan(self._database, self._organization, *sorted(owners - {self._organization}))

    def place(self, line: ResourceLine | MembersLine) -> tuple[str, Told]:
        """Place a line; return whether it is created, changed or unchanged, and the events and acts of that.

        Whoever is new is stored together with others, by `end` at the latest; a ConflictError may be about any of them.
        Raises InvalidInputError, ConflictError, and ScimError for values that do not fit their attributes.
        """
        return self._resource(line) if isinstance(line, ResourceLine) else self._members(line)

    def end(self) -> None:
        """Store those who are new, with few statements. Raises ConflictError, which names the first of them."""
        new, self._new = list(self._new.values()), {}
        if not new:
            return
        with _refusing_taken(*new[0]):
            portable.insert(self._database, new)
            for wanted, _ in new:
                names.claim_everywhere(self._database, self._rules, None, wanted.stored)

    def _resource(self, line: ResourceLine) -> tuple[str, Told]:
        resource_type = self._types[line.type]
        wanted = self._wanted(line, resource_type)
        known = self._known.get(line.id)
        if known is not None and known.stored.type != line.type:
            raise ConflictError(f"{line.id} is the id of a {known.stored.type} here")
        if known is not None and _content(known) == _content(wanted):
            return "unchanged", ([], [])
        if known is None:
            what, (events, told) = "created", self._add(wanted, resource_type)
        else:
            what, (events, told) = "changed", self._overwrite(wanted, known, resource_type)
        if line.team is not None:
            self.end()
            events += self._join(wanted.stored, line.team)
        return what, (events, told)

    def _add(self, wanted: Portable, resource_type: ResourceType) -> Told:
        self._known[wanted.stored.id] = wanted
        self._new[wanted.stored.id] = wanted, resource_type
        return creation_events(wanted.stored), [acts.creation(wanted.stored)]

    def _overwrite(self, wanted: Portable, known: Portable, resource_type: ResourceType) -> Told:
        self.end()
        version = max(known.stored.version + 1, wanted.stored.version)
        stored = wanted.stored._replace(
            version=version, updated_at=timestamp(), created_at=known.stored.created_at,
            digest_key=known.stored.digest_key,
        )  # fmt: skip
        self._known[stored.id] = after = Portable(stored, wanted.removed_at)
        with self._keeping_administrators(known.stored, stored), _refusing_taken(after, resource_type):
            portable.overwrite(self._database, after, resource_type)
            names.claim_everywhere(self._database, self._rules, known.stored, stored)
        events, changes = _told_of_change(known.stored, stored)
        decided = self._decide_hold(stored)
        return decided.events + events, decided.acts + changes

    def _keeping_administrators(self, before: Stored, after: Stored) -> AbstractContextManager[None]:
        """Refuse that the last administrator goes or is suspended; whoever stays as they are costs nothing."""
        if before.state != "living" or after.state == "living":
            return nullcontext()
        return administrators.keeping_one(self._database, self._organization)

    def _decide_hold(self, stored: Stored) -> brake.Told:
        """End the open hold of a resource: the file says whether it is there."""
        word = "rejected" if stored.living else "released"
        settled = holds.settle(self._database, self._organization, [stored.id], word, self._by)
        return brake.told_of(settled, word)

    def _wanted(self, line: ResourceLine, resource_type: ResourceType) -> Portable:
        """Return what a line asks for, checked by the schemas like any other write (rule R3)."""
        if line.connection is not None and line.connection not in self._connections:
            raise InvalidInputError(f"there is no connection {line.connection} here: its line must come before")
        document = read_resource(resource_type, line.document, unknown_extensions="keep").document
        name = document[resource_type.name_attribute]
        if line.type == "Group" and self._rules.is_system_group(name):
            raise ConflictError(f"{name[:80]!r} is a system group: give the group another name")
        stored = Stored(
            self._organization, line.id, line.type, line.connection or self._organization, document,
            bool(document.get("active", True)), line.state, line.version, line.created_at, line.updated_at,
            name_column(name), "", secrets.token_hex(16),
        )  # fmt: skip
        return Portable(stored, line.removed_at)

    def _join(self, group: Stored, instance: str) -> list[Event]:
        """Make a group the team that it was, and return the event of that."""
        if find_instance(self._database, self._organization, instance) is None:
            raise InvalidInputError(f"there is no product instance {instance[:60]!r}: its product must come before")
        name = group.document["displayName"].partition(SEPARATOR)[0]
        known = teams.instance_of(self._database, self._organization, group.id)
        if known not in (None, instance):
            raise ConflictError(f"group {group.id} is a team in {known!r} here, and stays there")
        if known is None:
            teams.insert(self._database, self._organization, group.id, instance, name)
            return [Event("team.created", group.id, {"instance": instance})]
        teams.rename(self._database, self._organization, group.id, name)
        return []

    def _members(self, line: MembersLine) -> tuple[str, Told]:
        self.end()
        known = self._known.get(line.group)
        if known is None or known.stored.type != "Group":
            raise InvalidInputError(f"there is no group {line.group} here: its line must come before")
        group = known.stored
        unknown = portable.not_eligible(self._database, group, line.members)
        if unknown:
            shown = ", ".join(unknown[:SHOWN_MEMBERS])
            raise InvalidInputError(
                f"group {group.id} cannot have the members {shown}: its owner has nobody of that id"
            )
        added, living = portable.add_members(self._database, group, line.members)
        if not added:
            return "unchanged", ([], [])
        if group.version != line.version:
            # The version in the file is that of the group with these members; any other has to move.
            portable.touch(self._database, self._organization, group.id, timestamp())
        applied = Applied(added, [], living, [], [])
        return "changed", (membership_events(group, applied), acts.change(group, group, applied))


@contextmanager
def _refusing_taken(wanted: Portable, resource_type: ResourceType) -> Iterator[None]:
    """Turn the refusal of a resource into ConflictError, with its name, and what to do."""
    stored, attribute = wanted.stored, resource_type.name_attribute
    try:
        yield
    except NameTakenError as error:
        raise ConflictError(
            f"{attribute} {stored.document[attribute]!r} belongs to another {stored.type.lower()} here, or is taken in"
            " this installation: rename one of them"
        ) from error
    except ValueTakenError as error:
        raise ConflictError(f"{error.path} {error.value[:80]!r} belongs to another resource here") from error


def _told_of_change(before: Stored, after: Stored) -> Told:
    events, told = change_events(before, after), acts.change(before, after)
    if before.connection != after.connection:
        details = {"from": before.connection, "to": after.connection}
        kind = f"{after.type.lower()}.moved"
        events += [Event(kind, after.id, details)] if after.living else []
        told.append(Act(kind, after.id, details))
    return events, told


def _content(one: Portable) -> tuple[object, ...]:
    stored = one.stored
    return stored.connection, stored.document, stored.state, one.removed_at
