"""The logbook: what is told of each provisioning request, who looks things up in it, and how long it is kept.

Lines of writes are stored in the write's own transaction; all else goes through `logbook_buffer`.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import is_own_form, now
from optiid.errors import NotFoundError
from optiid.scim.masking import masked_value_text
from optiid.storage import logbook
from optiid.storage.keys import name_column
from optiid.storage.logbook import Line, Wanted
from optiid.storage.searches import looks_for, tells_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from optiid.services.actor import Actor
    from optiid.services.storing import Outcome
    from optiid.settings import Settings
    from optiid.storage.audit import Act
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored

__all__ = [
    "KEPT_TEXT", "Line", "Wanted", "about", "is_stored", "lines", "note_write", "of_request", "prune", "subject_key",
    "sweep", "told",
]  # fmt: skip
SLICE = 2000
KEPT_TEXT = 16 * 1024
UNCHANGED = "unchanged"


def note_write(database: Database, actor: Actor, outcome: Outcome, line: Line | None) -> None:
    """Store the line of a write inside its transaction; what the answer will be is completed afterwards.

    A write that changes nothing stores nothing here either: its line waits with those of reads.
    """
    if line is None:
        return
    stored = outcome.stored
    line.decision = _decision(actor, outcome)
    line.resource, line.subject = stored.id, stored.name_key
    names = [name for act in outcome.acts for name in act.details.get("changed", ())]
    line.changed = orjson.dumps(names).decode()
    if line.after_values is not None:  # the sign that values are wanted, too
        line.before_values = _values(outcome.before)
        line.after_values = _values(None if line.method == "DELETE" else stored)
    if outcome.acts:
        logbook.insert(database, [line])


def is_stored(line: Line) -> bool:
    """Say whether the line of a write that was committed went with it."""
    return not line.decision.endswith(UNCHANGED)


def _values(stored: Stored | None) -> str | None:
    return None if stored is None else masked_value_text(stored.document)[:KEPT_TEXT]


def _decision(actor: Actor, outcome: Outcome) -> str:
    said = _in_words(outcome, outcome.acts)
    return said if actor.planned_for is None else f"planned: {said}"


def _in_words(outcome: Outcome, acts: Sequence[Act]) -> str:
    verbs = {act.action.partition(".")[2] for act in acts}
    if any(act.action in ("hold.placed", "hold.extended") for act in acts):
        return "held"
    if outcome.created:
        return "created" if outcome.before is None else "revived"
    for verb, said in _WORDS.items():
        if verb in verbs:
            return said
    return "changed" if verbs else UNCHANGED


_WORDS = {
    "deleted": "deleted",
    "suspended": "suspended",
    "restored": "restored",
    "closed": "deleted at the source, gone already",
}


def lines(
    database: Database, organization: str, after: str | None, limit: int, wanted: Wanted | None = None
) -> list[dict[str, Any]]:
    """Return lines of an organization (by id), oldest first: those that follow the id `after`, or the last ones."""
    narrowed = wanted or Wanted()
    read = (
        partial(logbook.newest, database, organization, limit, narrowed)
        if after is None
        else partial(logbook.page, database, organization, after, limit, narrowed)
    )
    return [told(line) for line in database.reading(read)]


def earlier(
    database: Database, organization: str, before: str, limit: int, wanted: Wanted | None = None
) -> list[dict[str, Any]]:
    """Return lines of an organization (by id), newest first: those before the id `before`, or the last ones."""
    return [told(line) for line in database.reading(
        partial(logbook.earlier, database, organization, before, limit, wanted or Wanted())
    )]  # fmt: skip


def of_request(database: Database, organization: str, request_id: str) -> list[dict[str, Any]]:
    """Return all lines of a request, one for each operation of a bulk. Raises NotFoundError."""
    found = lines(database, organization, None, SLICE, Wanted(request=request_id))
    if not found:
        raise NotFoundError(f"The logbook has no request {request_id[:64]!r}: it may be older than what is kept")
    return found


def subject_key(name: str) -> str:
    """Return the key by which lines about a name are found."""
    return name_column(name)


def about(person: str) -> Wanted:
    """Return what is looked for when lines about a person or group are, by id or name."""
    return Wanted(resource=person if is_own_form(person) else "", subject=name_column(person))


def told(line: Line) -> dict[str, Any]:
    """Return a line as people and machines see it; what is JSON in it is a value."""
    known = asdict(line)
    for name in ("changed", "came", "meant", "before_values", "after_values"):
        known[name] = _value(known[name])
    return known


def _value(text: str | None) -> Any:
    """Return the JSON value of a text; one that was cut is a text."""
    if text is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def prune(database: Database, organization: str, settings: Settings) -> int:
    """Delete lines that are older than they are to be kept, in slices; return how many."""
    before = id_of(int((now() - timedelta(days=settings.logbook_retention_days)).timestamp() * 1000))
    pruned = 0
    while done := database.transaction(partial(logbook.prune, database, organization, before, SLICE)):
        pruned += done
    return pruned


def id_of(milliseconds: int) -> str:
    """Return the text before which all ids stand that were made before an instant."""
    text = f"{milliseconds:012x}"
    return f"{text[:8]}-{text[8:]}"


def sweep(database: Database, organization: str, texts: Sequence[str], searched: Collection[str] = ()) -> int:
    """Delete every line in which one of these texts stands as a word, in any case; return how many.

    Of searches also those for exactly one of the texts in `searched`, which need not be a person's alone.
    It reads the whole logbook of the organization in slices, and nobody waits for it: call it outside of transactions.
    """
    wanted = [text.casefold() for text in texts if text]
    values = {text.casefold() for text in searched if text}
    after, removed = "", 0
    while found := database.reading(partial(logbook.texts, database, organization, after, SLICE)):
        after = found[-1][0]
        folded = ((ident, text.casefold(), is_search) for ident, text, is_search in found)
        hits = [
            ident
            for ident, text, is_search in folded
            if any(tells_of(text, one) for one in wanted) or (is_search and looks_for(text, values))
        ]
        if hits:
            database.transaction(partial(logbook.remove, database, organization, hits))
            removed += len(hits)
    return removed
