"""Every statement that the tests make the service run names the organization (rule R2), but for what stands here.

Each text is looked at once in a process, so it costs a look into a set; statements that a test writes itself are its
own matter. Processes that the tests start, such as the workers of a server and commands, are looked into as well
(children/sitecustomize.py): what they find is appended to a file, which the tests read.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import peewee

from optiid.storage.database import Database
from optiid.storage.models import (
    administration,
    braking,
    clients,
    diagnosis,
    limits,
    logbook,
    ownership,
    planning,
    resources,
    roles,
    tenants,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
# What statements pass through on their way to the database.
PASSED = ("optiid/storage/database.py", "tests/organization_named.py")
MODELS = (
    administration, braking, clients, diagnosis, limits, logbook, ownership, planning, resources, roles, tenants,
)  # fmt: skip
# Tables with a column `organization`.
TABLES = {
    model._meta.table_name
    for module in MODELS
    for model in vars(module).values()
    if hasattr(model, "_meta") and "organization" in model._meta.fields
}
_KINDS = re.compile(r"\s*(?:WITH|SELECT|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)", re.IGNORECASE)
_INSERT = re.compile(r"\bINSERT\s+INTO\s+\w+\s*\(([^)]*)\)", re.IGNORECASE)
# A condition on the column, or a comparison with that of another table; and one that binds it.
_NAMED = re.compile(r"\borganization\s*(?:=|IN\b|IS NOT DISTINCT)|=\s*\w+\.organization\b", re.IGNORECASE)


def fault(sql: str) -> str | None:
    """Return what a statement lacks: a condition on the organization for each table that has one."""
    if not _KINDS.match(sql):
        return None
    text = sql.replace('"', "")
    mentioned = [name.lower() for name in _TABLE.findall(text)]
    tables = [name for name in mentioned if name in TABLES]
    named = len(_NAMED.findall(text)) + sum("organization" in columns for columns in _INSERT.findall(text))
    if named < len(tables):
        return f"{len(tables)} tables ({', '.join(tables)}), {named} conditions on the organization"
    if (
        "organization" in mentioned
        and "INSERT INTO organization " not in text
        and not re.search(r"\bid\s*(?:=|IN\b)", text, re.IGNORECASE)
    ):
        return "organizations without their ids"
    return None


# Where statements may be about all organizations, or about one that is to be found, by file and function.
EXCEPTIONS = {
    "optiid/migrations/": "a migration changes the rows of all, while no service runs",
    "optiid/storage/adoptions.py:_selected": "administrators of the installation name an adoption by its id alone",
    "optiid/storage/api_keys.py:find_anywhere": "administrators of the installation name a key by its id alone",
    "optiid/storage/api_keys.py:find_holder": "a key tells which organization a request is for",
    "optiid/storage/catalog.py:": "whether a database is empty",
    "optiid/storage/clients.py:find": "administrators name a client by its id alone, and so do clients themselves",
    "optiid/storage/relocations.py:all_of": "the worker takes up what was cut off, whose ever it is",
    "optiid/storage/row_copies.py:": "a whole database is copied into another",
    "optiid/services/database_moves.py:": "the same, whose ends are compared",
    "optiid/storage/shard_map.py:": "which organization a credential, a name or an id belongs to",
    "optiid/storage/shard_moves.py:": "the hidden organizations of one, by whose they are",
    "optiid/storage/tenants.py:find_caller": "a token tells which organization a request is for",
    "optiid/storage/tenants.py:revoke_token": "administrators of the installation name a token by its id alone",
    "optiid/storage/tenants.py:organizations": "the list of all organizations, for the command line and the worker",
    "optiid/storage/tenants.py:some_organizations": "the same for administrators of the installation, in pages",
    "optiid/storage/tenants.py:connections": "the installation's list of all connections",
}
FOUND: dict[str, str] = {}
# Names the file in which processes that the tests start tell what they found.
CHILDREN = "CHILDREN_STATEMENTS"
# That file, in such a process.
_TOLD = os.environ.get(CHILDREN)
_sound: set[str] = set()


def watch() -> None:
    """Look at every statement of this process from now on; what lacks the organization is put into FOUND."""
    Database._run = _watched(Database._run)
    peewee.Database.execute_sql = _watched(peewee.Database.execute_sql)


def watch_children(told: Path) -> None:
    """Look at the statements of every Python that is started from now on; what it finds is appended to a file."""
    told.touch(mode=0o666)
    os.environ[CHILDREN] = str(told)
    folder = str(Path(__file__).with_name("children"))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))


def take_found(told: Path) -> list[str]:
    """Return what was found since it was asked for the last time, in this process and in those that it started."""
    found = list(FOUND.values())
    FOUND.clear()
    if told.stat().st_size:
        found += [f"in a process that was started: {line}" for line in told.read_text(encoding="utf-8").splitlines()]
        told.write_text("")
    return found


def _watched(run: Callable[..., Any]) -> Callable[..., Any]:
    def watched(database: Any, sql: str, *more: Any, **named: Any) -> Any:
        if sql not in _sound:
            _look_at(sql)
        return run(database, sql, *more, **named)

    return watched


def _look_at(sql: str) -> None:
    what = fault(sql)
    if what is None:
        _sound.add(sql)
        return
    where = _origin()
    if where.startswith("optiid/") and not where.startswith(tuple(EXCEPTIONS)) and where not in FOUND:
        FOUND[where] = f"{where}: {what}: {' '.join(sql.split())}"
        if _TOLD:
            with Path(_TOLD).open("a", encoding="utf-8") as told:
                told.write(f"{FOUND[where]}\n")


def _origin() -> str:
    """Return file and function that the statement comes from, of the service or of a test."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        place = path.removeprefix(f"{ROOT}/")
        if place != path and place.startswith(("optiid/", "tests/")) and place not in PASSED:
            return f"{place}:{frame.f_code.co_qualname.partition('.<locals>')[0].rpartition('.')[2]}"
        frame = frame.f_back
    return ""
