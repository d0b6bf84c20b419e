"""What commands work with: the settings, an open database that is ready, the profiles."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from optiid import logs
from optiid.profiles.loading import load_profiles
from optiid.settings import load_settings
from optiid.storage.database import open_database
from optiid.storage.migrating import ensure_ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.profiles.registry import ProfileRegistry
    from optiid.settings import Settings
    from optiid.storage.database import Database


def settings_for_command() -> Settings:
    """Return the settings of file and environment, and send logs to stderr in short lines."""
    settings = load_settings()
    logs.configure(settings)
    return settings


@contextmanager
def open_ready(settings: Settings) -> Iterator[Database]:
    """Open the database, making its tables when it is empty, and close it afterwards."""
    database = open_database(settings)
    try:
        ensure_ready(database)
        yield database
    finally:
        database.close()


def profiles_of(settings: Settings) -> ProfileRegistry:
    """Return the profiles the settings switch on."""
    return load_profiles(folder_of(settings), settings.profiles_enabled, settings.profiles, settings.profile_origins)


def folder_of(settings: Settings) -> Path | None:
    """Return the operator's folder of profiles, if there is one."""
    return Path(settings.profiles_folder) if settings.profiles_folder else None
