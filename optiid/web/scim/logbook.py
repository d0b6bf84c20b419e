"""What the logbook tells of a SCIM call: a line for each request, and for each operation of a bulk."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import orjson

from optiid.clock import is_own_form, new_id, timestamp
from optiid.logs import redact
from optiid.scim.masking import (
    MASK,
    SECRET,
    masked_body,
    masked_query,
    masked_value_text,
    names_others,
    without_displays,
    without_values,
)
from optiid.scim.patch.operations import MISSING
from optiid.services.logbook import KEPT_TEXT, Line, is_stored, subject_key
from optiid.web.service import current_service

if TYPE_CHECKING:
    from optiid.scim.patch.operations import PatchOperation
    from optiid.scim.resource_types import ResourceType
    from optiid.web.reply import Reply
    from optiid.web.scim.call import Call
    from optiid.web.visit import Visit

TARGET = 4096
REASON = 300
REFUSED = 400
# Bodies beyond it are not kept: to encode one again would cost as much as the request.
LARGE_BODY = 256 * 1024
# One line a second for whoever goes on with a token that does not work any more.
REFUSALS_SECONDS = 1.0
_LITERAL = re.compile(r'\beq\s+("(?:[^"\\]|\\.)*")', re.IGNORECASE)
_refused: dict[str, float] = {}


def open_line(call: Call, method: str, resource_type: ResourceType, ident: str, body: dict[str, Any]) -> Line | None:
    """Return the line of a write that begins, None where no logbook is kept."""
    if call.service.settings.logbook == "off":
        return None
    line = _line(call, method, resource_type.endpoint + (f"/{ident}" if ident else ""))
    line.resource = ident if is_own_form(ident) else ""
    name = body.get(resource_type.name_attribute)
    line.subject = subject_key(name) if isinstance(name, str) else ""
    if method != "DELETE":
        line.came = _kept(call, body)
    if call.service.settings.logbook == "values":
        line.after_values = "null"
    return line


def note_meant(call: Call, line: Line | None, sent: Any, meant: Any) -> None:
    """Note what the profile made of a body or of operations, if it is anything else than what came. Raises nothing."""
    if line is None:
        return
    try:
        if sent != meant:
            line.meant = _kept(call, meant if isinstance(meant, dict) else [_operation(one) for one in meant])
    except Exception:  # noqa: BLE001 - a plugin returns what it likes, and whether that can be stored is decided later
        line.meant = '"(cannot be kept)"'


def _operation(one: PatchOperation) -> dict[str, Any]:
    told = {"op": one.op, "path": one.path, "value": one.value}
    return {name: value for name, value in told.items() if value is not None and value is not MISSING}


def answered(call: Call, line: Line | None, status: int, began: float) -> None:
    """Complete the line of a write that was committed."""
    if line is not None:
        line.status, line.milliseconds = status, _since(began)
        _committed(call, line)


def _committed(call: Call, line: Line) -> None:
    if is_stored(line):
        call.service.logbook.complete(line)
    else:
        call.service.logbook.add(line)


def refused(call: Call, line: Line | None, status: int, error: dict[str, Any], began: float) -> None:
    """Keep the line of a write that was refused; `error` is the body of the answer."""
    if line is not None:
        _refuse(call.service.settings.logbook, line, error)
        line.status, line.milliseconds = status, _since(began)
        call.service.logbook.add(line)


def keep(visit: Visit, reply: Reply, path: str, milliseconds: float) -> None:
    """Keep or complete the line of the request that is answered now; `path` is below the base URL. Raises nothing."""
    service, call = current_service(), visit.call
    detail = service.settings.logbook
    if detail == "off" or (call is None and not _is_worth_a_line(visit)):
        return
    line: Line | None = None if call is None else call.line
    is_written = line is not None and call.is_written
    if line is None:
        line = _line_of_request(visit, detail, path)
    line.status, line.milliseconds = reply.status, round(milliseconds, 2)
    if is_written:
        _committed(call, line)
        return
    if reply.status >= REFUSED:
        _refuse(detail, line, _read(reply.whole or b""))
    service.logbook.add(line)


def _is_worth_a_line(visit: Visit) -> bool:
    """Say whether a call that was not let in is told: those without a genuine token are nobody's."""
    if visit.whose is None:
        return False
    instant, connection = time.monotonic(), visit.whose[1]
    if instant - _refused.get(connection, -REFUSALS_SECONDS) < REFUSALS_SECONDS:
        return False
    _refused[connection] = instant
    return True


def _line(call: Call, method: str, target: str) -> Line:
    caller = call.caller
    scope = caller.scope
    return Line(
        scope.organization, new_id(), scope.connection, timestamp(), call.request_id, method,
        target.replace("\0", "?")[:TARGET], caller.profile,
    )  # fmt: skip


def _line_of_request(visit: Visit, detail: str, path: str) -> Line:
    """Return the line of a request that writes nothing, or failed before it could."""
    call: Call | None = visit.call
    organization, connection, profile = visit.whose or ("", "", "")
    target = redact(path + _shown_query(call, visit.query, detail)).replace("\0", "?")[:TARGET]
    line = Line(organization, new_id(), connection, timestamp(), visit.ident, visit.method, target, profile)
    sent = visit.body
    # Operations of a bulk have lines of their own.
    if sent and call is not None and detail != "names" and not path.lower().endswith("/bulk"):
        line.came = redact((masked_body(sent[:LARGE_BODY]) or "")[:KEPT_TEXT]) or None
    last = path.rpartition("/")[2]
    line.resource = last if is_own_form(last) else ""
    literal = _LITERAL.search(_asked_filter(call, sent if path.endswith(".search") else None))
    line.subject = subject_key(_unquoted(literal[1])) if literal else ""
    line.decision = "" if call is None else call.told or "read"
    return line


def _shown_query(call: Call | None, query: str, detail: str) -> str:
    if not query:
        return ""
    if detail != "names":
        known = "" if call is None else "&".join(f"{name}={value}" for name, value in call.parameters.items())
        return f"?{known if known and SECRET not in known.lower() else unquote_plus(masked_query(query))}"
    return "?" + "&".join(f"{part.partition('=')[0]}={MASK}" for part in query.split("&"))


def _asked_filter(call: Call | None, sent: bytes | None) -> str:
    """Return the filter of a search, by GET or by POST."""
    if sent:
        with suppress(orjson.JSONDecodeError, AttributeError):
            return str(orjson.loads(sent).get("filter", ""))
    return call.parameters.get("filter", "") if call is not None and "filter=" in call.visit.query else ""


def _unquoted(literal: str) -> str:
    try:
        return str(orjson.loads(literal))
    except orjson.JSONDecodeError:
        return ""


def _kept(call: Call, value: Any) -> str:
    """Return a JSON value as it is kept: masked, and within bounds."""
    sent = call.visit.body
    if sent is not None and len(sent) > LARGE_BODY:
        return f'"(not kept: {len(sent)} bytes)"'
    if call.service.settings.logbook == "names":
        value = without_values(value)
    text = masked_value_text(value)
    # Names that go along with ids are of people whom the line is not about: it would not be found when they are erased.
    if names_others(value, text):
        text = masked_value_text(without_displays(value))
    return redact(text[:KEPT_TEXT])


def _refuse(detail: str, line: Line, error: dict[str, Any]) -> None:
    line.changed = "[]"
    line.scim_type = str(error.get("scimType", ""))
    reason = "" if detail == "names" else str(error.get("detail", ""))[:REASON]
    line.decision = f"refused: {reason}" if reason else "refused"


def _read(told: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(told)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)
