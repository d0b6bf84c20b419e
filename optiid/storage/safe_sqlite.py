"""Which SQLite several processes may share (rule R18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import peewee

from optiid.errors import SettingsError

if TYPE_CHECKING:
    from optiid.settings import Settings

# Older ones can corrupt a database in WAL mode that several processes write.
OLDEST_SHARED = (3, 51, 3)
# peewee takes pysqlite3, which bundles its own SQLite, before Python's.
VERSION: tuple[int, ...] = peewee.sqlite3.sqlite_version_info  # type: ignore[attr-defined]  # not in its stubs


def version_text(version: tuple[int, ...] = VERSION) -> str:
    """Return a version as people write it."""
    return ".".join(map(str, version))


def check_sharing(settings: Settings, version: tuple[int, ...] = VERSION) -> None:
    """Raise SettingsError when several workers are to share an SQLite that is too old for that."""
    if settings.workers > 1 and version < OLDEST_SHARED:
        raise SettingsError(
            f"SQLite {version_text(version)} can corrupt a database that several workers write:"
            " install pysqlite3>=0.6.1, or set workers to 1"
        )
