"""The database: opening it, running statements, and the one way to write (`transaction`).

Faults of the database itself become UnavailableError here and nowhere else (rule R19: 503, never 4xx).
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import peewee
from playhouse.pool import MaxConnectionsExceeded

from optiid.errors import SettingsError, UnavailableError, UnconfirmedError
from optiid.storage import list_counts
from optiid.storage.dialects import POSTGRESQL, SQLITE, Dialect
from optiid.storage.marks import Marks
from optiid.storage.pool import Pool
from optiid.storage.retrying import is_given_up, pause_after
from optiid.storage.safe_sqlite import check_sharing
from optiid.storage.sessions import SQLITE_OPTIONS, connecting
from optiid.storage.sqlite_writes import SqliteWrites

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optiid.settings import Settings

Result = TypeVar("Result")
Row = tuple[Any, ...]

ATTEMPTS = 4
OPENING_PAUSE_SECONDS = 0.2
# A loss that took longer to notice is told instead: another try would hold the thread as long again.
PROMPT_LOSS_SECONDS = 4.0


class Database:
    """One open database, shared by the threads of a process; each thread works on a connection of its own."""

    def __init__(self, engine: peewee.Database, dialect: Dialect, busy_timeout: float) -> None:
        self.engine = engine
        self.dialect = dialect
        self._busy_timeout = busy_timeout
        self._writes = SqliteWrites(self, busy_timeout)
        self._thread, self.list_changes, self.marks = threading.local(), list_counts.Changes(), Marks()
        self.written = 0  # moves with each commit but ordinary ones: what is remembered may not be so any more

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Run a statement written with `?` and return its cursor. For use inside `transaction` and `reading`."""
        return self._run(self.dialect.sql(sql), parameters)

    def _run(self, sql: str, parameters: Sequence[Any]) -> Any:
        """Do what `execute_sql` of the engine does, at half its cost: a write has a dozen statements."""
        try:
            return self.engine.connection().execute(sql, parameters)  # type: ignore[no-untyped-call]  # peewee
        except Exception as error:
            peewee.__exception_wrapper__.__exit__(type(error), error, error.__traceback__)  # type: ignore[attr-defined]  # not in its stubs
            raise

    def mark(self, sql: str) -> None:
        """Run what only divides a transaction: no statement of anybody's, like BEGIN and COMMIT."""
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]  # not in its stubs
            self.engine.connection().execute(sql)  # type: ignore[no-untyped-call]  # peewee

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a statement."""
        found: list[Row] = self.execute(sql, parameters).fetchall()
        return found

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a statement, or None."""
        found: Row | None = self.execute(sql, parameters).fetchone()
        return found

    def reading(self, work: Callable[[], Result]) -> Result:
        """Return what `work` returns; it reads only, and may run again when the connection was lost.

        Inside a transaction it is a part of that, which runs again as a whole or not at all.
        """
        return work() if self._is_writing() else self.attempt(work)

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Let what this thread reads meanwhile be a part of the transaction that it has begun by itself."""
        self._thread.writing = True
        try:
            yield
        finally:
            self._thread.writing = False

    def _is_writing(self) -> bool:
        return getattr(self._thread, "writing", False)

    def transaction(
        self, work: Callable[[], Result], patience: float | None = None, *, ordinary: bool = False
    ) -> Result:
        """Return what `work` returns, committed as a whole or not at all.

        `work` may run several times (lost connection, serialization failure), so all it does is by statements. SQLite
        waits so many seconds for other writers, or as long as the settings say. What is `ordinary` changes nothing that
        a process remembers. Raises UnavailableError when the database does not take it.
        """
        if self._is_writing():
            raise RuntimeError("A transaction was begun inside a transaction: it could not be undone with the outer")
        try:
            if self.dialect is SQLITE:
                return self._writes.run(work, patience, joins=ordinary)
            return self.attempt(lambda: self._commit(work))
        finally:
            self.written += not ordinary

    def _commit(self, work: Callable[[], Result]) -> Result:
        self.engine.begin()
        with self.undoing():
            result = self.worked(work)
        self.confirm()
        return result

    @contextmanager
    def undoing(self) -> Iterator[None]:
        """Undo the transaction that was begun when anything is raised meanwhile."""
        try:
            yield
        except BaseException:
            with suppress(peewee.PeeweeException):
                self.engine.rollback()
            raise

    def worked(self, work: Callable[[], Result]) -> Result:
        """Return what `work` returns, as a part of the transaction that was begun."""
        self._thread.writing = True
        try:
            return list_counts.keeping(self, work)
        finally:
            self._thread.writing = False

    def confirm(self) -> None:
        """Commit the transaction that was begun. Raises UnconfirmedError when the database does not say it was."""
        try:
            self.engine.commit()
        except peewee.DatabaseError as error:
            if is_given_up(error):
                raise
            # Whether it was committed is unknown here, so it must not run again: the client's retry decides.
            with suppress(peewee.PeeweeException):
                self.engine.rollback()
            raise UnconfirmedError("The database did not confirm the change; try again") from error

    def attempt(self, work: Callable[[], Result]) -> Result:
        """Return what `work` returns over an open connection; a lost one is opened again, where that may help.

        Raises UnavailableError for every fault of the database.
        """
        began, attempt = time.monotonic(), 0
        while True:
            attempt += 1
            try:
                self.engine.connect(reuse_if_open=True)
                return work()
            except peewee.IntegrityError as error:
                # Names that are taken were told before; what is left is a row that vanished between two statements.
                raise UnavailableError("Something was removed at the same moment; try again") from error
            except peewee.ProgrammingError as error:
                if self.engine.is_closed():
                    raise SettingsError("database_url cannot be used: its form or an option in it is wrong") from error
                raise
            except (peewee.DatabaseError, peewee.InterfaceError) as error:
                if not self._may_retry(error, began, attempt):
                    self._discard()
                    raise UnavailableError("The database cannot be used at the moment; try again") from error
            except MaxConnectionsExceeded as error:
                raise UnavailableError("All database connections are busy; try again") from error

    def _may_retry(self, error: Exception, began: float, attempt: int) -> bool:
        if is_given_up(error):
            time.sleep(pause_after(attempt))
            return attempt < ATTEMPTS or time.monotonic() - began < self._busy_timeout
        if attempt == ATTEMPTS:
            return False
        if self.dialect is POSTGRESQL:
            lost = self.engine.is_closed() or self.engine.connection().closed  # type: ignore[no-untyped-call]  # peewee
            self._discard()
            if lost:
                # What lies in the pool was lost to the same cause, most likely, and would be waited for one by one.
                self.engine.close_idle()  # type: ignore[attr-defined]  # only the pool has it
            return lost and time.monotonic() - began < PROMPT_LOSS_SECONDS
        if self.engine.is_closed():
            # Of several that open a new SQLite file at once, all but one are refused without waiting.
            time.sleep(OPENING_PAUSE_SECONDS)
            return True
        return False

    def _discard(self) -> None:
        """Throw this thread's connection away, so that the next use opens a fresh one."""
        with suppress(Exception):
            if self.dialect is POSTGRESQL:
                self.engine.manual_close()  # type: ignore[attr-defined]  # only the pool has it
            else:
                self.engine.close()

    def release(self) -> None:
        """Give this thread's connection back to the pool; SQLite keeps its own open, which is cheaper."""
        if self.dialect is POSTGRESQL and not self.engine.is_closed():
            self.engine.close()

    def leave(self) -> None:
        """Close this thread's connection, before the thread ends."""
        if not self.engine.is_closed():
            self.engine.close()

    def close(self) -> None:
        """Close the connections of this process that can be closed from here."""
        if self.dialect is POSTGRESQL:
            self.engine.close_all()  # type: ignore[attr-defined]  # only the pool has it
        else:
            self.engine.close()
            self._writes.close()

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """Collect the text of each statement that this thread runs (BEGIN and COMMIT aside), for budgets and tests."""
        seen: list[str] = []
        counted = threading.get_ident()

        def noting(original: Callable[..., Any]) -> Callable[..., Any]:
            def execute(sql: str, parameters: Any = None) -> Any:
                if threading.get_ident() == counted:
                    seen.append(sql)
                return original(sql, parameters)

            return execute

        # The models' own statements go past `_run`.
        self.engine.execute_sql, self._run = noting(self.engine.execute_sql), noting(self._run)  # type: ignore[method-assign]  # undone below
        try:
            yield seen
        finally:
            del self.engine.execute_sql, self._run


def open_database(settings: Settings) -> Database:
    """Return the database that the settings name: PostgreSQL by URL, else SQLite in the data folder."""
    url = settings.database_url
    if not url:
        folder = Path(settings.home)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # personal data lies in it
        except OSError as error:
            raise SettingsError(
                f"The data folder {folder} cannot be made ({error.strerror}): set OPTIID_HOME"
            ) from error
        return _open_sqlite(folder / "optiid.sqlite", settings)
    if url.startswith("sqlite:///"):
        return _open_sqlite(Path(url.removeprefix("sqlite:///")), settings)
    if url.startswith(("postgresql://", "postgres://")):
        return _open_postgresql("postgresql://" + url.split("://", 1)[1], settings)
    known = " (optiid does not run on CockroachDB: docs/growing.md)" if url.startswith("cockroach") else ""
    raise SettingsError(f"database_url must begin with postgresql:// or sqlite:///, or be empty for SQLite{known}")


def _open_sqlite(path: Path, settings: Settings) -> Database:
    check_sharing(settings)
    timeout = settings.busy_timeout_seconds
    engine = peewee.SqliteDatabase(str(path), timeout=timeout, **SQLITE_OPTIONS)
    return Database(engine, SQLITE, timeout)


def _open_postgresql(url: str, settings: Settings) -> Database:
    engine = Pool(
        url,
        max_connections=settings.database_pool,
        timeout=max(settings.busy_timeout_seconds, 0.001),  # 0 would mean to wait for ever
        stale_timeout=600,
        **connecting(prepare=settings.prepare_statements),
    )
    return Database(engine, POSTGRESQL, settings.busy_timeout_seconds)
