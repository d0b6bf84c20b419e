"""Sentences of an explanation: one for each act and event about a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.storage.roles import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from optiid.storage.histories import Trace


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called: connections, groups; `organization` is the id of the connection of what is made by hand."""

    connections: Mapping[str, str]
    groups: Mapping[str, str]
    organization: str

    def who(self, author: str) -> str:
        """Return who an author is, to begin a sentence with."""
        kind, _, ident = author.partition(":")
        if kind == "connection" and ident:
            owner = self.owner(ident)
            return owner[0].upper() + owner[1:]
        if kind == "key":
            return f"An administrator (API key {ident})"
        return {"command-line": "An administrator (command line)", "worker": "The worker"}.get(author, "Somebody")

    def owner(self, ident: str) -> str:
        """Return whose a resource is."""
        if ident == self.organization:
            return "those made by hand"
        name = self.connections.get(ident)
        return f"connection {ident} (removed)" if name is None else f"connection {name!r} ({ident})"

    def group(self, ident: str) -> str:
        """Return a group."""
        name = self.groups.get(ident)
        return f"group {ident} (deleted)" if name is None else f"group {name!r} ({ident})"


def sentence(trace: Trace, names: Names) -> str:
    """Return what happened as one sentence without its full stop."""
    told = _SENTENCES.get(trace.kind)
    who = names.who(trace.author)
    if told is not None:
        return told(who, trace, names)
    return f"{who} did {trace.kind}{_listed(' of ', trace.details.get('changed'))}"


def _listed(before: str, words: Any) -> str:
    return f"{before}{', '.join(words)}" if words else ""


def _created(who: str, trace: Trace, _: Names) -> str:
    state = trace.details.get("state", "living")
    more = {"gone": ", inactive: it may not come in yet", "suspended": ", suspended"}.get(state, "")
    return f"{who} created the user{more}"


def _updated(who: str, trace: Trace, _: Names) -> str:
    return f"{who} changed {', '.join(trace.details.get('changed', ())) or 'the user'}"


def _deleted(who: str, trace: Trace, _: Names) -> str:
    if trace.details.get("removed"):
        return f"{who} deleted the user: access ended"
    if trace.details.get("state") == "gone":
        return f"{who} deactivated the user: access ended"
    return f"{who} took the user out of the directory: access ended"


def _moved(who: str, trace: Trace, names: Names) -> str:
    source, target = names.owner(trace.details.get("from", "")), names.owner(trace.details.get("to", ""))
    return f"{who} moved the user from {source} to {target}"


def _held(who: str, trace: Trace, _: Names) -> str:
    why = {"brake": "the brake held it", "last_administrator": "it is the last administrator"}
    reason = why.get(trace.details.get("why", ""), "it was held")
    return f"{who} asked for the end of access ({trace.details.get('asked', '')}), and {reason}: access goes on"


def _granted(who: str, trace: Trace, names: Names) -> str:
    return f"{who} granted {role(trace)} to {_subject(trace, names)}"


def _revoked(who: str, trace: Trace, names: Names) -> str:
    return f"{who} revoked {role(trace)} from {_subject(trace, names)}"


def role(trace: Trace) -> str:
    """Return the role that a grant is about."""
    details = trace.details
    return f"role {details.get('role')} in {details.get('instance')} of {details.get('product')}"


def _subject(trace: Trace, names: Names) -> str:
    if trace.target == EVERYONE:
        return "everyone"
    return names.group(trace.target) if trace.target in names.groups else "the user"


def _joined(who: str, trace: Trace, names: Names) -> str:
    return f"{who} made the user a member of {names.group(trace.target)}{_listed(', which gives ', _roles(trace))}"


def _left(who: str, trace: Trace, names: Names) -> str:
    return f"{who} took the user out of {names.group(trace.target)}{_listed(', which gave ', _roles(trace))}"


def _ended(who: str, trace: Trace, names: Names) -> str:
    told = f"{who} deleted {names.group(trace.target)} and ended the membership"
    return f"{told}{_listed(', which gave ', _roles(trace))}"


def _roles(trace: Trace) -> Any:
    return trace.details.get("roles")


def _always(text: str) -> Callable[[str, Trace, Names], str]:
    return lambda who, _, __: f"{who} {text}"


_SENTENCES: dict[str, Callable[[str, Trace, Names], str]] = {
    "user.created": _created,
    "user.updated": _updated,
    "user.deleted": _deleted,
    "user.suspended": _always("deactivated the user: access is suspended"),
    "user.restored": _always("brought the user back, with all memberships"),
    "user.closed": _always("deleted the user, who had no access already"),
    "user.purged": _always("purged the user, with all personal data"),
    "user.moved": _moved,
    "group.member_added": _joined,
    "group.member_removed": _left,
    "group.deleted": _ended,
    "hold.placed": _held,
    "hold.extended": _always("asked again for the end of access, which is held still"),
    "hold.released": _always("released the hold: access ended"),
    "hold.rejected": _always("rejected the hold: access goes on"),
    "hold.cancelled": _always("activated the user again, which ended the hold"),
    "access.granted": _granted,
    "access.revoked": _revoked,
    "adoption.proposed": _always("wanted to create the user, who is made by hand: an administrator has to approve"),
    "adoption.approved": _always("approved that a connection takes over the user"),
    "adoption.refused": _always("refused that a connection takes over the user"),
}
