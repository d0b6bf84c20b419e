"""Two app machines on one PostgreSQL: network namespaces with links of their own, or loopback addresses.

A node in a namespace has two links, one to its clients and one to the database, so that it can be cut off from the
database alone. Where this user may make no namespaces, the nodes have addresses 127.0.0.2 and 127.0.0.3.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

import psycopg

from tests.postgresql import QUICK, PostgresServer, start_server
from tests.running import Live, free_port, settings_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PORT = 8000
# Set aside for tests between networks (RFC 2544).
RANGE = IPv4Network("198.18.0.0/15")
LINKS = ("clients", "database")


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def may_make_namespaces() -> bool:
    """Say whether this user may make a network namespace and a link."""
    command = ["unshare", "-n", "ip", "link", "add", "name", "probe", "type", "veth"]
    try:
        return os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


class Place:
    """A network namespace with a link for each of LINKS; the near end is here."""

    def __init__(self, number: int) -> None:
        unique = os.getpid() % 4096
        self.name = f"optiid{unique}n{number}"
        self._near: dict[str, str] = {}
        self.near_ends: dict[str, str] = {}
        self.far_ends: dict[str, str] = {}
        run("ip", "netns", "add", self.name)
        self._inside("link", "set", "lo", "up")
        for place, link in enumerate(LINKS):
            self._join(link, f"op{unique}n{number}{link[0]}", RANGE[32 * unique + 16 * number + 4 * place])

    def _join(self, link: str, near: str, base: IPv4Address) -> None:
        self._near[link], self.near_ends[link], self.far_ends[link] = near, str(base + 1), str(base + 2)
        run("ip", "link", "add", near, "type", "veth", "peer", "name", link, "netns", self.name)
        run("ip", "address", "add", f"{base + 1}/30", "dev", near)
        run("ip", "link", "set", near, "up")
        self._inside("address", "add", f"{base + 2}/30", "dev", link)
        self._inside("link", "set", link, "up")

    def _inside(self, *command: str) -> None:
        run("ip", "-n", self.name, *command)

    def cut_off(self) -> None:
        """Let the database vanish: what is sent there is lost, and nothing says so."""
        run("ip", "link", "set", self._near["database"], "down")

    def cut_off_here(self) -> None:
        """Take the node's own end of the link away, which it notices."""
        self._inside("link", "set", "database", "down")

    def link_again(self) -> None:
        run("ip", "link", "set", self._near["database"], "up")
        self._inside("link", "set", "database", "up")

    def remove(self) -> None:
        run("ip", "netns", "delete", self.name)


class Node(Live):
    """One app machine."""

    def __init__(self, home: Path, server: PostgresServer, name: str, number: int, **more: str) -> None:
        """Start it on the database `name` of a server."""
        self.place = Place(number) if may_make_namespaces() else None
        port = server.url.rsplit(":", 1)[1].split("/")[0]
        host, address, listening = "127.0.0.1", f"127.0.0.{number + 2}", free_port()
        if self.place is not None:
            host, address, listening = self.place.near_ends["database"], self.place.far_ends["clients"], PORT
            self.within = ("ip", "netns", "exec", self.place.name)
        url = f"postgresql://optiid@{host}:{port}/{name}"
        super().__init__(settings_in(home, url, host=address, port=listening), **more)

    def workers(self) -> list[int]:
        """Return the ids of its processes, the master first."""
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [self.process.pid, *map(int, found.stdout.split())]

    def freeze(self) -> None:
        for process in self.workers():
            os.kill(process, signal.SIGSTOP)

    def thaw(self) -> None:
        for process in self.workers():
            os.kill(process, signal.SIGCONT)

    def stop(self) -> None:
        super().stop()
        if self.place is not None:
            self.place.remove()


def start_open_server() -> PostgresServer:
    """Return a PostgreSQL of its own that the namespaces may reach."""
    server = start_server({**QUICK, "listen_addresses": "*"})
    if server._folder is not None:
        with (server._folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {RANGE} trust\n")
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("SELECT pg_reload_conf()")
    return server


def await_true(what: str, holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until a function returns what is true."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
