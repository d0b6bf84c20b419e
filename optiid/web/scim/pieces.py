"""Answers whose groups have too many members to be held at once: made in pieces from one moment of the database.

A connection to the database is kept until the last piece is made, and no client decides when that is: what it does not
take at once is kept aside (`serving_socket.py`).
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import orjson

from optiid.profiles.types import Answer
from optiid.scim.json_stream import listed, spliced
from optiid.scim.rendering import render, render_references
from optiid.scim.versions import entity_tag
from optiid.services import reading
from optiid.services.large_groups import Held, fitting
from optiid.web.reply import Reply, Streamed
from optiid.web.scim.respond import MEDIA_TYPE, encode_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from optiid.profiles.types import HookContext
    from optiid.scim.projection import Projection
    from optiid.scim.resource_types import ResourceType
    from optiid.services.searching import Found
    from optiid.web.scim.call import Call

BEHIND = ("members",)
# How the members of a group are shown.
Shown = tuple["ResourceType", "Projection"]


def answer_group(
    call: Call, context: HookContext, ident: str, projection: Projection, told: tuple[int, Mapping[str, str]]
) -> Reply:
    """Answer with a group, its members joined behind what the profile made of the rest; `told` is status and headers.

    Version and members are of one moment. Raises 404 and UnavailableError, which are answered: nothing is sent yet.
    """
    status, headers = told
    resource_type, database, scope = context.resource_type, call.service.database, call.caller.plane
    with ExitStack() as stack:
        held = stack.enter_context(closing(Held(database, scope)))
        with held.reading():
            stored = reading.get(database, scope, resource_type, ident)
        body = projection.apply(render(stored, resource_type, call.base_url))
        made = Answer(status, body, {**headers, "ETag": entity_tag(stored.version)}, BEHIND)
        shaped = call.bound.profile.shape_response(made, context)
        if shaped.body is None or "members" in shaped.body:  # the profile knows better than to answer the members
            return encode_answer(shaped)
        text = spliced(shaped.body, "members", _pieces(call, held, ident, (resource_type, projection)))
        return _streamed(shaped, text, stack)


def answer_list(
    call: Call,
    context: HookContext,
    look: Callable[[int | None], Found],
    render_page: Callable[[Found], dict[str, Any]],
    groups: Mapping[str, Shown],
) -> Reply:
    """Answer with a page of a list, the members of each group joined behind the rest of it.

    `look` reads a page of at most so many resources, and `render_page` makes its document without members; `groups`
    tells how those of each type of groups are shown. A page whose members are too many holds fewer resources than were
    asked for (RFC 7644, section 3.4.2.4). Raises UnavailableError.
    """
    with ExitStack() as stack:
        held = stack.enter_context(closing(Held(call.service.database, call.caller.plane)))
        with held.reading():
            found = _fitting(call, look, set(groups))
            body = render_page(found)
        shaped = call.bound.profile.shape_response(Answer(200, body, {}, BEHIND), context)
        if not shaped.body or "Resources" not in shaped.body:
            return encode_answer(shaped)
        shown = {stored.id: groups[stored.type] for stored in found.resources if stored.type in groups}
        around = {name: value for name, value in shaped.body.items() if name != "Resources"}
        text = listed(around, "Resources", _resources(call, held, shaped.body["Resources"], shown))
        return _streamed(shaped, text, stack)


def _fitting(call: Call, look: Callable[[int | None], Found], kinds: set[str]) -> Found:
    database, scope = call.service.database, call.caller.plane
    found = look(None)
    while True:
        idents = [stored.id for stored in found.resources]
        groups = {stored.id for stored in found.resources if stored.type in kinds}
        fit = fitting(database, scope, idents, groups)
        if fit == len(idents):
            return found
        found = look(fit)


def _resources(
    call: Call, held: Held, resources: Iterable[dict[str, Any]], shown: Mapping[str, Shown]
) -> Iterator[Iterable[bytes]]:
    """Yield each resource in pieces; a profile that puts members in knows better, here, too."""
    for resource in resources:
        how = shown.get(resource.get("id", ""))
        if how is None or "members" in resource:
            yield (orjson.dumps(resource),)
        else:
            yield spliced(resource, "members", _pieces(call, held, resource["id"], how))


def _pieces(call: Call, held: Held, ident: str, how: Shown) -> Iterator[list[Any]]:
    resource_type, projection = how
    for piece in held.members(ident, projection):
        rendered = render_references(piece, resource_type, call.base_url)
        yield projection.apply({"members": rendered}).get("members", [])


def _streamed(shaped: Answer, text: Iterator[bytes], stack: ExitStack) -> Reply:
    headers = {"Content-Type": MEDIA_TYPE, **shaped.headers}
    return Reply(shaped.status, Streamed(text, stack.pop_all()), headers)
