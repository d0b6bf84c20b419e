"""The databases of an installation that deals its organizations out over several, each of them an ordinary one.

The first shard is the database of `database_url`. It has the shard map, which says which organization lies where.
Nothing here says who may come in: that is looked up on the shard of the organization alone.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import peewee

from optiid.clock import timestamp
from optiid.errors import OptiidError, SettingsError, UnavailableError
from optiid.storage.database import Database, open_database
from optiid.storage.dialects import POSTGRESQL
from optiid.storage.migrating import ensure_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from optiid.settings import Settings

Result = TypeVar("Result")

FIRST = "first"
MOVING, LEAVING = "moving", "leaving"
ON_ITS_WAY = "The organization is on its way to another server: nothing was changed; try again"
# What a server says of itself that is about to stop, has stopped or begins; without any state it cannot be reached.
_AWAY = ("08", "57P")
_OWN_ROW = "SELECT p.shard, p.stage FROM shard_placement p WHERE p.organization = ''"
_NOTE_NAME = """
INSERT INTO shard_placement (organization, name_key, shard, other, stage, noted_at) VALUES ('', '', ?, '', '', ?)
ON CONFLICT DO NOTHING"""
# The organization's own connection, which each of them has: primary key of connection.
_GATE = "SELECT c.state FROM connection c WHERE c.organization = ? AND c.id = ?{gate}"
_WHOLE_GATE = "SELECT c.stage FROM shard_placement c WHERE c.organization = ''{gate}"


class ShardDatabase(Database):
    """The database of one shard: a transaction for an organization on its way to another shard is refused here.

    The gate is a row that each transaction holds to its end, so that a move waits for those that began before it, and
    whoever comes later finds it closed, whatever a process remembers of where the organization lies.
    """

    def __init__(self, opened: Database, name: str, first: ShardDatabase | None, busy_timeout: float) -> None:
        super().__init__(opened.engine, opened.dialect, busy_timeout)
        self.name = name
        self.first = first or self
        # Whether the server could not be reached the last time.
        self.in_doubt = False

    @contextmanager
    def acting_for(self, organization: str | None) -> Iterator[None]:
        """Let this thread's transactions pass the gate of an organization; of all that lie here when it is empty."""
        before = getattr(self._thread, "organization", None)
        self._thread.organization = organization
        try:
            yield
        finally:
            self._thread.organization = before

    def transaction(
        self, work: Callable[[], Result], patience: float | None = None, *, ordinary: bool = False
    ) -> Result:
        """Return what `work` returns, as `Database.transaction`. Raises UnavailableError where the gate is closed."""

        def behind_gate() -> Result:
            self._check_gate(getattr(self._thread, "organization", None))
            return work()

        return super().transaction(behind_gate, patience, ordinary=ordinary)

    def _check_gate(self, organization: str | None) -> None:
        if organization is None:
            return
        if organization:
            row = self.row(self.dialect.fixed(_GATE), (organization, organization))
            closed = row is None or row[0] == MOVING
        else:
            row = self.row(self.dialect.fixed(_WHOLE_GATE))
            closed = row is not None and row[0] == MOVING
        if closed:
            raise UnavailableError(ON_ITS_WAY)

    def attempt(self, work: Callable[[], Result]) -> Result:
        """Return what `work` returns, as `Database.attempt`, and note whether the server could be reached."""
        try:
            result = super().attempt(work)
        except UnavailableError as error:
            self.in_doubt = self.in_doubt or (self.dialect is POSTGRESQL and _is_away(error.__cause__))
            raise
        self.in_doubt = False
        return result

    def release(self) -> None:
        """Give this thread's connections back to the pools: also that to the first shard, which had the map."""
        super().release()
        if self.first is not self:
            self.first.release()

    def leave(self) -> None:
        """Close this thread's connections, before the thread ends."""
        super().leave()
        if self.first is not self:
            self.first.leave()


def on_behalf_of(database: Database, organization: str) -> AbstractContextManager[None]:
    """Let this thread's transactions pass the gate of an organization, where there are several shards."""
    return database.acting_for(organization) if isinstance(database, ShardDatabase) else nullcontext()


def _is_away(cause: BaseException | None) -> bool:
    if not isinstance(cause, (peewee.OperationalError, peewee.InterfaceError)):
        return False
    state: Any = getattr(getattr(cause, "orig", None), "sqlstate", None)
    return state is None or state.startswith(_AWAY)


def urls_of(settings: Settings) -> dict[str, str]:
    """Return where the shards lie, by name."""
    return {FIRST: settings.database_url, **dict(settings.shards)}


def url_of(settings: Settings, name: str) -> str:
    """Return where a shard lies. Raises SettingsError for one that the settings do not name."""
    urls = urls_of(settings)
    if name not in urls:
        raise SettingsError(f"There is no shard {name!r}: the setting `shards` has {', '.join(urls)}")
    return urls[name]


class Shards:
    """All shards of an installation by name, opened when they are first asked for."""

    def __init__(self, settings: Settings) -> None:
        """Open the first shard. Raises OptiidError when it is not ready."""
        self._settings = settings
        self._guard = threading.Lock()
        self.first = self._opened(FIRST, settings.database_url, None)
        self._open = {FIRST: self.first}

    @property
    def names(self) -> list[str]:
        """The names of all shards."""
        return list(urls_of(self._settings))

    def get(self, name: str) -> ShardDatabase:
        """Return the database of a shard. Raises SettingsError for one that the settings do not name, or name wrongly.

        Raises UnavailableError while it cannot be reached, and OptiidError when it is of another version.
        """
        known = self._open.get(name)
        if known is not None:
            return known
        opened = self._opened(name, url_of(self._settings, name), self.first)
        with self._guard:
            return self._open.setdefault(name, opened)

    def _opened(self, name: str, url: str, first: ShardDatabase | None) -> ShardDatabase:
        plain = open_database(replace(self._settings, database_url=url))
        made = ShardDatabase(plain, name, first, self._settings.busy_timeout_seconds)
        try:
            ensure_ready(made)
            _check_name(made)
        except BaseException:
            made.close()
            raise
        return made

    def reachable(self, otherwise: Callable[[str, OptiidError], None]) -> Iterator[ShardDatabase]:
        """Yield the databases that can be used now, and tell `otherwise` of each that cannot."""
        for name in self.names:
            try:
                database = self.get(name)
                database.reading(lambda: database.row(_OWN_ROW))  # noqa: B023 - called at once
            except OptiidError as error:
                otherwise(name, error)
            else:
                yield database

    def close(self) -> None:
        """Close the connections of this process that can be closed from here."""
        for database in self._open.values():
            database.close()


def _check_name(database: ShardDatabase) -> None:
    """Note in a database which shard it is. Raises SettingsError when it is another: names were mixed up."""
    row = database.reading(lambda: database.row(_OWN_ROW))
    if row is None:
        database.transaction(lambda: database.execute(_NOTE_NAME, (database.name, timestamp())))
        row = database.reading(lambda: database.row(_OWN_ROW))
    if row is not None and row[0] != database.name:
        raise SettingsError(
            f"The database that the settings call shard {database.name!r} is shard {row[0]!r}: give each its own name"
        )
