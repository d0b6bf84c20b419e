"""The benchmark runs from end to end, and what it writes has the agreed form; how quick anything is plays no part."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import orjson
import psutil
import pytest

from tests.benchmarks import __main__ as bench
from tests.benchmarks import compared, cycles, goals, processes, rounds, servers, table
from tests.benchmarks.driver import Request, Target, WrongAnswerError
from tests.benchmarks.page import main_servers
from tests.benchmarks.rounds import Rounds
from tests.benchmarks.workloads import Directory, match_hit, users_workload

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {"users": 110, "rounds": 1, "requests": 24, "groups": "5", "many": 4, "cycle": 8}
SMALL = [f"--{name}={value}" for name, value in SIZES.items()]
PLAIN = {
    "get", "match hit", "match miss", "match externalId", "create", "PATCH", "PUT", "page of 100", "page of 100, deep",
    "incremental cycle", "concurrent PATCH", "cursor page, first", "cursor page, middle", "cursor page, last",
    "initial cycle",
}  # fmt: skip
GROUPS = {
    "add a member to", "without members,", "remove a member from", "add 4 members to", "remove 4 members from",
    "replace members of", "PUT group of", "GET group of",
}  # fmt: skip


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "BARE_REQUESTS", 8)
    monkeypatch.setattr(cycles, "CREATES", 8)


@pytest.mark.parametrize("scale", [0, pytest.param(80, marks=pytest.mark.soak)])
def test_a_run_from_end_to_end(brief: None, scale: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "bench.json"
    away = ["--base", "away=http://127.0.0.1:9/scim/v2", "--token", "none"]
    with pytest.raises(
        SystemExit, match=r"is void: 127.0.0.1:9 cannot be reached: .* refused"
    ):  # no server that lacks something: none
        bench.main([*SMALL, *away, "--output", str(output)])
    bench.main([*SMALL, f"--scale={scale}", "--output", str(output)])
    document = orjson.loads(output.read_bytes())
    check_figures(document, {"SQLite", "SQLite, 40", "SQLite, 80"} if scale else {"SQLite"})
    check_page(output.with_suffix(".html").read_text(), document)
    assert "get: CPU against the bare Flask route" in capsys.readouterr().out
    bench.main(["--table", str(output)])
    printed = capsys.readouterr().out
    check_table(printed, document)


def check_table(printed: str, document: dict[str, Any]) -> None:
    assert re.search(r"^\| \*\*optiid, SQLite\*\* (\| [\d,.]+ ){10}\|$", printed, re.MULTILINE), printed
    assert "| SCIMMY 1.3.5, better-sqlite3 (1 process) | 1.53 | 1.08 |" in printed
    assert f"Measured on {document['about']['date'][:10]} with optiid" in printed
    assert "The other servers were measured on 2026-" in printed
    assert max(len(line) for line in printed.splitlines()) <= 120


def check_figures(document: dict[str, Any], named: set[str]) -> None:
    found = {(one["server"], one["workload"]): one for one in document["figures"]}
    wanted = PLAIN | {f"{kind} 5" for kind in GROUPS}
    assert {workload for server, workload in found if server == "SQLite"} == wanted
    assert {server for server, _ in found} == named
    for one in found.values():
        assert 0 < one["p50"] <= one["p95"] <= one["p99"]
        assert one["rate"] > 0
        assert one["cpu"] > 0
        assert one["ratio_spread"][0] <= one["ratio"] <= one["ratio_spread"][1]
        assert one["database"] is None  # SQLite works inside the workers
    assert [one["users"] for one in document["cycles"]] == [8]
    assert {one["server"] for one in document["walks"]} == named
    assert all(one["users"] >= 40 for one in document["walks"])
    assert {one["server"] for one in document["memory"]} == named
    assert not document["left_out"]
    assert {"date", "optiid", "processor", "packages", "database of SQLite"} <= set(document["about"])


def check_page(page: str, document: dict[str, Any]) -> None:
    assert not re.search(r"""\b(src|href)\s*=|url\(|@import|<script|https?://""", page)
    assert page.count("<svg") >= 4
    assert "prefers-color-scheme:dark" in page
    assert all(one["workload"] in page for one in document["figures"])
    for plotted in PLAIN:  # once for each plot by workload: CPU, latency, rate
        assert page.count(f'text-anchor="end">{plotted}</text>') == 3, plotted
    assert all(goal["text"] in page for goal in document["goals"])
    assert document["caveats"][0] in page.replace("&#x27;", "'")


def test_goals_are_met_or_not_or_not_measured() -> None:
    def figure(server: str, workload: str, *rounds: dict[str, float]) -> dict[str, Any]:
        return {"server": server, "workload": workload, "p50": 70.0, "rounds": list(rounds)}

    document = {
        "cycles": [],
        "figures": [
            figure("SQLite", "get", {"ratio": 1.5, "cpu": 300}, {"ratio": 1.7, "cpu": 300}, {"ratio": 1.5, "cpu": 300}),
            figure("PostgreSQL", "get", {"cpu": 500}, {"cpu": 500}, {"cpu": 300}),
            figure("SQLite", "match hit", {"ratio": 1.8, "cpu": 1}),
            figure("SQLite", "add a member to 10", {"p50": 1.0}, {"p50": 2.0}),
            figure("SQLite", "add a member to 100,000", {"p50": 1.2}, {"p50": 2.4}),
            figure("SQLite", "add 1,000 members to 10", {}),
            figure("SQLite, 1,000", "create", {"rate": 100}),
            figure("SQLite, 1,000,000", "create", {"rate": 90}),
        ],
    }
    told = {goal.text: (goal.measured, goal.met) for goal in goals.goals_of(document)}
    assert told["get: CPU against the bare Flask route"] == ("1.50x", True)
    assert told["match hit: CPU against the bare Flask route"] == ("1.80x", False)
    assert told["create: CPU against the bare Flask route"] == ("not measured", None)
    assert told["add a member to 100,000: p50 against that of 10"] == ("1.20x", True)
    assert told["create at 1,000,000 users: rate against that at 1,000"] == ("0.90x", True)
    assert told["PATCH of 1,000 members in one request: p50, whatever the size of the group"] == ("70.00 ms", False)
    assert told["get: CPU of the application on PostgreSQL against SQLite"] == ("1.67x", False)


def test_other_servers_have_no_goals_and_any_name() -> None:
    named = {"figures": [{"server": name} for name in ("server 2", "SQLite, 1,000", "other")]}
    assert main_servers(named) == ["server 2", "other"]
    assert not goals.goals_of(named)


def test_servers_of_one_run_are_held_against_the_first_round_by_round() -> None:
    def figure(server: str, *rates: float) -> dict[str, Any]:
        rounds = [{"rate": rate, "p50": 1 / rate, "cpu": None} for rate in rates]
        return {"server": server, "workload": "get", "rounds": rounds}

    figures = [
        figure("SQLite", 10, 20, 40),
        figure("away", 20, 20, 20),
        figure("SQLite, 9", 5),
        figure("SQLite, 99", 4),
    ]
    found = {(one.server, one.against): one for one in compared.compared(figures)}
    assert set(found) == {("away", "SQLite"), ("SQLite, 99", "SQLite, 9")}
    assert found["away", "SQLite"].rate == (1.0, 0.5, 2.0)
    assert found["away", "SQLite"].cpu is None
    assert "rate 0.80x [0.80..0.80]" in compared.line(found["SQLite, 99", "SQLite, 9"])


@pytest.mark.soak
def test_a_signal_ends_a_run_and_leaves_nothing(tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "app.py", "bench", "--requests", "4000", "--output", str(tmp_path / "bench.json")]
    with (tmp_path / "log").open("wb") as log:
        run = subprocess.Popen(command, cwd=servers.ROOT, env=environment, stdout=log, stderr=log)
    while not (below := processes.with_children(run.pid)[1:]) or not list(tmp_path.glob("optiid-bench-*/server.log")):
        time.sleep(0.1)
    time.sleep(3)
    run.terminate()
    assert run.wait(60) == 143
    assert not list(tmp_path.glob("optiid-*"))
    assert not any(psutil.pid_exists(pid) for pid in below)


def answered_by(monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes]) -> None:
    monkeypatch.setattr("tests.benchmarks.driver.Connection.send", lambda *_: answer)


def test_a_foreign_server_may_lack_something_ours_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    answered_by(monkeypatch, (400, b'{"detail": "no such parameter"}'))
    workload = users_workload("get", lambda *_: Request("GET", "/Users/1"), 4)
    told: list[str] = []
    measured = Rounds(2, told.append)
    measured.run([workload], [Directory(Target("away", "http://localhost", "t"), "stem")], lambda *_: None)
    assert [(one.server, one.workload) for one in measured.left_out] == [("away", "get")]
    assert "no such parameter" in told[0]
    assert not measured.figures
    own = Directory(Target("own", "http://localhost", "t", bare=Request("GET", "/bare")), "stem")
    with pytest.raises(WrongAnswerError, match="no such parameter"):
        Rounds(1, told.append).run([workload], [own], lambda *_: None)


def test_a_wrong_content_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    answered_by(monkeypatch, (200, b'{"totalResults": 2}'))
    known = Directory(Target("away", "http://localhost", "t"), "stem", ["7"])
    with pytest.raises(WrongAnswerError, match="not what was asked for"):
        known.ask(match_hit(known, 0))


def test_the_table_names_when_peers_were_measured() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", orjson.loads(table.PEERS.read_bytes())["taken"])
