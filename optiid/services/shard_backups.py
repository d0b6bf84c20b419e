"""A backup of all shards into one folder, and back: a file for each, and a manifest that says what they are.

Each file is its shard at one moment, so each organization is whole. The first shard comes last: of what the others have
its map knows everything, and what it knows beyond is given up by the upkeep (`shard_upkeep`).
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from optiid.errors import ConflictError, InvalidInputError
from optiid.services import backups
from optiid.storage import catalog, shard_map
from optiid.storage.shards import FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from optiid.services.backups import Backup, Restored
    from optiid.storage.database import Database

    Told = Callable[[int], None]

MANIFEST = "shards.json"


def back_up(databases: Mapping[str, Database], folder: Path, told: Told) -> dict[str, Backup]:
    """Write all shards to a new folder, and return what was made of each.

    Raises what `backups.back_up` raises, and ConflictError when organizations are on their way between shards.
    """
    with _new_folder(folder) as partial:
        before = _places(databases[FIRST])
        made = {name: backups.back_up(databases[name], partial / name, told) for name in _first_last(databases)}
        after = _places(databases[FIRST])
        moved = sorted(one for one, shard in before.items() if after.get(one) != shard)
        if moved:
            raise ConflictError(f"Organization {moved[0]} moved to another shard meanwhile: make the backup again")
        digests = {name: {"digest": _digest(partial / name), "database": one.database} for name, one in made.items()}
        backups.write_new(partial / MANIFEST, orjson.dumps({"shards": digests}))
    return {name: replace(one, file=str(folder / name)) for name, one in made.items()}


def restore(
    databases: Mapping[str, Database], folder: Path, shard: str | None, over: bool, told: Told
) -> dict[str, Restored]:
    """Make all shards, or one, what a backup of all is; each as a whole or not at all, and none before all are checked.

    `over`: although there is data. Raises what `backups.restore` raises, and InvalidInputError when the backup is not
    one of these shards.
    """
    listed = _manifest(folder)
    if sorted(listed) != sorted(databases):
        raise InvalidInputError(
            f"{folder} is a backup of the shards {', '.join(listed)}, and the settings have {', '.join(databases)}"
        )
    if shard is not None and shard not in databases:
        raise InvalidInputError(f"There is no shard {shard!r}: the setting `shards` has {', '.join(databases)}")
    chosen = [name for name in _first_last(databases) if shard in (None, name)]
    for name in chosen:
        if _digest(folder / name) != listed[name].get("digest"):
            raise InvalidInputError(f"{folder / name} is not the file that the manifest names: take another backup")
        backups.check(databases[name], folder / name, over)
    return {name: backups.restore(databases[name], folder / name, over, told) for name in chosen}


def _first_last(databases: Mapping[str, Database]) -> list[str]:
    return [*(name for name in databases if name != FIRST), FIRST]


def _places(first: Database) -> dict[str, str]:
    """Return where organizations lie. Raises ConflictError while one of them is on its way."""
    if "shard_placement" not in catalog.names(first):
        return {}
    found = shard_map.placements(first)
    for placed in found:
        if placed.stage:
            raise ConflictError(
                f"Organization {placed.organization} is on its way between two shards: end that by"
                " `optiid organization place`, and make the backup then"
            )
    return {placed.organization: placed.shard for placed in found}


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read ({error.strerror})") from error


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        found = orjson.loads((folder / MANIFEST).read_bytes())["shards"]
    except OSError as error:
        raise InvalidInputError(f"{folder} is no backup of several shards ({MANIFEST}: {error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(f"{folder / MANIFEST} is damaged: take another backup") from error
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise InvalidInputError(f"{folder / MANIFEST} is damaged: take another backup")
    return found


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """Give a folder beside one that must not exist, for its owner alone; that appears when all went well."""
    if folder.exists():
        raise ConflictError(f"{folder} exists already: name another folder")
    partial = folder.with_name(folder.name + ".partial")
    try:
        _remove(partial)
        partial.mkdir(mode=0o700)
        try:
            yield partial
            partial.rename(folder)
        finally:
            _remove(partial)
        backups.to_disk(folder.parent)
    except OSError as error:
        raise InvalidInputError(f"{folder} cannot be written ({error.strerror})") from error


def _remove(partial: Path) -> None:
    """Remove a folder of files, if it is there."""
    if partial.exists():
        for file in partial.iterdir():
            file.unlink()
        partial.rmdir()
