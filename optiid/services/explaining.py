"""One person's whole history in plain sentences: what happened, who did it, and which group gave which role."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from optiid.clock import is_own_form
from optiid.errors import ConflictError, NotFoundError
from optiid.services import logbook, telling
from optiid.services.access import access_of
from optiid.storage import directory, histories, tombstones
from optiid.storage.logbook import Wanted
from optiid.storage.roles import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optiid.services.telling import Names
    from optiid.storage.database import Database
    from optiid.storage.histories import Trace
    from optiid.storage.resources import Stored

REFUSED = (400, 599)
MOST_REFUSALS = 50


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, as a sentence; `author` and `request` are ids, empty where there is none."""

    at: str
    text: str
    author: str
    request: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a person; `user_name` is None for one who was purged. `now` are sentences about the present."""

    id: str
    user_name: str | None
    state: str
    now: list[str]
    history: list[Happening]


def explain(database: Database, organization: str, id_or_name: str) -> Explanation:
    """Return the history of one person of an organization (by id), the living one of a name first.

    Raises NotFoundError, and ConflictError for a name that several bore who are gone.
    """
    return database.reading(lambda: _explain(database, organization, id_or_name))


def _explain(database: Database, organization: str, id_or_name: str) -> Explanation:
    stored, removed_at = _find(database, organization, id_or_name)
    ident = id_or_name if stored is None else stored.id
    memberships = histories.memberships_of(database, organization, ident)
    groups = {one.target for one in memberships}
    acts = histories.acts_on(database, organization, [ident, EVERYONE, *sorted(groups)])
    if stored is None and not any(act.target == ident for act in acts):
        raise NotFoundError(f"Nobody {id_or_name[:80]!r} is known here, and nobody was")
    called = histories.displays(database, organization, sorted(groups))
    names = telling.Names(histories.names(database, organization), called, organization)
    history = [
        Happening(one.at, telling.sentence(one, names), one.author, one.request)
        for one in _relevant(ident, acts, memberships)
    ]
    history += _refusals(database, organization, ident, stored, names)
    return Explanation(
        ident,
        None if stored is None else stored.document["userName"],
        "purged" if stored is None else stored.state,
        _now(database, stored, removed_at),
        sorted(history, key=lambda one: one.at),
    )


def _find(database: Database, organization: str, id_or_name: str) -> tuple[Stored | None, str | None]:
    """Return who is meant and when they were deleted at the source; None for an id whose row is not there any more."""
    living = directory.find_living(database, organization, "User", id_or_name)
    if living is not None:
        return living, None
    found = tombstones.find(database, organization, id_or_name)
    if len(found) > 1:
        idents = ", ".join(one.stored.id for one in found[:5])
        raise ConflictError(f"{len(found)} users bore the name {id_or_name[:80]!r}: name one by its id ({idents})")
    if found:
        return found[0].stored, found[0].removed_at
    if not is_own_form(id_or_name):
        raise NotFoundError(f"Nobody {id_or_name[:80]!r} is known here; one who was purged is found by id alone")
    return None, None


def _relevant(ident: str, acts: Iterable[Trace], memberships: Iterable[Trace]) -> list[Trace]:
    """Return in order what touches the person: acts on them, memberships, grants to groups while they were in them."""
    authors = {(one.request, one.target): one.author for one in acts if one.request}
    within = {EVERYONE}
    grants: dict[str, dict[str, str]] = {}
    found: list[Trace] = []
    for one in sorted([*acts, *memberships], key=lambda trace: (trace.at, not trace.is_event)):
        if one.is_event:
            if one.kind == "group.deleted" and one.target not in within:
                continue
            (within.add if one.kind == "group.member_added" else within.discard)(one.target)
            details = {"roles": sorted(grants.get(one.target, {}).values())}
            found.append(replace(one, details=details, author=authors.get((one.request, one.target), one.author)))
            continue
        _note_grant(grants, one)
        if one.target == ident or (one.target in within and one.kind.startswith("access.")):
            found.append(one)
    # What everyone was granted before there was this person is no part of their history.
    begun = next((place for place, one in enumerate(found) if one.target == ident), 0)
    return [one for place, one in enumerate(found) if place >= begun or one.target != EVERYONE]


def _note_grant(grants: dict[str, dict[str, str]], act: Trace) -> None:
    """Keep which roles a group has, by grant, while the acts are walked through."""
    grant = act.details.get("grant", "")
    if act.kind == "access.granted":
        grants.setdefault(act.target, {})[grant] = telling.role(act)
    elif act.kind == "access.revoked":
        grants.get(act.target, {}).pop(grant, None)


def _refusals(
    database: Database, organization: str, ident: str, stored: Stored | None, names: Names
) -> list[Happening]:
    """Return what was asked for about the person and refused, as far as the logbook still has it."""
    wanted = Wanted(resource=ident, subject="" if stored is None else stored.name_key, status=REFUSED)
    return [
        Happening(line["created_at"], _refusal(line, names), f"connection:{line['connection']}", line["request"])
        for line in logbook.lines(database, organization, None, MOST_REFUSALS, wanted)
    ]


def _refusal(line: dict[str, Any], names: Names) -> str:
    reason = line["decision"].partition(": ")[2]
    who = names.who(f"connection:{line['connection']}")
    return f"{who} asked for {line['method']} and was refused with {line['status']}{': ' if reason else ''}{reason}"


def _now(database: Database, stored: Stored | None, removed_at: str | None) -> list[str]:
    """Return sentences about the present: whether the person may come in, and what for."""
    if stored is None:
        return ["All personal data was purged; what is left are ids and names of attributes"]
    if stored.state == "planned":
        return ["Is only planned: the connection is in dry run"]
    if removed_at is not None:
        return [f"Was deleted at its source on {removed_at[:10]}, has no access, and can be restored until the purge"]
    if stored.state == "gone":
        return ["Is deactivated and has no access; comes back when activated at the source, or restored here"]
    if stored.state == "suspended":
        return ["Is listed as suspended, and has no role and no access"]
    held = access_of(database, stored.organization, stored.id).roles
    told = [
        f"Has role {one.role} in {one.instance} of {one.product}: "
        + ", and ".join(reason.text for reason in one.reasons)
        for one in held
    ]
    return ["Is in the directory and may come in", *(told or ["Has no role"])]
