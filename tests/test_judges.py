"""Two public judges look at the running server: scim2-tester and scim-sanity."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import httpx2
import orjson
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

CHECKS = 135


def test_scim2_tester_finds_no_failure(live: Any) -> None:
    headers = {"Authorization": f"Bearer {live.connection('standard')}"}
    with httpx2.Client(base_url=live.base_url, headers=headers, timeout=30) as http:
        client = SyncSCIMClient(http)
        client.discover()
        results = check_server(client)
    failed = [
        f"{result.title}: {result.reason}" for result in results if result.status in (Status.ERROR, Status.CRITICAL)
    ]
    assert not failed, "\n".join(failed)
    assert len([result for result in results if result.status == Status.SUCCESS]) >= CHECKS, len(results)


def test_scim_sanity_finds_no_failure(live: Any) -> None:
    command = [sys.executable, "-m", "scim_sanity", "probe", live.base_url, "--token", live.connection("standard")]
    options = ["--json-output", "--i-accept-side-effects", "--strict"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = orjson.loads(done.stdout)
    assert report["summary"]["failed"] == 0
