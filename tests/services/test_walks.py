"""A walk by cursor over a directory that changes meets whoever lived throughout exactly once (RFC 9865)."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.walking import LONGEST_WALK, ask

TITLES = ["a", "B", "b", "ba", "é", "", None]
SORTS = [None, "userName", "title", "active", "emails.value", "displayName", "meta.lastModified"]
CHANGES = ["create", "group", "retitle", "rename", "deactivate", "delete"]

titles = st.sampled_from(TITLES)
changes = st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 20), titles), max_size=3)
walks = st.fixed_dictionaries(
    {
        "people": st.lists(titles, min_size=1, max_size=7),
        "sort": st.sampled_from(SORTS),
        "order": st.sampled_from(["ascending", "descending"]),
        "count": st.integers(1, 3),
        "path": st.sampled_from(["/Users", ""]),
        "steps": st.lists(changes, min_size=1, max_size=6),
    }
)


class Directory:
    """A directory that changes, and what of it stood still since it was last looked at."""

    def __init__(self, scim: Any, people: list[str | None]) -> None:
        self.scim = scim
        self.living = [self.create(title) for title in people]
        self.touched: dict[str, set[str | None]] = {}
        self.look()

    def look(self) -> None:
        self.touched = {ident: set() for ident in self.living}

    def stood_still(self, sort: str | None) -> set[str]:
        return {ident for ident, touched in self.touched.items() if ident in self.living and sort not in touched}

    def create(self, title: str | None) -> str:
        more = {} if title is None else {"title": title, "emails": [{"value": f"{title}@x.org"}]}
        made: str = self.scim.a_user(displayName="d", **more)["id"]
        return made

    def change(self, kind: str, number: int, title: str | None) -> None:
        if kind == "create":
            self.living.append(self.create(title))
        elif kind == "group":
            self.scim.a_group()
        elif self.living:
            self._touch(kind, self.living[number % len(self.living)], title)

    def _touch(self, kind: str, ident: str, title: str | None) -> None:
        path = f"/Users/{ident}"
        if kind == "delete":
            assert self.scim.delete(path).status == 204
            self.living.remove(ident)
            return
        replaced = {
            "retitle": {"path": "title", "value": title or "-"},
            "rename": {"path": "userName", "value": f"{title}-{ident}"},
            "deactivate": {"path": "active", "value": False},
        }
        assert self.scim.patch(path, {"op": "replace"} | replaced[kind]).status == 200
        self.touched.setdefault(ident, set()).update((replaced[kind]["path"], "meta.lastModified"))


class Walk:
    """A walk along one of the two cursors; after each page something changes."""

    def __init__(self, directory: Directory, chosen: dict[str, Any]) -> None:
        self.directory, self.path, self.sort = directory, chosen["path"], chosen["sort"]
        self.steps = list(chosen["steps"])
        self.query = {"count": chosen["count"]}
        if self.sort:
            self.query |= {"sortBy": self.sort, "sortOrder": chosen["order"]}
        self.last: dict[str, Any] = {}

    def follow(self, name: str, cursor: str | None, met: list[str]) -> None:
        """Follow the cursor of that name; whoever stood still must then have been met once."""
        self.directory.look()
        for _ in range(LONGEST_WALK):
            if cursor is None:
                break
            self.last = ask(self.directory.scim, self.path, cursor=cursor, **self.query)
            met += [found["id"] for found in self.last["Resources"]]
            cursor = self.last.get(name)
            for change in self.steps.pop(0) if self.steps and cursor else ():
                self.directory.change(*change)
        assert cursor is None
        assert {met.count(ident) for ident in self.directory.stood_still(self.sort)} <= {1}


def test_whoever_lived_throughout_is_met_once_forth_and_back(service: Any) -> None:
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(walks)
    def each(chosen: dict[str, Any]) -> None:
        walk = Walk(Directory(service.scim(), chosen["people"]), chosen)
        walk.follow("nextCursor", "", [])
        last = walk.last
        walk.steps = chosen["steps"][::-1]
        walk.follow("previousCursor", last.get("previousCursor"), [found["id"] for found in last["Resources"]])

    each()
