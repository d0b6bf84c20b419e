"""Writers who send creates, PATCHes, PUTs and DELETEs side by side, with and without If-Match, and read in between."""

from __future__ import annotations

import itertools
import random
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from tests.faults.ledger import Asked, Client, Entry, Ledger
from tests.running import GROUP, PATCH_OP, USER

if TYPE_CHECKING:
    from tests.running import Live

WRITERS = 8
HOT_USERS, GROUPS, MEMBERS, SHARED_NAMES = 6, 3, 24, 4
# How long a client goes on asking for what was not answered.
PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.05


def patch(kind: str, ident: str, *operations: dict[str, Any], **more: Any) -> Asked:
    body = {"schemas": [PATCH_OP], "Operations": list(operations)}
    return Asked(more.pop("act"), "PATCH", f"/{kind}/{ident}", ident, body, **more)


class Load:
    """Writers in threads of their own, from `with` to its end; `ledger` is what came of it."""

    def __init__(self, live: Live, seed: int = 1, pause: float = 0.0) -> None:
        self.ledger = Ledger()
        # The brake would hold deletes, and answer as if they were done.
        self.connected = live.connect(settings={"brake": False})
        self._address, self._token = (live.settings.host, live.settings.port), self.connected.token
        self._seed, self._pause = seed, pause
        self._numbers = itertools.count(1)
        self._versions: dict[str, int] = {}
        self._done = threading.Event()
        first = self._client()
        self._hot = [self._create(first, self._new_user()).resource for _ in range(HOT_USERS)]
        self._members = [self._create(first, self._new_user()).resource for _ in range(MEMBERS)]
        self._groups = [self._create(first, self._new_group()).resource for _ in range(GROUPS)]
        self._brief: list[str] = []
        first.close()

    def _client(self) -> Client:
        return Client(self._address, self._token, self.ledger)

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(WRITERS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE_SECONDS)
            assert not thread.is_alive(), "a writer still waits for its answer"

    def _work(self, number: int) -> None:
        client, chance = self._client(), random.Random(self._seed * 1000 + number)
        while not self._done.is_set():
            self._turn(client, chance)
            time.sleep(self._pause)
        client.close()

    def _turn(self, client: Client, chance: random.Random) -> None:
        act = chance.choices(
            [self._make, self._race, self._title, self._put, self._delete, self._member, self._put_group, self._read],
            [12, 8, 28, 8, 8, 24, 4, 8],
        )[0]
        act(client, chance)

    def _stamp(self) -> str:
        return f"v{next(self._numbers)}"

    def _new_user(self, name: str = "") -> Asked:
        value = self._stamp()
        name = name or f"user-{value}@example.com"
        body = {"schemas": [USER], "userName": name, "title": value}
        return Asked("create", "POST", "/Users", "", body, value=value, name=name)

    def _new_group(self) -> Asked:
        value = self._stamp()
        body = {"schemas": [GROUP], "displayName": f"group {value}", "externalId": value}
        return Asked("create", "POST", "/Groups", "", body, value=value, name=f"group {value}")

    def _create(self, client: Client, asked: Asked) -> Entry:
        """Ask until there is an answer, as an identity provider does: one resource is made of it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (entry := client.ask(asked)).unsure and time.monotonic() < deadline and not self._done.is_set():
            time.sleep(PAUSE_SECONDS)
        return self._seen(entry)

    def _seen(self, entry: Entry) -> Entry:
        if entry.version:
            self._versions[entry.resource] = entry.version
        if entry.status == 0:
            time.sleep(PAUSE_SECONDS)
        return entry

    def _match(self, chance: random.Random, ident: str) -> int | None:
        return self._versions.get(ident) if chance.random() < 0.4 else None

    def _make(self, client: Client, chance: random.Random) -> None:
        if ident := self._create(client, self._new_user()).resource:
            self._brief.append(ident)

    def _race(self, client: Client, chance: random.Random) -> None:
        name = f"shared{chance.randrange(SHARED_NAMES)}@example.com"
        if ident := self._seen(client.ask(self._new_user(name))).resource:
            self._brief.append(ident)

    def _title(self, client: Client, chance: random.Random) -> None:
        kind, name = chance.choice([("Users", "title"), ("Users", "title"), ("Groups", "externalId")])
        ident = chance.choice(self._groups if kind == "Groups" else self._hot + self._brief[-6:])
        value = self._stamp()
        operation = {"op": "replace", "path": name, "value": value}
        match = self._match(chance, ident)
        self._seen(client.ask(patch(kind, ident, operation, act="write", value=value, if_match=match)))

    def _put(self, client: Client, chance: random.Random) -> None:
        ident, value = chance.choice(self._hot), self._stamp()
        body = {"schemas": [USER], "userName": f"hot{ident}@example.com", "title": value}
        match = self._match(chance, ident)
        asked = Asked("write", "PUT", f"/Users/{ident}", ident, body, value=value, if_match=match)
        self._seen(client.ask(asked))

    def _delete(self, client: Client, chance: random.Random) -> None:
        if not self._brief:
            return
        ident = chance.choice(self._brief[-8:])
        asked = Asked("delete", "DELETE", f"/Users/{ident}", ident, if_match=self._match(chance, ident))
        self._seen(client.ask(asked))

    def _member(self, client: Client, chance: random.Random) -> None:
        group, member = chance.choice(self._groups), chance.choice(self._members)
        if chance.random() < 0.7:
            operation = {"op": "add", "path": "members", "value": [{"value": member}]}
            self._seen(client.ask(patch("Groups", group, operation, act="join", member=member)))
        else:
            operation = {"op": "remove", "path": f'members[value eq "{member}"]'}
            self._seen(client.ask(patch("Groups", group, operation, act="leave", member=member)))

    def _put_group(self, client: Client, chance: random.Random) -> None:
        group, value = chance.choice(self._groups), self._stamp()
        members = chance.sample(self._members, MEMBERS // 2)
        body = {"schemas": [GROUP], "displayName": f"put {group}", "externalId": value}
        body["members"] = [{"value": member} for member in members]
        match = self._match(chance, group)
        path = f"/Groups/{group}"
        self._seen(
            client.ask(
                Asked("write", "PUT", path, group, body, value, members=frozenset(members), if_match=match),
            ),
        )

    def _read(self, client: Client, chance: random.Random) -> None:
        kind, idents = chance.choice([("Users", self._hot + self._brief[-4:]), ("Groups", self._groups)])
        ident = chance.choice(idents)
        self._seen(client.ask(Asked("read", "GET", f"/{kind}/{ident}", ident)))
