"""What commands work with: the settings, an open database that is ready, the profiles."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optiid import logs
from optiid.errors import UnavailableError
from optiid.profiles.loading import load_profiles
from optiid.settings import load_settings
from optiid.storage import shard_map
from optiid.storage.database import open_database
from optiid.storage.migrating import ensure_ready
from optiid.storage.shards import Shards

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optiid.errors import OptiidError
    from optiid.profiles.registry import ProfileRegistry
    from optiid.settings import Settings
    from optiid.storage.database import Database
    from optiid.storage.shards import ShardDatabase

# Parameters of commands that say where to look, those that say it best first.
NAMING = (
    *("organization", "named", "connection_id", "connection", "source", "token_id", "client_id", "key_id", "hold_id"),
    *("hold_ids", "adoption_id", "adoption_ids", "id_or_name"),
)


def settings_for_command() -> Settings:
    """Return the settings of file and environment, and send logs to stderr in short lines."""
    settings = load_settings()
    logs.configure(settings)
    return settings


@contextmanager
def open_ready(settings: Settings, shard: str | None = None, word: str = "") -> Iterator[Database]:
    """Open the database, making its tables when it is empty, and close it afterwards.

    Of several shards it is the one that is given, or on which lies what `word` or the parameters of the command name.
    """
    if settings.shards or shard is not None:
        with open_shards(settings) as shards:
            found, organization = (shards.get(shard), "") if shard is not None else _meant(shards, word)
            with found.acting_for(organization):
                yield found
        return
    database = open_database(settings)
    try:
        ensure_ready(database)
        yield database
    finally:
        database.close()


@contextmanager
def open_each(settings: Settings) -> Iterator[Iterable[Database]]:
    """Give the databases of all shards one after the other, or the one on which lies what the command names.

    They can be gone through several times. Shards that cannot be reached are told on stderr and left out.
    """
    if not settings.shards or _words():
        with open_ready(settings) as database:
            yield [database]
        return
    with open_shards(settings) as shards:
        yield Reachable(shards)


class Reachable:
    """The databases of those shards that can be reached when they are gone through."""

    def __init__(self, shards: Shards) -> None:
        self.shards = shards

    def __iter__(self) -> Iterator[Database]:
        return self.shards.reachable(_tell)


def _tell(name: str, error: OptiidError) -> None:
    click.echo(f"Shard {name} is left out: {error}", err=True)


@contextmanager
def open_shards(settings: Settings) -> Iterator[Shards]:
    """Open the shards of an installation, and close them afterwards."""
    shards = Shards(settings)
    try:
        yield shards
    finally:
        shards.close()


def _meant(shards: Shards, word: str) -> tuple[ShardDatabase, str]:
    """Return where to look for what the command names, and the organization that it belongs to.

    What is found nowhere is looked for on the first shard, whose error tells it. Raises UnavailableError when it may
    lie on a shard that cannot be reached.
    """
    word, away = word or next(iter(_words()), ""), list[str]()
    for database in shards.reachable(lambda name, _: away.append(name)) if word else ():
        owner = shard_map.owner(database, word)
        if owner:
            return shards.get(shard_map.placement(shards.first, owner).shard), owner
        if owner is not None:
            return database, ""
    if away:
        raise UnavailableError(f"{word!r} was not found, and shard {', '.join(away)} cannot be reached: try again")
    return shards.first, ""


def _words() -> list[str]:
    """Return what the parameters of the command name, what says best where to look first."""
    context = click.get_current_context(silent=True)
    parameters = {} if context is None else context.params
    # Where an organization can be named by an option of its own, this is somebody in it.
    names = [name for name in NAMING if name != "id_or_name" or "organization" not in parameters]
    given = [parameters[name] for name in names if parameters.get(name)]
    return [word for one in given for word in ([one] if isinstance(one, str) else one)]


def profiles_of(settings: Settings) -> ProfileRegistry:
    """Return the profiles the settings switch on."""
    return load_profiles(folder_of(settings), settings.profiles_enabled, settings.profiles, settings.profile_origins)


def folder_of(settings: Settings) -> Path | None:
    """Return the operator's folder of profiles, if there is one."""
    return Path(settings.profiles_folder) if settings.profiles_folder else None
