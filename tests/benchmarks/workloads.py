"""What identity providers ask of users, as requests whose answers are checked."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.benchmarks.driver import Connection, Request, Target, ask, ask_once, dealt
from tests.benchmarks.rounds import Workload
from tests.running import ENTERPRISE, PATCH_OP, USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CONNECTIONS = 8
PAGE = 100


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


@dataclass
class Directory:
    """What a target holds for a run: the users that were made, by number, and a source of names nobody has yet."""

    target: Target
    stem: str
    users: list[str] = field(default_factory=list)
    groups: dict[int, str] = field(default_factory=dict)
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

    def ask(self, request: Request) -> Any:
        """Return what one request is answered, over a connection of its own. Raises WrongAnswerError."""
        return ask_once(self.target, request)

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


def miss_of(name: str) -> Request:
    """By userName, nobody: what an identity provider asks before it creates somebody."""
    path = search("/Users", f'userName eq "{name}@example.com"')
    return Request("GET", path, check=lambda body: body["totalResults"] == 0)


def match_miss(_known: Directory, number: int) -> Request:
    """By userName, nobody."""
    return miss_of(f"nobody-{number}")


def match_external(known: Directory, number: int) -> Request:
    """By externalId, found."""
    chosen = known.pick(number)
    path = search("/Users", f'externalId eq "ext-{known.name(chosen)}"')
    return Request("GET", path, check=_has_one(known.users[chosen]))


def creation(name: str, idents: list[str] | None = None) -> Request:
    """A new user of a name, whose id is appended to the list."""
    body = full_user(name)

    def right(made: Any) -> bool:
        if idents is not None:
            idents.append(made["id"])
        return bool(made["userName"] == body["userName"])

    return Request("POST", "/Users", body, (201,), right)


def create(known: Directory, _number: int) -> Request:
    """A new user."""
    return creation(known.fresh())


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


def page_shallow(known: Directory, _number: int) -> Request:
    """The first hundred."""
    return _page(known, 1)


def page_deep(known: Directory, _number: int) -> Request:
    """A hundred near the end."""
    return _page(known, max(1, len(known.users) - PAGE))


def _page(known: Directory, start: int) -> Request:
    least = min(PAGE, len(known.users))  # there are more by then
    path = f"/Users?startIndex={start}&count={PAGE}"
    return Request("GET", path, check=lambda body: least <= len({one["id"] for one in body["Resources"]}) <= PAGE)


def mixed(known: Directory, number: int) -> Request:
    """Of five requests two look a user up, one reads, one creates and one patches."""
    return (match_miss, create, match_hit, get, patch_user)[number % 5](known, number)


def users_workload(
    name: str, make: Callable[[Directory, int], Request], requests: int, connections: int = CONNECTIONS
) -> Workload:
    """Return a workload of so many requests of one kind in a round."""

    def scripts(known: Directory, turn: int) -> Sequence[Sequence[Request]]:
        return dealt([make(known, turn * requests + number) for number in range(requests)], connections)

    return Workload(name, scripts)


def plain(requests: int) -> list[Workload]:
    """Return the workloads of users; pages are dear, so there are fewer."""
    few = max(CONNECTIONS, requests // 10)
    return [
        users_workload("get", get, requests),
        users_workload("match hit", match_hit, requests),
        users_workload("match miss", match_miss, requests),
        users_workload("match externalId", match_external, requests),
        users_workload("create", create, requests),
        users_workload("PATCH", patch_user, requests),
        users_workload("PUT", put_user, requests),
        users_workload("page of 100", page_shallow, few),
        users_workload("page of 100, deep", page_deep, few),
    ]
