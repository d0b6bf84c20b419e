"""A connection goes into dry run and out of it while two workers write: nothing is lost, and nothing slips through."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from optiid.errors import ConflictError
from optiid.services import directory, dry_run, plan_applying, plans
from optiid.storage import plans as stored_plans

WRITERS = 4
ROUNDS = 3
SECONDS = 0.4


class Writer:
    """An identity provider that creates people and counts up a title, and tries again when it is answered 503."""

    def __init__(self, scim: Any, number: int, stop: threading.Event) -> None:
        self._scim, self._number, self._stop = scim, number, stop
        self.own = scim.a_user(f"writer{number}@example.com", title="0")["id"]
        self.group = scim.a_group(f"Group {number}")["id"]
        self.made: dict[str, str] = {}
        self.title = "0"

    def run(self) -> None:
        count = 0
        while not self._stop.is_set():
            count += 1
            name = f"user{self._number}-{count}@example.com"
            reply = self._until_done(lambda: self._scim.post("/Users", {"userName": name}))  # noqa: B023 - at once
            assert reply.status == 201, reply.body
            self.made[reply.body["id"]] = name
            member = {"op": "add", "path": "members", "value": [{"value": reply.body["id"]}]}
            reply = self._until_done(lambda: self._scim.patch(f"/Groups/{self.group}", member))  # noqa: B023 - at once
            assert reply.status in (200, 204), reply.body
            title = {"op": "replace", "path": "title", "value": str(count)}
            reply = self._until_done(lambda: self._scim.patch(f"/Users/{self.own}", title))  # noqa: B023 - at once
            assert (reply.status, reply.body["title"]) == (200, str(count))
            self.title = str(count)

    def _until_done(self, request: Any) -> Any:
        while True:
            reply = request()
            if reply.status != 503:
                return reply
            assert "Retry-After" in reply.headers
            time.sleep(0.02)


def seen(live: Any, scim: Any) -> Any:
    """The directory: people with their titles, and the members of each group."""
    database, organization = live.database, scim.connected.organization
    users = {one["id"]: one["updated_at"] for one in directory.users(database, organization)}
    groups = directory.groups(database, organization)
    return users, {
        one["displayName"]: {member["id"] for member in directory.group(database, organization, one["id"])["members"]}
        for one in groups
    }


def test_nothing_is_lost_on_the_way_in_and_out(live: Any) -> None:
    scim, stop = live.scim(), threading.Event()
    database, connection = live.database, scim.connected.connection
    writers = [Writer(scim, number, stop) for number in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(writer.run) for writer in writers]
        try:
            for _ in range(ROUNDS):
                time.sleep(SECONDS)
                dry_run.begin(database, connection)
                before = seen(live, scim)
                time.sleep(SECONDS)
                assert seen(live, scim) == before
                assert plans.show(database, connection).counts["users created"] > 0
                assert plan_applying.apply(database, connection).blocked == []
        finally:
            stop.set()
        for one in running:
            one.result()
    users, groups = seen(live, scim)
    for number, writer in enumerate(writers):
        assert len(writer.made) > ROUNDS
        assert writer.made.keys() <= users.keys()
        assert groups[f"Group {number}"] == set(writer.made)
        assert {member["value"] for member in scim.get(f"/Groups/{writer.group}").body["members"]} == set(writer.made)
        shown = directory.user(database, scim.connected.organization, writer.own)
        assert (shown["title"], scim.get(f"/Users/{writer.own}").body["title"]) == (writer.title, writer.title)


def test_plan_ends_once_when_it_is_applied_and_discarded_at_the_same_moment(live: Any) -> None:
    for _ in range(ROUNDS):
        scim = live.scim()
        connection = dry_run.begin(live.database, scim.connected.connection).id
        for _ in range(20):
            scim.a_user()

        def attempt(act: Any) -> bool:
            try:
                act(live.database, connection)  # noqa: B023 - called at once
            except ConflictError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            applied, discarded = pool.map(attempt, (plan_applying.apply, plans.discard))
        people = directory.users(live.database, scim.connected.organization)
        assert applied or discarded
        assert len(people) in ((20,) if applied else (0, 20))
        assert not stored_plans.keep(live.database, scim.connected.organization, connection)
