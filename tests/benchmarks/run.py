"""A run: servers are started or named, filled and measured, and what came of it is one document."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.benchmarks import compared, cycles, goals, groups, machine, processes, seeding, workloads
from tests.benchmarks.driver import Request
from tests.benchmarks.figures import figure_of, line, round_of
from tests.benchmarks.rounds import NOT_SUPPORTED, Rounds, bare_slice
from tests.benchmarks.servers import OwnServer
from tests.benchmarks.workloads import Directory
from tests.postgresql import PostgresServer, start_server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.driver import Target

# What PostgreSQL is set to when it is started for a run: its own defaults, which are durable, and some more room.
DURABLE = {"shared_buffers": "256MB", "max_connections": "200"}
CAVEATS = (
    "Client, server and database share the processors of one machine, over loopback and plain HTTP.",
    "CPU per request is steadier than requests a second; multiples of the bare Flask route are steadier still.",
    "The server's CPU is that of its two workers, the logbook's lines after the last answer included.",
    "The CPU of PostgreSQL's processes for the connections is told apart; its background processes are not counted.",
    "Users that are there at the start were stored without requests, hence without events and audit entries.",
    "Latencies are taken by a client in Python, and include the moments in which its threads wait for one another.",
    "An answer counts only with the right status and content; a wrong one makes a run void.",
)


@dataclass(frozen=True)
class Sizes:
    """How much is measured: of users, rounds, requests in a round, members, and of the long workloads."""

    users: int
    rounds: int
    requests: int
    groups: tuple[int, ...]
    many: int
    cycle: int
    scale: int


@dataclass
class Run:
    """One run over servers of this checkout on the databases named, and over servers that run elsewhere."""

    sizes: Sizes
    databases: Sequence[str]
    foreign: Sequence[Target]
    told: Callable[[str], None]
    bar: Callable[[str], Callable[[int, int], None]]
    memory: list[dict[str, Any]] = field(default_factory=list)
    _about: dict[str, Any] = field(default_factory=dict)
    _cycles: list[cycles.Cycle] = field(default_factory=list)
    _walks: list[cycles.Walk] = field(default_factory=list)
    _own: dict[str, OwnServer] = field(default_factory=dict)
    _postgresql: PostgresServer | None = None

    def __post_init__(self) -> None:
        self._rounds = Rounds(self.sizes.rounds, self.told)

    def document(self) -> dict[str, Any]:
        """Measure everything that was asked for and return it. Raises WrongAnswerError: the run is void then."""
        self._about = machine.about() | {
            "sizes": ", ".join(f"{name} {value}" for name, value in asdict(self.sizes).items())
        }
        with ExitStack() as stack:
            self._main(stack)
            for database in self.databases if self.sizes.scale else ():
                self._scale(stack, database)
        found = {
            "about": self._about | {"load average at the end": machine.load()},
            "caveats": list(CAVEATS),
            "figures": [one.document() for one in self._rounds.figures],
            "cycles": [one.document() for one in self._cycles],
            "walks": [one.document() for one in self._walks],
            "memory": self.memory,
            "left_out": [asdict(one) for one in self._rounds.left_out],
        }
        held = [one.document() for one in compared.compared(found["figures"])]
        return found | {"compared": held, "goals": [one.document() for one in goals.goals_of(found)]}

    def logs(self) -> str:
        """Return what the servers have logged, to explain a run that is void."""
        return "\n".join(server.log for server in self._own.values())

    def _main(self, outer: ExitStack) -> None:
        with ExitStack() as stack:
            servers = [self._started(outer, stack, one, name_of(one)) for one in self.databases]
            servers += [Directory(target, _stem()) for target in self.foreign]
            self._fill(servers, self.sizes.users)
            self._measure(servers, "users", workloads.plain(self.sizes.requests))
            incremental, contended = cycles.Incremental(self.sizes.requests), cycles.Contended(self.sizes.requests)
            self._measure(servers, "side by side", [incremental.workload(), contended.workload()])
            for known in servers:
                self._walk(known)
            self._groups(servers)
            for known in servers:
                self._cycle(known)
                self._remember(known, "workers at the end")

    def _groups(self, servers: Sequence[Directory]) -> None:
        if not self.sizes.groups:
            return
        sized, users = groups.by_size(self.sizes.groups, self.sizes.requests, self.sizes.many, self.sizes.rounds)
        self._fill(servers, users)
        self._measure(servers, "groups", sized)
        largest = max(self.sizes.groups)
        for known in servers:
            if known.target.name in self._own and largest in known.groups:
                self._read_largest(known, largest)

    def _read_largest(self, known: Directory, size: int) -> None:
        """Note how much a worker holds at most while it answers with all members of a group."""
        workers = known.target.processes()
        processes.forget_peaks(workers)
        before = {pid: processes.peak(pid) for pid in workers}
        known.ask(Request("GET", f"/Groups/{known.groups[size]}", check=lambda body: len(body["members"]) == size))
        more = max(processes.peak(pid) - held for pid, held in before.items())
        self._note(known, f"a worker more than before, while it answers with {size:,} members", more)

    def _scale(self, outer: ExitStack, database: str) -> None:
        """Measure two servers of different size in alternation."""
        sizes = (min(goals.FEW, self.sizes.scale // 2), self.sizes.scale)
        with ExitStack() as stack:
            servers = [self._started(outer, stack, database, f"{name_of(database)}, {users:,}") for users in sizes]
            for known, users in zip(servers, sizes, strict=True):
                began = time.monotonic()
                self._fill([known], users)
                self.told(f"{known.target.name}: users stored in {time.monotonic() - began:,.1f} s")
            requests = self.sizes.requests
            wanted = [one for one in workloads.plain(requests) if one.name != "PUT"]
            self._measure(servers, "few and many users", [*wanted, cycles.Contended(requests).workload()])
            for known in servers:
                self._walk(known)
                self._remember(known, "workers at the end")

    def _started(self, outer: ExitStack, stack: ExitStack, database: str, name: str) -> Directory:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="optiid-bench-")))
        url = "" if database == "sqlite" else self._server(outer, database).create_database()
        server = stack.enter_context(OwnServer(home, name, url))
        self._own[name] = server
        self._about[f"database of {name_of(database)}"] = machine.database(server.database)
        return Directory(server.target, _stem())

    def _server(self, outer: ExitStack, database: str) -> PostgresServer:
        """Return the PostgreSQL on which databases are made: the one of the URL, or one that is started."""
        if self._postgresql is None:
            self._postgresql = PostgresServer(database) if "://" in database else start_server(DURABLE)
            outer.callback(self._postgresql.stop)
        return self._postgresql

    def _fill(self, servers: Sequence[Directory], users: int) -> None:
        for known in servers:
            progress, own = self.bar(f"{known.target.name}: users"), self._own.get(known.target.name)
            if own is None:
                known.fill(users, progress)
            else:
                seeding.fill(own.database, own.connected, known, users, progress)

    def _measure(self, servers: Sequence[Directory], title: str, wanted: Sequence[workloads.Workload]) -> None:
        self._rounds.run(wanted, servers, self.bar(title))

    def _walk(self, known: Directory) -> None:
        try:
            walked = cycles.walk(known, self.bar(f"{known.target.name}: walk"))
        except NOT_SUPPORTED as error:
            self._rounds.leave_out(known, "cursor walk", error)
            return
        self._walks.append(walked)
        self._measure([known], "pages of the walk", cycles.pages(walked))

    def _cycle(self, known: Directory) -> None:
        if not self.sizes.cycle:
            return
        users = self.sizes.cycle
        try:
            before = bare_slice(known.target, workloads.CONNECTIONS)
            cycle, taken = cycles.initial_cycle(known, users, max(1, users // 50), goals.CYCLE_MEMBERS)
            bare = before + bare_slice(known.target, workloads.CONNECTIONS)
        except NOT_SUPPORTED as error:
            self._rounds.leave_out(known, "initial cycle", error)
            return
        found = figure_of(known.target.name, "initial cycle", [taken], [round_of(taken, bare)])
        self._cycles.append(cycle)
        self._rounds.figures.append(found)
        self.told(line(found))

    def _remember(self, known: Directory, when: str) -> None:
        workers = known.target.processes()
        if workers:
            self._note(known, when, processes.memory(workers))

    def _note(self, known: Directory, when: str, held: int) -> None:
        self.memory.append({"server": known.target.name, "when": when, "bytes": held})
        self.told(f"{known.target.name:<12} {when}: {held / 2**20:,.0f} MiB")


def name_of(database: str) -> str:
    """Return what a server on a database is called."""
    return goals.SERVER if database == "sqlite" else goals.OTHER


def _stem() -> str:
    return f"bench{time.time_ns() // 1000}"
