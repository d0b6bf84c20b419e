"""What figures were taken on and with: processor, system, versions, checkout, and how the database is set."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import peewee
import psutil

from optiid import __version__
from optiid.storage.sessions import PRAGMAS
from tests.benchmarks import processes

if TYPE_CHECKING:
    from optiid.storage.database import Database

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("flask", "werkzeug", "gunicorn", "gunicorn_h1c", "peewee", "orjson", "marshmallow", "pluggy", "psycopg")
POSTGRESQL_SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")


def about() -> dict[str, Any]:
    """Return what the run stands on, as far as it is known before it."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "optiid": f"{__version__}, commit {_commit()}",
        "processor": f"{_processor()}, {os.cpu_count()} processors for server, database and client together",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}, {platform.machine()}",
        "python": platform.python_version(),
        "packages": ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES),
        "CPU clock": processes.CLOCK,
        "load average at the start": load(),
    }


def load() -> str:
    """Return the load averages; above the run's own they tell of other work on the machine."""
    return ", ".join(f"{one:.1f}" for one in os.getloadavg())


def database(opened: Database) -> str:
    """Return what a database is and how durable its commits are."""
    if opened.dialect.name == "sqlite":
        told = {name: PRAGMAS[name] for name in ("journal_mode", "synchronous", "cache_size")}
        version = f"SQLite {peewee.sqlite3.sqlite_version}"
    else:
        version = "PostgreSQL"
        told = {name: _shown(opened, name) for name in POSTGRESQL_SETTINGS}
    return f"{version}, " + ", ".join(f"{name} {value}" for name, value in told.items())


def _shown(opened: Database, name: str) -> str:
    row = opened.reading(lambda: opened.row(f"SELECT current_setting('{name}')"))
    return str(row[0]) if row else "?"


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"


def _processor() -> str:
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    return names[0] if names else platform.processor()
