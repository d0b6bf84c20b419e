"""Three public judges look at the running server: scim2-tester, scim-sanity and schemathesis."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from optiid.services import api_keys
from tests.running import PREFIX

ADMIN = "/api/v1"
# Each database has its half of the phases; the other one's are in the long tests.
ONCE = pytest.mark.parametrize("live", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
CHECKS = 135
SCHEMATHESIS = Path(__file__).with_name("schemathesis.toml")
SCHEMATHESIS_ADMIN = Path(__file__).with_name("schemathesis-admin.toml")


@ONCE  # the other judge runs on both databases
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


@pytest.mark.soak  # 40 seconds; the judges before it and test_openapi_answers.py look at the same in every run
@ONCE
def test_schemathesis_finds_no_failure(live: Any, tmp_path: Path) -> None:
    """No fault of the server, and no status, media type, header or body that the served OpenAPI document has not.

    What goes through each part of a schema in turn looks at the reading of requests, so once is enough for it.
    """
    document = live.send("GET", f"{PREFIX}/openapi.json", None, {}).body
    for body in document["components"]["requestBodies"].values():
        del body["content"]["application/json"]  # the same schema again
    described = tmp_path / "openapi.json"
    described.write_bytes(orjson.dumps(document))
    phases = "fuzzing,stateful" if live.settings.database_url else "coverage,stateful"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(SCHEMATHESIS), "run", str(described)]
    options = ["--url", live.base_url, "--phases", phases, "--no-color"]
    token = ["--header", f"Authorization: Bearer {live.connection('standard')}"]
    done = subprocess.run(
        [*command, *options, *token], capture_output=True, text=True, timeout=100, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if "fuzzing" in phases:  # which leaves no operation out
        operations = sum(len(set(path) - {"parameters"}) for path in document["paths"].values())
        assert f"Tested: {operations}" in done.stdout


@pytest.mark.timeout(240)
@ONCE
def test_schemathesis_finds_no_failure_in_the_admin_api(live: Any, tmp_path: Path) -> None:
    """No fault of the server, nothing that the document has not, and nothing taken that it forbids.

    Every run sends each operation a few made-up requests; to go through the parts of each schema takes 40 seconds.
    """
    document = live.send("GET", f"{ADMIN}/openapi.json", None, {}).body
    described = tmp_path / "openapi.json"
    described.write_bytes(orjson.dumps(document))
    _, secret = api_keys.create(live.database, live.connect().organization, "judge", "admin")
    phases = "coverage" if live.settings.database_url else "fuzzing"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(SCHEMATHESIS_ADMIN), "run"]
    options = ["--url", live.base_url.removesuffix(PREFIX) + ADMIN, "--phases", phases, "--no-color"]
    key = ["--header", f"Authorization: Bearer {secret}"]
    done = subprocess.run(
        [*command, str(described), *options, *key], capture_output=True, text=True, timeout=200, check=False,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Tested: {sum(map(len, document['paths'].values()))}" in done.stdout
