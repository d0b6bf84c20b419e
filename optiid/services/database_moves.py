"""Move everything from one database into another, from SQLite to PostgreSQL or back, and prove that it is the same.

Each run reads one moment of the source, so writes go on meanwhile; what they wrote is not in the copy. The check at the
end compares the copy with the source as it is then, and a source that changed is told: stop the service and run again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import orjson

from optiid.errors import ConflictError
from optiid.storage import catalog, migrating, move_state, row_copies
from optiid.storage.move_state import Position
from optiid.storage.sessions import unhurried
from optiid.storage.snapshots import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optiid.storage.catalog import Table
    from optiid.storage.database import Database, Row

    # Given what is counted and how many there are, returns whom to tell how many are done.
    Watch = Callable[[str, int], Callable[[int], None]]


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that ended: both sides have the same rows; `resumed` when an earlier run had begun it."""

    source: str
    target: str
    tables: int
    rows: int
    resumed: bool


def move(source: Database, target: Database, watch: Watch) -> Moved:
    """Copy all tables into a database that is empty, or that an earlier run had begun with, and compare both sides.

    Nothing changes in the source, and no service starts on the target before the two are equal. Raises ConflictError
    when the target has data of its own or the source changed meanwhile, OptiidError when one is of another version, and
    UnavailableError when one is lost: run again, it goes on.
    """
    migrating.ensure_ready(source)
    _take_possession(target)
    tables = tables_of_both(source, target)
    resumed = _resume_or_begin_anew(source, target, tables)
    try:
        with unhurried(source), unhurried(target):
            _copy_all(source, target, tables, watch)
            rows = _compare(source, target, tables, watch)
    except ConflictError:
        target.transaction(lambda: move_state.note_source(target, ""))
        raise
    move_state.end(target)
    return Moved(source.dialect.name, target.dialect.name, len(tables), rows, resumed)


def _take_possession(target: Database) -> None:
    """Make the tables of an empty target, and note that they are being filled."""
    if not move_state.is_begun(target) and catalog.holds_rows(target):
        raise ConflictError("The database to move to has data: name an empty one")
    migrating.migrate(target)
    unknown = [name for name in migrating.status(target).unknown if name != migrating.MOVING]
    if unknown:
        raise ConflictError(f"The database to move to is of a newer version ({unknown[-1]}): name an empty one")
    move_state.begin(target)


def tables_of_both(source: Database, target: Database) -> list[Table]:
    """Return the tables of both, which must be the same; what one of them keeps as JSONB is a document to both."""
    here, there = ({table.name: table for table in catalog.tables(database)} for database in (source, target))
    if strange := sorted(here.keys() ^ there.keys()):
        raise ConflictError(f"Only one of the databases has the table {strange[0]}: it belongs to nothing known here")
    for name, table in here.items():
        if (table.columns, table.key) != (there[name].columns, there[name].key):
            raise ConflictError(f"The table {name} has other columns in the database to move to: name an empty one")
    return [replace(table, documents=table.documents | there[name].documents) for name, table in here.items()]


def _resume_or_begin_anew(source: Database, target: Database, tables: Sequence[Table]) -> bool:
    """Return whether what an earlier run copied can stay: it was copied from this source, unchanged since."""
    found, noted = _state(source), move_state.source(target)
    if found == noted:
        return True

    def begin() -> None:
        row_copies.clear(target, tables)
        move_state.forget_positions(target)
        move_state.note_source(target, found)

    target.transaction(begin)
    return False


def _state(source: Database) -> str:
    """Return what changes with nearly every write of the source, and is cheap to look up; the rest shows at the end."""
    sql = "SELECT c.organization, c.sequence, c.audit_sequence, c.audit_head FROM event_counter c ORDER BY 1"
    return orjson.dumps([source.dialect.name, source.reading(lambda: source.rows(sql))]).decode()


def _copy_all(source: Database, target: Database, tables: Sequence[Table], watch: Watch) -> None:
    with snapshot(source):
        told, done = watch("rows copied", sum(row_copies.count(source, table) for table in tables)), 0
        for table in tables:
            position = move_state.position(target, table.name)
            done += position.rows
            for rows in () if position.complete else row_copies.slices(source, table, position.after):
                position = _copy(target, table, rows, position)
                done += len(rows)
                told(done)
            complete = replace(position, complete=True)
            target.transaction(lambda name=table.name, at=complete: move_state.note_position(target, name, at))  # type: ignore[misc]


def _copy(target: Database, table: Table, rows: list[Row], position: Position) -> Position:
    """Copy one slice, and note in the same transaction that it is there."""
    after = list(row_copies.key_of(table, rows[-1]))
    reached = Position(after, position.rows + len(rows), complete=False)

    def work() -> None:
        row_copies.insert(target, table, rows)
        move_state.note_position(target, table.name, reached)

    target.transaction(work)
    return reached


def _compare(source: Database, target: Database, tables: Sequence[Table], watch: Watch) -> int:
    """Return how many rows both have. Raises ConflictError naming the tables whose rows are not the same."""
    with snapshot(source), snapshot(target):
        told, done, differing, rows = watch("rows checked", _total(source, target, tables)), 0, [], 0
        for table in tables:
            sums = []
            for database in (source, target):
                found, number = 0, 0
                for slice_ in row_copies.slices(database, table):
                    found = row_copies.added(found, row_copies.checksum(table, slice_))
                    number += len(slice_)
                    told(done := done + len(slice_))
                sums.append((number, found))
            rows += sums[0][0]
            differing += [table.name] if sums[0] != sums[1] else []
    if differing:
        raise ConflictError(
            f"The source changed while it was copied ({', '.join(differing)}):"
            " stop the service and run the command again; it begins anew"
        )
    return rows


def _total(source: Database, target: Database, tables: Sequence[Table]) -> int:
    return sum(row_copies.count(database, table) for table in tables for database in (source, target))
