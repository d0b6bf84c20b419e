"""The look at each statement finds those that forget the organization, and no others."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from optiid.storage import tenants
from tests import organization_named
from tests.organization_named import CHILDREN, EXCEPTIONS, ROOT, TABLES, fault

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT r.id FROM resource r WHERE r.id = ?",
        "SELECT r.id FROM resource r JOIN membership m ON m.member_id = r.id WHERE r.organization = ?",
        'DELETE FROM "token" WHERE ("token"."id" = %s)',
        "UPDATE connection SET state = ?",
        "INSERT INTO event (sequence) VALUES (?)",
        "SELECT o.id FROM organization o",
    ],
)
def test_forgotten_organizations_are_found(sql: str) -> None:
    assert fault(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT u.id FROM membership m JOIN resource u ON u.organization = m.organization WHERE m.organization = ?",
        'UPDATE "token" SET "revoked_at" = %s WHERE (("token"."organization" = %s) AND ("token"."id" = %s))',
        "INSERT INTO event (organization, sequence) VALUES (?, ?)",
        "SELECT o.name FROM organization o WHERE o.id = ?",
        "PRAGMA busy_timeout = 1",
    ],
)
def test_named_organizations_are_not(sql: str) -> None:
    assert fault(sql) is None


def test_what_the_service_runs_is_looked_at(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organization_named, "EXCEPTIONS", {})
    service.database.reading(lambda: tenants.organizations(service.database))
    found = list(organization_named.FOUND)
    organization_named.FOUND.clear()
    assert "optiid/storage/tenants.py:organizations" in found


def test_a_tests_own_statements_are_its_own(service: Any) -> None:
    service.database.reading(lambda: service.database.rows("SELECT r.id FROM resource r WHERE r.id = 'x'"))
    assert organization_named.FOUND == {}


FORGETFUL = """
from optiid.settings import load_settings
from optiid.storage.database import open_database
from optiid.storage.migrating import ensure_ready

database = open_database(load_settings())
ensure_ready(database)
text = "database.rows('SELECT r.id FROM resource r WHERE r.id = 1')"
database.reading(lambda: exec(compile(text, "{root}/optiid/storage/forgetful.py", "exec")))
"""


def test_what_a_started_process_runs_is_looked_at(tmp_path: Path) -> None:
    told = tmp_path / "told"
    environment = os.environ | {CHILDREN: str(told), "OPTIID_HOME": str(tmp_path)}
    code = FORGETFUL.format(root=ROOT)
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    lines = told.read_text(encoding="utf-8").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["optiid/storage/forgetful.py"]


def test_every_exception_is_of_a_place_that_there_is() -> None:
    for place in EXCEPTIONS:
        path, _, name = place.partition(":")
        assert (ROOT / path).exists(), place
        assert not name or f"def {name}" in (ROOT / path).read_text(encoding="utf-8"), place
    assert {"resource", "membership", "token", "event"} <= TABLES
