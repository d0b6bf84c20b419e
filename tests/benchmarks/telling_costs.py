"""What a create costs more because it is told of: server CPU with and without logbook, audit trail and events.

    python -m tests.benchmarks.telling_costs [--rounds 7] [--requests 600] [--database URL]

Four servers take turns, each on a database of its own: one that tells nothing, one that stores events, one that enters
the audit trail as well, and one as shipped. Medians over the rounds, and what each adds to the first.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import orjson

from tests.benchmarks import cpu_per_request
from tests.benchmarks.cpu_per_request import Server, full_user
from tests.running import InProcess, settings_in

# What the application does before it is made: it leaves out what is not to be measured.
WITHOUT = {
    "nothing told": "journal.record = lambda *_, **__: None",
    "events": "told = journal.record\njournal.record = lambda *one, acts=(), **more: told(*one, **more)",
    "events, audit": "",
    "events, audit, logbook": "",
}
APPLICATION = """
import os
from optiid.services import journal
os.environ["OPTIID_LOGBOOK"] = {logbook!r}
{patch}
"""


class Measured:
    """One of the servers, and the token of a connection on it."""

    def __init__(self, name: str, folder: Path, database_url: str) -> None:
        home = folder / name.replace(", ", "-").replace(" ", "-")
        home.mkdir()
        service = InProcess(settings_in(home, database_url, log_level="warning", logbook="off"))
        self.token = service.connection("entra")
        service.database.close()
        logbook = "bodies" if "logbook" in name else "off"
        begun = APPLICATION.format(logbook=logbook, patch=WITHOUT[name])
        plain, cpu_per_request.BARE_APP = cpu_per_request.BARE_APP, begun + cpu_per_request.BARE_APP
        self.server = Server(home, database_url)
        cpu_per_request.BARE_APP = plain
        self.costs: list[float] = []

    def round(self, requests: int) -> None:
        """Create users, and note the CPU; the thread of the logbook is waited for."""
        stem = f"new{time.time_ns()}-"
        bodies = [("POST", "/scim/v2/Users", orjson.dumps(full_user(number, stem))) for number in range(requests)]
        before = self.server.cpu()
        self.server.measure(bodies, self.token, {201})
        time.sleep(1.5)
        self.costs.append((self.server.cpu() - before) / requests * 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--database", default="")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers = {name: Measured(name, Path(folder), chosen.database) for name in WITHOUT}
        try:
            for _ in range(chosen.rounds + 1):  # the first round warms up
                for measured in servers.values():
                    measured.round(chosen.requests)
        finally:
            for measured in servers.values():
                measured.server.process.terminate()
                measured.server.process.wait(30)
    base = statistics.median(servers["nothing told"].costs[1:])
    for name, measured in servers.items():
        cost = statistics.median(measured.costs[1:])
        print(f"{name:<24} {cost:8.0f} us  {(cost / base - 1) * 100:+5.1f} %")


if __name__ == "__main__":
    os.environ.pop("OPTIID_LOGBOOK", None)
    main()
