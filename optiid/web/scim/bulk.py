"""Many writes in one request: `/Bulk` (RFC 7644, section 3.7).

Each operation is what it would be as a request of its own, with a transaction of its own, and one that fails leaves
the others alone. Only those that refer to each other in a circle stand or fall together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from optiid.clock import is_own_form, new_id
from optiid.scim.bulk.messages import BulkResult, location_of_path, read_bulk, render_bulk
from optiid.scim.bulk.order import in_order
from optiid.scim.bulk.references import name_in, with_ids
from optiid.scim.errors import ScimError
from optiid.scim.rendering import location_of
from optiid.scim.resource_types import USER
from optiid.scim.versions import Conditions
from optiid.services.together import PartFailedError, part_of
from optiid.web.scim import logbook, scopes
from optiid.web.scim.changes import OPERATIONS, Change, carry_out, carry_out_together, tell
from optiid.web.scim.failures import error_document, shaped_error
from optiid.web.scim.respond import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optiid.scim.bulk.messages import BulkOperation, BulkRequest
    from optiid.services.logbook import Line
    from optiid.services.storing import Outcome
    from optiid.web.reply import Reply
    from optiid.web.scim.call import Call

SHOWN = 60
INNER_FAULT = 500


def run_bulk(call: Call) -> Reply:
    """Answer POST on `/Bulk`: 200 with what became of each operation, in the order of the request."""
    body, limit = call.bulk_body(), call.service.settings.bulk_operations
    request = read_bulk(body, call.resource_types.values(), limit)
    results = _Run(call, request, request.creators()).results()
    call.told = f"{len(results)} operations"
    told = [results[position].document(request.operations[position]) for position in sorted(results)]
    return encode(200, render_bulk(told))


@dataclass
class _Run:
    """One bulk on its way: who creates each bulkId, which id it has got, and what became of the operations so far."""

    call: Call
    request: BulkRequest
    creators: Mapping[str, int]
    ids: dict[str, str] = field(default_factory=dict)
    found: dict[int, BulkResult] = field(default_factory=dict)
    errors: int = 0
    lines: dict[int, Line | None] = field(default_factory=dict)
    began: float = field(default_factory=perf_counter)

    def results(self) -> dict[int, BulkResult]:
        """Carry out the operations, until so many failed as the client allows; return results by position."""
        needs = self.request.needs()
        end = monotonic() + self.call.service.settings.bulk_seconds
        for group in in_order(needs):
            if self.request.fail_on_errors is not None and self.errors >= self.request.fail_on_errors:
                break
            if monotonic() > end:
                self._put_off(group)
            elif len(group) > 1 or group[0] in needs[group[0]]:
                self._carry_out_circle(group)
            else:
                self._carry_out(group[0])
        return self.found

    def _carry_out(self, position: int) -> None:
        try:
            self.began = perf_counter()
            change = self._change(position, self.ids)
            self._succeed(position, change, carry_out(self.call, change))
        except Exception as error:  # noqa: BLE001 - what befalls one is told as its own, beside what is done already
            self._fail(position, error)

    def _carry_out_circle(self, positions: list[int]) -> None:
        operations = [self.request.operations[position] for position in positions]
        # Hooks see ids of the lawful form; which ones the resources get is known inside the transaction only.
        stand_ins = {operation.bulk_id or "": new_id() for operation in operations}
        changes: dict[str, Change] = {}
        try:
            self.began = perf_counter()
            for place, (position, stand_in) in enumerate(zip(positions, stand_ins.values(), strict=True)):
                with part_of(place):
                    changes[stand_in] = self._change(position, self.ids | stand_ins)
            outcomes = carry_out_together(self.call, changes)
        except PartFailedError as error:
            self._fail_together(positions, error)
        except Exception as error:  # noqa: BLE001 - it befell the transaction as a whole
            for position in positions:
                self._fail(position, error)
        else:
            for position, change, outcome in zip(positions, changes.values(), outcomes, strict=True):
                self._succeed(position, change, outcome)

    def _put_off(self, positions: list[int]) -> None:
        """Refuse what there is no time for: clients give up on an answer that takes too long (rule R19)."""
        for position in positions:
            self._fail(position, ScimError(503, "There was no time left for it in this bulk: send it again"))

    def _change(self, position: int, ids: Mapping[str, str]) -> Change:
        """Return the write that an operation means. Raises its fault, and 409 when it needs one that failed."""
        operation = self.request.operations[position]
        if operation.fault is not None:
            raise operation.fault
        if operation.resource_type is None:
            raise AssertionError("an operation without a fault has a resource type")
        scopes.check(self.call, "write", operation.resource_type.name)
        for name in operation.refers_to:
            if name not in ids:
                text = f"It needs bulkId {name[:SHOWN]!r}, which failed: correct that one, send both again"
                raise self._consequence(self.creators[name], text)
        required = self.call.bound.policy.require_if_match
        conditions = Conditions(operation.version, required=required)
        ident, data = self._ident(operation, ids) or "", with_ids(operation.data or {}, ids)
        line = logbook.open_line(self.call, operation.method, operation.resource_type, ident, data)
        self.lines[position] = line
        return Change(operation.method, operation.resource_type, ident, data, conditions, line=line)

    def _ident(self, operation: BulkOperation, ids: Mapping[str, str]) -> str | None:
        """Return the id in the path of an operation, None when it is not known."""
        name = None if operation.ident is None else name_in(operation.ident)
        return operation.ident if name is None else ids.get(name)

    def _succeed(self, position: int, change: Change, outcome: Outcome) -> None:
        bulk_id = self.request.operations[position].bulk_id
        if change.method == "POST" and bulk_id is not None:
            self.ids[bulk_id] = outcome.stored.id
        answer = tell(self.call, change, outcome)
        location = location_of(change.resource_type, outcome.stored.id, self.call.base_url)
        location = answer.headers.get("Location", location)
        self.found[position] = BulkResult(answer.status, location, answer.headers.get("ETag"))
        logbook.answered(self.call, self.lines.get(position), answer.status, self.began)

    def _fail(self, position: int, error: Exception) -> None:
        operation = self.request.operations[position]
        context = self.call.context(OPERATIONS.get(operation.method, "search"), operation.resource_type or USER)
        told = shaped_error(error, self.call, context)
        self.errors += 1
        document = error_document(told)
        self.found[position] = BulkResult(told.status, self._location(operation), error=document)
        logbook.refused(self.call, self.lines.get(position), told.status, document, self.began)

    def _fail_together(self, positions: list[int], error: PartFailedError) -> None:
        """Tell the one that failed why, and the others that they went with it."""
        culprit = positions[error.position]
        self._fail(culprit, error.__cause__ if isinstance(error.__cause__, Exception) else error)
        name = self.request.operations[culprit].bulk_id or ""
        text = f"It is in a circle with bulkId {name[:SHOWN]!r}, which failed: none of it was created"
        for position in positions:
            if position != culprit:
                self._fail(position, self._consequence(culprit, text))

    def _consequence(self, culprit: int, text: str) -> ScimError:
        """Return what befalls those who need a failed operation: 409, or 503 where the fault is ours (rule R19)."""
        return ScimError(503 if self.found[culprit].status >= INNER_FAULT else 409, text)

    def _location(self, operation: BulkOperation) -> str | None:
        """Return the location of a failed operation; only a POST has none (RFC 7644, section 3.7.3)."""
        if operation.method == "POST":
            return None
        ident = self._ident(operation, self.ids)
        if operation.resource_type is not None and ident is not None and is_own_form(ident):
            return location_of(operation.resource_type, ident, self.call.base_url)
        return location_of_path(operation.path, self.call.base_url)
