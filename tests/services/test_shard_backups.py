"""A backup of all shards is one folder, and goes back into these shards alone: all of them, or one that was lost."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import ConflictError, InvalidInputError
from optiid.services import backups, shard_backups, shard_upkeep
from optiid.storage import shard_map
from optiid.storage.shards import FIRST
from tests.shards import EAST, Sharded, shards_on, two_shards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optiid.storage.shards import ShardDatabase


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
def sharded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sharded]:
    yield from shards_on(request, tmp_path)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Sharded]:
    running = Sharded(two_shards(tmp_path))
    yield running
    running.close()


def quiet(_: int) -> None:
    """Nobody watches."""


def of(sharded: Sharded) -> dict[str, ShardDatabase]:
    return {name: sharded.database(name) for name in (FIRST, EAST)}


def test_all_shards_are_backed_up_and_restored_together(sharded: Sharded, tmp_path: Path) -> None:
    here, there = sharded.scim(), sharded.scim(EAST)
    users = [scim.a_user()["id"] for scim in (here, there)]
    made = shard_backups.back_up(of(sharded), tmp_path / "copy", quiet)
    assert list(made) == [EAST, FIRST]
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o700
    assert {path.name for path in (tmp_path / "copy").iterdir()} == {FIRST, EAST, shard_backups.MANIFEST}
    later = [scim.a_user()["id"] for scim in (here, there)]
    with pytest.raises(ConflictError, match="--replace"):
        shard_backups.restore(of(sharded), tmp_path / "copy", None, False, quiet)
    shard_backups.restore(of(sharded), tmp_path / "copy", EAST, True, quiet)
    assert [scim.get(f"/Users/{one}").status for scim, one in ((here, later[0]), (there, later[1]))] == [200, 404]
    done = shard_backups.restore(of(sharded), tmp_path / "copy", None, True, quiet)
    assert {name: one.pending for name, one in done.items()} == {FIRST: [], EAST: []}
    for scim, known, gone in zip((here, there), users, later, strict=True):
        assert (scim.get(f"/Users/{known}").status, scim.get(f"/Users/{gone}").status) == (200, 404)
        scim.a_user()
    assert list(shard_upkeep.faults(sharded.shards)) == []


def test_what_is_not_a_backup_of_these_shards_changes_nothing(small: Sharded, tmp_path: Path) -> None:
    scim, copy = small.scim(EAST), tmp_path / "copy"
    shard_backups.back_up(of(small), copy, quiet)
    user = scim.a_user()["id"]

    def refused(databases: dict[str, Any], shard: str | None, words: str) -> None:
        with pytest.raises(InvalidInputError, match=words):
            shard_backups.restore(databases, copy, shard, True, quiet)
        assert scim.get(f"/Users/{user}").status == 200

    refused(of(small) | {"west": small.database(EAST)}, None, "is a backup of the shards .*, and the settings have")
    refused(of(small), "west", "There is no shard 'west'")
    (copy / EAST).rename(tmp_path / "east")
    refused(of(small), None, "east cannot be read")
    (copy / FIRST).rename(copy / EAST)
    refused(of(small), None, "east is not the file that the manifest names")
    (copy / shard_backups.MANIFEST).write_text('{"shards": [')
    refused(of(small), None, "is damaged: take another backup")
    (copy / shard_backups.MANIFEST).unlink()
    refused(of(small), None, "is no backup of several shards")
    with pytest.raises(ConflictError, match="exists already: name another folder"):
        shard_backups.back_up(of(small), copy, quiet)


def test_backup_amid_a_move_is_none(small: Sharded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    organization = small.connect(EAST).organization
    first = small.shards.first
    placed = shard_map.placement(first, organization)
    moved = shard_map.Placement(organization, FIRST)
    original = backups.back_up

    def move_meanwhile(database: ShardDatabase, *given: Any) -> Any:
        shard_map.change(first, placed, moved)
        return original(database, *given)

    with monkeypatch.context() as patched:
        patched.setattr(backups, "back_up", move_meanwhile)
        with pytest.raises(ConflictError, match="moved to another shard meanwhile"):
            shard_backups.back_up(of(small), tmp_path / "copy", quiet)
    shard_map.change(first, moved, shard_map.Placement(organization, FIRST, EAST, "moving", "2026"))
    with pytest.raises(ConflictError, match="is on its way between two shards"):
        shard_backups.back_up(of(small), tmp_path / "copy", quiet)
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == []
