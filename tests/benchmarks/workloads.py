"""What is asked of a SCIM server: the requests that identity providers make, each with what its answer must hold."""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.benchmarks.driver import Connection, Request, Target, ask, measure
from tests.running import ENTERPRISE, GROUP, PATCH_OP, USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BATCH = 500  # members of one request while a group is filled


def full_user(name: str) -> dict[str, Any]:
    """Return a user as an identity provider maps one, with the enterprise extension."""
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": f"{name}@example.com",
        "externalId": f"ext-{name}",
        "active": True,
        "displayName": f"Person {name}",
        "name": {"givenName": "Person", "familyName": name, "formatted": f"Person {name}"},
        "title": "Engineer",
        "emails": [{"value": f"{name}@example.com", "type": "work", "primary": True}],
        "phoneNumbers": [{"value": "5550100", "type": "work"}, {"value": "5550101", "type": "mobile"}],
        "addresses": [{"type": "work", "locality": "Aarhus", "country": "DK", "formatted": "Quay 2"}],
        ENTERPRISE: {"employeeNumber": name, "department": "Optics", "costCenter": "4410"},
    }


def search(endpoint: str, text: str, more: str = "") -> str:
    """Return the path of a search."""
    return f"{endpoint}?filter={quote(text)}{more}"


def patch(path: str, *operations: dict[str, Any]) -> Request:
    """Return a PATCH; 204 is as lawful an answer as 200."""
    body = {"schemas": [PATCH_OP], "Operations": list(operations)}
    return Request("PATCH", path, body, (200, 204))


def add_members(group: str, idents: list[str]) -> Request:
    """Return a PATCH that adds members."""
    return patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": one} for one in idents]})


@dataclass
class Directory:
    """What a target holds for a run: the users that were made, by number, and a source of names nobody has yet."""

    target: Target
    stem: str
    users: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def name(self, number: int) -> str:
        """Return the name of the user of that number."""
        return f"{self.stem}-{number}"

    def fresh(self) -> str:
        """Return a name that is not taken."""
        return f"{self.stem}-new-{next(self._numbers)}"

    def fill(self, amount: int, progress: Callable[[int, int], None]) -> None:
        """Make users until there are so many."""
        connection = Connection(self.target)
        while len(self.users) < amount:
            body = full_user(self.name(len(self.users)))
            self.users.append(ask(connection, Request("POST", "/Users", body, (201,)))["id"])
            progress(len(self.users), amount)
        connection.close()

    def a_group(self, size: int = 0) -> str:
        """Make a group of the first users and return its id."""
        connection = Connection(self.target)
        body = {"schemas": [GROUP], "displayName": f"Group {self.fresh()}"}
        ident: str = ask(connection, Request("POST", "/Groups", body, (201,)))["id"]
        for start in range(0, size, BATCH):
            ask(connection, add_members(ident, self.users[start : min(size, start + BATCH)]))
        connection.close()
        return ident

    def pick(self, number: int) -> int:
        """Return the number of a user, spread over all of them."""
        return number * 7919 % len(self.users)


def _has_one(ident: str) -> Callable[[Any], bool]:
    return lambda body: body["totalResults"] == 1 and body["Resources"][0]["id"] == ident


def get(known: Directory, number: int) -> Request:
    """By id."""
    chosen = known.pick(number)
    name = f"{known.name(chosen)}@example.com"
    return Request("GET", f"/Users/{known.users[chosen]}", check=lambda body: body["userName"] == name)


def match_hit(known: Directory, number: int) -> Request:
    """By userName, found."""
    chosen = known.pick(number)
    path = search("/Users", f'userName eq "{known.name(chosen)}@example.com"')
    return Request("GET", path, check=_has_one(known.users[chosen]))


def match_miss(known: Directory, number: int) -> Request:
    """By userName, nobody."""
    path = search("/Users", f'userName eq "nobody-{number}@example.com"')
    return Request("GET", path, check=lambda body: body["totalResults"] == 0)


def match_external(known: Directory, number: int) -> Request:
    """By externalId, found."""
    chosen = known.pick(number)
    path = search("/Users", f'externalId eq "ext-{known.name(chosen)}"')
    return Request("GET", path, check=_has_one(known.users[chosen]))


def create(known: Directory, _number: int) -> Request:
    """A new user."""
    body = full_user(known.fresh())
    return Request("POST", "/Users", body, (201,), lambda made: made["userName"] == body["userName"])


def patch_user(known: Directory, number: int) -> Request:
    """Two plain attributes, one of them the extension's."""
    return patch(
        f"/Users/{known.users[known.pick(number)]}",
        {"op": "replace", "path": "displayName", "value": f"New {number} {time.time_ns()}"},
        {"op": "replace", "path": f"{ENTERPRISE}:department", "value": f"Dept {number}"},
    )


def put_user(known: Directory, number: int) -> Request:
    """The whole user, one attribute changed."""
    chosen = known.pick(number)
    title = f"Title {number} {time.time_ns()}"
    body = full_user(known.name(chosen)) | {"title": title}
    return Request("PUT", f"/Users/{known.users[chosen]}", body, check=lambda told: told["title"] == title)


def page_shallow(_known: Directory, _number: int) -> Request:
    """The first hundred."""
    return Request("GET", "/Users?startIndex=1&count=100", check=lambda body: len(body["Resources"]) == 100)


def page_deep(known: Directory, _number: int) -> Request:
    """A hundred near the end."""
    start = max(1, len(known.users) - 100)
    return Request("GET", f"/Users?startIndex={start}&count=100", check=lambda body: len(body["Resources"]) == 100)


PLAIN: dict[str, tuple[Callable[[Directory, int], Request], int]] = {
    # Name → request, and how many of a round's requests are sent.
    "get": (get, 1),
    "match hit": (match_hit, 1),
    "match miss": (match_miss, 1),
    "match externalId": (match_external, 1),
    "create": (create, 1),
    "PATCH": (patch_user, 1),
    "PUT": (put_user, 1),
    "page of 100": (page_shallow, 10),
    "page of 100, deep": (page_deep, 10),
}


def member_changes(known: Directory, size: int, amount: int) -> tuple[str, list[Request], list[Request]]:
    """Return a group of a size, requests that each add one member to it, and requests that remove them again."""
    group = known.a_group(size)
    late = known.users[size : size + amount]
    removals = [patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{one}"]'}) for one in late]
    return group, [add_members(group, [one]) for one in late], removals


def without_members(group: str) -> Request:
    """Return the look at a group that leaves its members out."""
    path = f"/Groups/{group}?excludedAttributes=members"
    return Request("GET", path, check=lambda body: body["id"] == group and "members" not in body)


def cursor_walk(known: Directory) -> tuple[int, list[float]]:
    """Walk through all users by cursor; return how many there were, and the seconds of each page."""
    connection, seconds, seen, cursor = Connection(known.target), [], 0, ""
    while True:
        started = time.perf_counter()
        body = ask(connection, Request("GET", f"/Users?count=200&attributes=userName&cursor={quote(cursor)}"))
        seconds.append(time.perf_counter() - started)
        seen += len(body["Resources"])
        cursor = body.get("nextCursor", "")
        if not cursor:
            connection.close()
            return seen, seconds


def initial_cycle(known: Directory, users: int, groups: int, size: int) -> tuple[int, float, float]:
    """Do what Entra's first cycle does; return requests, seconds of it and of its users alone."""
    stem = known.fresh()
    names = [f"{stem}-{number}" for number in range(users)]
    misses = [Request("GET", search("/Users", f'userName eq "{name}@example.com"')) for name in names]
    creates = [Request("POST", "/Users", full_user(name), (201,)) for name in names]
    pairs = [request for pair in zip(misses, creates, strict=True) for request in pair]
    people = measure(known.target, pairs, 8)
    finder, chosen = Connection(known.target), random.Random(7)
    idents = [
        ask(finder, Request("GET", search("/Users", f'userName eq "{name}@example.com"')))["Resources"][0]["id"]
        for name in names[: size * 2]
    ]
    finder.close()
    made = [known.a_group() for _ in range(groups)]
    pushes = [add_members(group, chosen.sample(idents, min(size, len(idents)))) for group in made]
    filled = measure(known.target, pushes, 4)
    return 2 * users + groups, people.wall + filled.wall, people.wall


def incremental_cycle(known: Directory, amount: int) -> list[Request]:
    """Return what the cycles after it are made of: look-ups, changes of users, a few memberships."""
    group = known.a_group()
    kinds = (match_hit, patch_user, match_hit, get)
    plain = [kinds[number % 4](known, number) for number in range(amount)]
    joins = [add_members(group, [known.users[known.pick(number)]]) for number in range(amount // 10)]
    return plain + joins


def contended(known: Directory, amount: int) -> list[Request]:
    """Return PATCHes of one group and of few users, to be sent at once: none may be lost."""
    group = known.a_group()
    joins = [add_members(group, [known.users[number]]) for number in range(min(amount, len(known.users)))]
    edits = [
        patch(f"/Users/{known.users[number % 8]}", {"op": "replace", "path": "title", "value": f"T{number}"})
        for number in range(amount)
    ]
    return [request for pair in zip(joins, edits, strict=False) for request in pair]
