"""Random walks under the brake: whatever comes, a hold stands for each user whom the two planes see differently."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import ConflictError
from optiid.services import holds, restoring
from tests.services.holding import Company

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = [f"user{number}@example.com" for number in range(5)]
WALKS, STEPS = 3, 40

# Whom the identity provider believes gone or inactive while the directory lists them, access and all.
APART = """
SELECT id FROM resource WHERE organization = ? AND type = 'User'
 AND (state IN ('living', 'suspended') AND removed_at IS NOT NULL OR state = 'living' AND active = 0)"""
LISTED = "SELECT COUNT(*) FROM resource WHERE organization = ? AND type = 'User' AND state IN ('living', 'suspended')"
IDS = "SELECT id FROM resource WHERE organization = ? AND type = 'User' ORDER BY id"


class Walk:
    """One walk through what an identity provider and an administrator can do."""

    def __init__(self, company: Company, seed: int) -> None:
        self.company, self.scim, self.choose = company, company.scim, random.Random(seed)
        self.steps: list[Callable[[], bool]] = [
            self.post, self.post, self.deactivate, self.deactivate, self.activate, self.delete, self.put, self.rename,
            self.release, self.reject, self.restore,
        ]  # fmt: skip

    def rows(self, sql: str) -> list[Any]:
        database, organization = self.company.database, self.company.organization
        return [row[0] for row in database.reading(lambda: database.rows(sql, (organization,)))]

    def step(self) -> None:
        before = self.rows(LISTED)[0]
        act = self.choose.choice(self.steps)
        may_shrink = act()
        organization = self.company.organization
        waiting = [one.resource for one in holds.list_some(self.company.database, organization)]
        assert sorted(waiting) == sorted(self.rows(APART)), act
        assert self.rows(LISTED)[0] >= before or may_shrink, act

    def user(self) -> str:
        return str(self.choose.choice(self.rows(IDS) or ["01a211b1-4b8c-76db-9686-a1c5643a9591"]))

    def told(self, reply: Any, *statuses: int) -> bool:
        assert reply.status in statuses, reply.body
        return False

    def post(self) -> bool:
        body: dict[str, Any] = {"userName": self.choose.choice(NAMES)}
        if self.choose.random() < 0.5:
            body["externalId"] = self.choose.choice("12")
        if self.choose.random() < 0.3:
            body["active"] = False
        reply = self.scim.post("/Users", body)
        # Another person with the address of somebody suspended takes their place, and may be created inactive.
        return self.told(reply, 201, 409) or (reply.status == 201 and not reply.body["active"])

    def deactivate(self) -> bool:
        operation = {"op": "replace", "path": "active", "value": False}
        return self.told(self.scim.patch(f"/Users/{self.user()}", operation), 200, 404)

    def activate(self) -> bool:
        operation = {"op": "replace", "path": "active", "value": True}
        return self.told(self.scim.patch(f"/Users/{self.user()}", operation), 200, 404, 409)

    def delete(self) -> bool:
        path = f"/Users/{self.user()}"
        self.told(self.scim.delete(path), 204, 404)
        return self.told(self.scim.get(path), 404)

    def put(self) -> bool:
        body = {"userName": self.choose.choice(NAMES), "active": self.choose.random() < 0.5}
        return self.told(self.scim.put(f"/Users/{self.user()}", body), 200, 404, 409)

    def rename(self) -> bool:
        operation = {"op": "replace", "path": "userName", "value": self.choose.choice(NAMES)}
        return self.told(self.scim.patch(f"/Users/{self.user()}", operation), 200, 404, 409)

    def release(self) -> bool:
        for hold in self._a_hold():
            assert self.company.release(hold).state == "released"
        return True

    def reject(self) -> bool:
        for hold in self._a_hold():
            made = self.company.reject(hold)
            assert self.scim.get(f"/Users/{made.resource}").status == 200
        return False

    def restore(self) -> bool:
        found = restoring.list_some(self.company.database, self.company.organization)
        if found:
            try:
                restoring.restore(self.company.database, self.company.organization, self.choose.choice(found)["id"])
            except ConflictError:
                return False
        return False

    def _a_hold(self) -> list[str]:
        found = [one.id for one in self.company.open()]
        return [self.choose.choice(found)] if found else []


@pytest.mark.parametrize("policy", ["delete", "erase", "suspend"])
def test_nobody_leaves_unseen(service: Any, policy: str) -> None:
    for seed in range(WALKS):
        walk = Walk(Company(service, inactive=policy), seed)
        for _ in range(STEPS):
            walk.step()
