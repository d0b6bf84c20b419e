"""Run the service under gunicorn from this process, with the settings it was given."""

from __future__ import annotations

import glob
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gunicorn.app.base import BaseApplication

from optiid.dispatching import create_service
from optiid.errors import OptiidError
from optiid.gunicorn_conf import options
from optiid.profiles.loading import shipped_folder
from optiid.storage.database import open_database
from optiid.storage.migrating import ensure_ready

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from optiid.settings import Settings

PORTS_TRIED = 50
# gunicorn tells a master that takes over by USR2 which sockets are its own now: their address is not taken by others.
INHERITED_SOCKET = "GUNICORN_FD"
PACKAGE = Path(__file__).resolve().parent
# Code, and the guides that plugins read when they are imported.
WATCHED = ("**/*.py", "**/*.md")


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed
    """gunicorn without its command line; each worker makes the application after the fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn its settings."""
        for name, value in options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        """Return the application of a worker."""
        return create_service(self._settings)


def serve(settings: Settings) -> None:
    """Serve until stopped. Raises OptiidError when the database is not ready or the address is taken."""
    _check(settings)
    Server(settings).run()


def serve_reloading(settings: Settings) -> None:
    """Serve with one worker that begins anew when code or a plugin changes: for development only.

    A process of its own takes this one's place: workers are copies of the process they come from, and this one has
    imported what is going to change. Raises OptiidError as `serve` does.
    """
    _check(settings)
    told = {"OPTIID_HOST": settings.host, "OPTIID_PORT": str(settings.port), "OPTIID_THREADS": str(settings.threads)}
    path = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "gunicorn", *reloading_arguments(settings)]
    os.execve(sys.executable, command, os.environ | told | {"PYTHONPATH": path})  # noqa: S606 - no shell is wanted


def reloading_arguments(settings: Settings) -> list[str]:
    """Return gunicorn's arguments for a server that watches its files."""
    folders = [PACKAGE, shipped_folder()]
    if settings.profiles_folder:
        folders.append(Path(settings.profiles_folder).resolve())
    patterns = [f"{glob.escape(str(folder))}/{pattern}" for folder in folders for pattern in WATCHED]
    watched = [argument for pattern in patterns for argument in ("--reload-extra-file", pattern)]
    fixed = ["-c", "python:optiid.gunicorn_conf", "--workers", "1", "--reload"]
    return [*fixed, *watched, "optiid.dispatching:create_service()"]


def _check(settings: Settings) -> None:
    if INHERITED_SOCKET not in os.environ and not is_free(settings.host, settings.port):
        raise OptiidError(f"{settings.host}:{settings.port} is in use: choose another with --port")
    prepare(settings)


def prepare(settings: Settings) -> None:
    """Make an empty database ready, and leave no connection open for the workers to inherit."""
    database = open_database(settings)
    try:
        ensure_ready(database)
    finally:
        database.close()


def is_free(host: str, port: int) -> bool:
    """Say whether nobody listens on an address."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str, first: int) -> int:
    """Return the first free port from `first` on. Raises OptiidError."""
    for port in range(first, first + PORTS_TRIED):
        if is_free(host, port):
            return port
    raise OptiidError(f"No port from {first} to {first + PORTS_TRIED - 1} is free on {host}")
