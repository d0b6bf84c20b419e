"""Create resources that refer to each other in a circle, all of them or none (RFC 7644, section 3.7.1)."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.errors import OptiidError
from optiid.scim.bulk.references import exchanged
from optiid.scim.errors import ScimError
from optiid.scim.patch.members import MemberChange
from optiid.scim.validation import ResourceInput
from optiid.scim.versions import Conditions
from optiid.services import logbook
from optiid.services.adopting import proposing
from optiid.services.storing import Outcome, fetch_for_change, make, read_new, store, tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optiid.scim.resource_types import ResourceType
    from optiid.services.actor import Actor
    from optiid.storage.database import Database
    from optiid.storage.logbook import Line


@dataclass(frozen=True, slots=True)
class Part:
    """One of the resources; where others refer to it, their bodies have `stand_in` for the id that it will get.

    `line` is what the logbook tells of it.
    """

    stand_in: str
    resource_type: ResourceType
    body: dict[str, Any]
    line: Line | None = None


class PartFailedError(Exception):
    """One part could not be made, and so none was; `__cause__` says why."""

    def __init__(self, position: int) -> None:
        super().__init__(f"part {position} failed")
        self.position = position


@contextmanager
def part_of(position: int) -> Iterator[None]:
    """Say of an error which part it is about."""
    try:
        yield
    except (ScimError, OptiidError) as error:
        raise PartFailedError(position) from error


def create_together(database: Database, actor: Actor, parts: Sequence[Part]) -> list[Outcome]:
    """Create all parts in one transaction, or revive them. Raises PartFailedError, and UnavailableError."""
    sent = []
    for position, part in enumerate(parts):
        with part_of(position):
            sent.append(read_new(actor, part.resource_type, part.body))
    try:
        return database.transaction(lambda: _Circle(database, actor, parts).make(sent), ordinary=True)
    except PartFailedError as error:
        _ask_for_adoption(database, actor, parts[error.position], sent[error.position], error)
        raise


def _ask_for_adoption(
    database: Database, actor: Actor, part: Part, sent: ResourceInput, error: PartFailedError
) -> None:
    """Raise PartFailedError with a text about adoption when a part means somebody who is made by hand."""
    cause = error.__cause__ or error
    with part_of(error.position), proposing(database, actor, part.resource_type, sent.document):
        raise cause


class _Circle:
    """One run of the transaction.

    A document that must wait for an id has the stand-in meanwhile, which nobody else can see; members that are not
    there yet wait. When all have their ids, each resource is changed once more, as by a PATCH.
    """

    def __init__(self, database: Database, actor: Actor, parts: Sequence[Part]) -> None:
        self._database = database
        self._actor = actor
        self._parts = parts
        self._ids: dict[str, str] = {}  # stand-in → id, of what has been made

    def make(self, sent: Sequence[ResourceInput]) -> list[Outcome]:
        outcomes, late = [], []
        for position, wanted in enumerate(sent):
            with part_of(position):
                outcome, waiting = self._make(self._parts[position], wanted)
            outcomes.append(outcome)
            late.append(waiting)
        for position, waiting in enumerate(late):
            with part_of(position):
                outcomes[position] = self._complete(self._parts[position], outcomes[position], waiting)
        for part, outcome in zip(self._parts, outcomes, strict=True):
            logbook.note_write(self._database, self._actor, outcome, part.line)
        # As the last act: it holds the counter of the organization.
        events = [event for outcome in outcomes for event in outcome.events]
        acts = [act for outcome in outcomes for act in outcome.acts]
        tell(self._database, self._actor, events, acts)
        return outcomes

    def _make(self, part: Part, wanted: ResourceInput) -> tuple[Outcome, list[str]]:
        """Make a part with what is known so far; return it and the members that must wait."""
        known = exchanged(wanted.members, self._ids)
        unmade = {one.stand_in for one in self._parts} - self._ids.keys()
        waiting = [member for member in known or () if member in unmade]
        members = None if known is None else [member for member in known if member not in unmade]
        document = exchanged(wanted.document, self._ids)
        outcome = make(self._database, self._actor, part.resource_type, ResourceInput(document, members))
        self._ids[part.stand_in] = outcome.stored.id
        return outcome, waiting

    def _complete(self, part: Part, made: Outcome, waiting: Sequence[str]) -> Outcome:
        if not waiting and exchanged(made.stored.document, self._ids) == made.stored.document:
            return made
        # Read again: making another part may have moved its version.
        before = fetch_for_change(self._database, self._actor, part.resource_type, made.stored.id, Conditions())
        document = exchanged(before.document, self._ids)
        change = MemberChange(add=dict.fromkeys(exchanged(list(waiting), self._ids))) if waiting else None
        after = store(self._database, self._actor, part.resource_type, before, ResourceInput(document, None), change)
        return made._replace(stored=after.stored, events=made.events + after.events, acts=(*made.acts, *after.acts))
