"""What is planned is written as it stands in the plan, names that change hands included."""

from __future__ import annotations

from typing import Any

from optiid.services import dry_run
from optiid.storage import plan_writing, plans
from optiid.storage.plan_writing import Clash


def test_names_change_hands_in_one_transaction(service: Any) -> None:
    scim, database = service.scim(), service.database
    ada, bo = (scim.a_user(f"{name}@example.com", externalId=name)["id"] for name in ("ada", "bo"))
    dry_run.begin(database, scim.connected.connection)
    for ident, name in ((ada, "other"), (bo, "ada"), (ada, "bo")):
        scim.patch(f"/Users/{ident}", {"op": "replace", "path": "userName", "value": f"{name}@example.com"})
    home, connection = scim.connected.organization, scim.connected.connection

    def run(work: Any, *arguments: Any) -> Any:
        return database.transaction(lambda: work(database, *arguments))

    plan = run(plans.find, home, run(plans.id_of, home, connection))
    found = run(plan_writing.clashes, plan, [ada])
    assert set(found) == {Clash(ada, bo, connection)}
    run(plan_writing.write, plan, [ada, bo], [])
    stored = run(plan_writing.lock, home, [ada, bo])
    assert {ident: one.document["userName"] for ident, one in stored.items()} == {
        ada: "bo@example.com", bo: "ada@example.com",
    }  # fmt: skip
    assert stored[ada].version == 3
    assert run(plan_writing.states, home, [ada, "nobody"]) == {ada: "living"}
    assert run(plan_writing.clashes, plan, [ada, bo]) == []
    run(plan_writing.write, plan, [], [bo])
    run(plan_writing.delete, plan, [bo])
    assert run(plan_writing.states, home, [ada, bo]) == {ada: "living"}
