"""All that is known of one person as one document, for whoever has a right to it (rule R24)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from optiid.clock import timestamp
from optiid.services import connections, directory, explaining, journal, logbook, organizations
from optiid.services.access import access_of
from optiid.services.author import COMMAND_LINE
from optiid.services.logbook import Wanted
from optiid.services.purging import telling_texts
from optiid.storage import adoptions, histories, holds, ownership, request_log
from optiid.storage.audit import Act
from optiid.storage.snapshots import snapshot

if TYPE_CHECKING:
    from optiid.services.author import Author
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored

FORMAT, VERSION = "optiid-person", 1
PAGE = 1000
Record = dict[str, Any]


def export(database: Database, organization: str, id_or_name: str, author: Author = COMMAND_LINE) -> Record:
    """Return one person of an organization (by id or name): attributes, access, and all that was recorded.

    Of who was purged, and is named by id, there are audit entries and events: ids and names of attributes. That it is
    given out is an entry in the audit trail first. Raises NotFoundError, and ConflictError for a name that several bore
    who are gone.
    """
    owner = organizations.find(database, organization)
    known = explaining.explain(database, owner.id, id_or_name)
    acts = [Act("user.exported", known.id)]
    database.transaction(lambda: journal.record(database, author, owner.id, acts=acts))
    with snapshot(database):
        stored = ownership.find_by_id(database, owner.id, known.id)
        return {
            "format": FORMAT,
            "version": VERSION,
            "exported_at": timestamp(),
            "organization": {"id": owner.id, "name": owner.name},
            "id": known.id,
            "state": known.state,
            **(_of_row(database, stored) if stored else {}),
            "history": [asdict(one) for one in known.history],
            "audit": histories.entries_naming(database, owner.id, known.id),
            "events": histories.events_naming(database, owner.id, known.id),
            "logbook": _lines(database, owner.id, known.id, stored),
        }


def _of_row(database: Database, stored: Stored) -> Record:
    """Return what there is as long as the person was not purged."""
    organization, ident = stored.organization, stored.id
    (attributes,) = directory.attributes(database, organization, "User", [stored.document])
    return {
        "attributes": attributes,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
        "source": _source(database, stored),
        "access": asdict(access_of(database, organization, ident)),
        "holds": [asdict(one) for one in holds.history(database, organization, ident)],
        "adoptions": [asdict(one) for one in adoptions.of_resource(database, organization, ident)],
        "recorded_requests": _requests(database, stored),
    }


def _source(database: Database, stored: Stored) -> Record | None:
    """Return the connection by which the person came; None for one who was made by hand."""
    if stored.connection == stored.organization:
        return None
    found = connections.get(database, stored.connection)
    return {"connection": found.id, "name": found.name, "profile": found.profile}


def _requests(database: Database, stored: Stored) -> list[Record]:
    """Return which recorded requests tell of the person; what stands in them may be about others, too."""
    names = ("created_at", "connection", "request", "method", "status")
    found = request_log.about_person(database, stored.organization, telling_texts(stored))
    return [{name: one[name] for name in names} for one in found]


def _lines(database: Database, organization: str, ident: str, stored: Stored | None) -> list[Record]:
    """Return the lines about the person, by id and by each name they bore; none about another who bore it, too."""
    found = {line["id"]: line for line in _pages(database, organization, Wanted(resource=ident))}
    names = {line["subject"] for line in found.values()} | {stored.name_key if stored else ""}
    for name in names - {""}:
        lines = _pages(database, organization, Wanted(subject=name))
        found |= {line["id"]: line for line in lines if not line["resource"]}
    return [found[key] for key in sorted(found)]


def _pages(database: Database, organization: str, wanted: Wanted) -> list[Record]:
    found: list[Record] = []
    while page := logbook.lines(database, organization, found[-1]["id"] if found else "", PAGE, wanted):
        found += page
    return found
