from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.errors import SettingsError
from optiid.storage import database, safe_sqlite
from optiid.storage.safe_sqlite import OLDEST_SHARED, VERSION, check_sharing, version_text
from tests.running import settings_in

if TYPE_CHECKING:
    from pathlib import Path


def test_bundled_sqlite_may_be_shared(tmp_path: Path) -> None:
    assert VERSION >= OLDEST_SHARED
    assert version_text((3, 53, 4)) == "3.53.4"
    check_sharing(settings_in(tmp_path, workers=2))


def test_old_sqlite_is_for_one_worker(tmp_path: Path) -> None:
    check_sharing(settings_in(tmp_path, workers=1), (3, 40, 1))
    with pytest.raises(SettingsError, match="pysqlite3"):
        check_sharing(settings_in(tmp_path, workers=2), (3, 40, 1))


def test_no_door_opens_an_old_sqlite_for_several_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "check_sharing", lambda settings: safe_sqlite.check_sharing(settings, (3, 40, 1)))
    with pytest.raises(SettingsError, match=r"SQLite 3\.40\.1"):
        database.open_database(settings_in(tmp_path, workers=2))
