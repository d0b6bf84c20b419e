"""Bring the lines of an exported organization in: what is there already in the same content is left alone.

Lines are committed in batches; a run that was cut off is simply run again. Nothing is trusted but the content that is
stored: no position is kept. What the file does not name stays as it is.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.errors import InvalidInputError, OptiidError, UnavailableError
from optiid.scim.errors import ScimError
from optiid.scim.json_text import read_object
from optiid.services import journal
from optiid.services.author import COMMAND_LINE, Author
from optiid.services.counting import count_lists
from optiid.services.import_target import open_target, put_connection, put_schema
from optiid.services.placing import Placing
from optiid.services.portable_access import put_grant, put_product
from optiid.services.portable_lines import (
    TYPES,
    check_header,
    read_connection_line,
    read_members_line,
    read_resource_line,
)
from optiid.storage.audit import Act
from optiid.storage.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from optiid.services.portable_lines import MembersLine, ResourceLine
    from optiid.storage.database import Database

BATCH = 200
DEPTH = 40


class LineError(InvalidInputError):
    """A line that cannot be brought in; lines before it are, nothing of it is."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(
            f"Line {number}: {reason}. Nothing of this line was changed; correct it and import the file again: what is"
            " in already is left alone"
        )
        self.number = number


@dataclass(slots=True)
class Summary:
    """What an import did: which organization, and how many lines made, changed or found something the same."""

    organization: str
    created: int = 0
    changed: int = 0
    unchanged: int = 0

    def add(self, what: str) -> None:
        """Count one."""
        setattr(self, what, getattr(self, what) + 1)


def import_lines(
    database: Database,
    lines: Iterable[bytes],
    organization: str | None = None,
    report: Callable[[int], None] = lambda _: None,
    *,
    author: Author = COMMAND_LINE,
) -> Summary:
    """Bring an export in and return what that did; into the organization of that id or name, made when it is not there.

    Without a name it is the one the file tells of. `report` is told how many lines are in. Raises LineError,
    ConflictError for an organization that cannot be it, and UnavailableError.
    """
    numbered = enumerate(lines, 1)
    number, first = next(numbered, (1, b""))
    with _about(number):
        header = check_header(_read(first))
        target = open_target(database, header, organization, author)
    run = _Run(database, target, author, report)
    for number, raw in numbered:
        if raw.strip():
            run.take(number, raw)
    run.flush()
    count_lists(database, target)
    if not run.ended:
        raise InvalidInputError(
            f"The file ends with line {number}, before its end line: it was cut off. What it holds is in; export again"
        )
    return run.summary


class _Run:
    """An import under way: what waits to be committed, and what was done."""

    def __init__(self, database: Database, organization: str, author: Author, report: Callable[[int], None]) -> None:
        self.summary = Summary(organization)
        self.ended = False
        self._database, self._author, self._report = database, author, report
        self._waiting: list[tuple[int, ResourceLine | MembersLine]] = []
        self._placing = Placing(database, organization, author.by)
        self._statistics = Statistics(database)

    def take(self, number: int, raw: bytes) -> None:
        """Take a line up. Raises LineError; the lines before it are committed then."""
        try:
            with _about(number):
                self._take(number, _read(raw))
        except LineError:
            self.flush()
            raise
        if len(self._waiting) >= BATCH:
            self.flush()

    def _take(self, number: int, record: Mapping[str, Any]) -> None:
        kind = str(record.get("kind"))
        if self.ended:
            raise InvalidInputError("there is a line behind the end line")
        if kind in TYPES:
            self._waiting.append((number, read_resource_line(record)))
        elif kind == "members":
            self._waiting.append((number, read_members_line(record)))
        else:
            self.flush()
            self._take_alone(kind, record)
            if kind in ("schema", "connection"):
                self._placing = Placing(self._database, self.summary.organization, self._author.by)

    def _take_alone(self, kind: str, record: Mapping[str, Any]) -> None:
        place = (self._database, self.summary.organization)
        if kind == "schema":
            self.summary.add(put_schema(*place, record, self._author))
        elif kind == "connection":
            self.summary.add(put_connection(*place, read_connection_line(record), self._author))
        elif kind == "product":
            self.summary.add(put_product(*place, record, self._author))
        elif kind == "grant":
            self.summary.add(put_grant(*place, record, self._author))
        elif kind == "end":
            self.ended = True
        else:
            raise InvalidInputError(f"no line is of kind {kind[:40]!r}: a newer version may have written the file")

    def flush(self) -> None:
        """Commit what waits; a line that cannot be keeps those behind it back. Raises LineError."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        self._commit_up_to_fault(waiting)
        self._statistics.note(self.summary.created + self.summary.changed)
        self._report(waiting[-1][0])

    def _commit_up_to_fault(self, waiting: list[tuple[int, ResourceLine | MembersLine]]) -> None:
        """Commit lines together; if that fails, half of them and then the others, until the fault is one line's."""
        try:
            self._commit(waiting)
        except LineError:
            if len(waiting) == 1:
                raise
            middle = len(waiting) // 2
            self._commit_up_to_fault(waiting[:middle])
            self._commit_up_to_fault(waiting[middle:])

    def _commit(self, waiting: list[tuple[int, ResourceLine | MembersLine]]) -> None:
        organization = self.summary.organization

        def work() -> list[str]:
            events, acts, done = [], [], []
            self._placing.begin([line for _, line in waiting])
            for number, line in waiting:
                with _about(number):
                    what, told = self._placing.place(line)
                done.append(what)
                events += told[0]
                acts += told[1]
            with _about(waiting[-1][0]):
                self._placing.end()
            changed = {what: done.count(what) for what in ("created", "changed")}
            if any(changed.values()):
                details = changed | {"first_line": waiting[0][0], "last_line": waiting[-1][0]}
                acts.append(Act("organization.imported", organization, details))
            journal.record(self._database, self._author, organization, events=events, acts=acts)
            return done

        for what in self._database.transaction(work):
            self.summary.add(what)


@contextmanager
def _about(number: int) -> Iterator[None]:
    """Say of an error which line it is about; a fault of the database is about none."""
    try:
        yield
    except (LineError, UnavailableError):
        raise
    except OptiidError as error:
        raise LineError(number, str(error).rstrip(".")) from error
    except ScimError as error:
        raise LineError(number, error.detail.rstrip(".")) from error


def _read(raw: bytes) -> Mapping[str, Any]:
    try:
        return read_object(raw, DEPTH)
    except ScimError as error:
        raise InvalidInputError(f"it cannot be read ({error.detail})") from error
