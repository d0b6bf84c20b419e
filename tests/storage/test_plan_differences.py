"""What a plan would change is found page by page, and nothing else is."""

from __future__ import annotations

from typing import Any

from optiid.services import dry_run
from optiid.storage import plan_differences, plans


def test_everything_that_differs_is_found_and_nothing_else(service: Any) -> None:
    scim, database = service.scim(), service.database
    ada, bo, cy, dora = (scim.a_user(f"{name}@example.com")["id"] for name in ("ada", "bo", "cy", "dora"))
    sales, board = scim.a_group("Sales", [ada, bo])["id"], scim.a_group("Board", [cy])["id"]
    dry_run.begin(database, scim.connected.connection)
    home = scim.connected.organization

    def run(work: Any, *arguments: Any) -> Any:
        return database.reading(lambda: work(database, *arguments))

    plan = run(plans.find, home, run(plans.id_of, home, scim.connected.connection))
    assert run(plan_differences.is_empty, plan)
    eve = scim.a_user("eve@example.com")["id"]
    scim.delete(f"/Users/{scim.a_user('nobody@example.com')['id']}")
    scim.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "Countess"})
    scim.delete(f"/Users/{dora}")
    scim.delete(f"/Groups/{board}")
    scim.patch(f"/Groups/{sales}", {"op": "remove", "path": f'members[value eq "{bo}"]'},
               {"op": "add", "path": "members", "value": [{"value": eve}]})  # fmt: skip
    assert not run(plan_differences.is_empty, plan)
    pages, after = [], ""
    while page := run(plan_differences.changed, plan, after, 2):
        pages, after = pages + page, page[-1].id
    assert [one.id for one in pages] == sorted([eve, ada, dora, sales])
    by_id = {one.id: one for one in pages}
    assert by_id[eve].before is None
    assert (by_id[ada].before.document.get("title"), by_id[ada].after.document["title"]) == (None, "Countess")
    assert by_id[dora].removed_at is not None
    assert [one.id for one in run(plan_differences.vanished, plan, "", 10)] == [board]
    assert [one.id for one in run(plan_differences.changed_among, plan, [ada, cy])] == [ada]
    assert run(plan_differences.added_members, plan, ("", ""), 10) == [(sales, eve)]
    assert run(plan_differences.removed_members, plan, ("", ""), 10) == [(sales, bo)]
