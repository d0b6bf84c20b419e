"""What SQLite and PostgreSQL say differently, side by side; everything else in the store is one text for both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable


class Dialect(ABC):
    """The words of one database."""

    name: str
    lock: str

    @abstractmethod
    def sql(self, text: str) -> str:
        """Return a statement written with `?` with the driver's placeholder."""

    @abstractmethod
    def fixed(self, text: str) -> str:
        """Return a fixed statement with the places filled in that `statements.py` tells of."""

    @abstractmethod
    def list_parameter(self, values: Iterable[str]) -> Any:
        """Return the one parameter that `{listed}`, `{among}` and `{beyond}` take for a list of texts."""

    @abstractmethod
    def json_text(self, source: str, keys: tuple[str, ...]) -> str:
        """Return the expression of a text inside a JSON value; keys are names from schemas, never user text."""

    @abstractmethod
    def json_elements(self, source: str, keys: tuple[str, ...]) -> str:
        """Return a FROM item `e` whose `e.value` runs through a JSON list and `e.position` counts."""

    @abstractmethod
    def element_text(self, key: str | None) -> str:
        """Return the expression of a text in the list element `e`, or of the element when that is a text itself."""

    @abstractmethod
    def ordered(self, expression: str) -> str:
        """Return an expression that compares by bytes."""


class SqliteDialect(Dialect):
    """SQLite 3.51 and later."""

    name = "sqlite"
    lock = ""

    def sql(self, text: str) -> str:
        return text

    @lru_cache(maxsize=512)  # noqa: B019 - the two dialects live as long as the process
    def fixed(self, text: str) -> str:
        listed = "(SELECT value FROM json_each(?))"
        each = "CROSS JOIN resource u ON u.organization = m.organization AND u.id = m.member_id"
        words = {"lock": "", "share": "", "gate": "", "listed": "json_each(?) j", "each": each}
        return text.format(**words, among=f"IN {listed}", beyond=f"NOT IN {listed}")

    def list_parameter(self, values: Iterable[str]) -> Any:
        return orjson.dumps(list(values)).decode()

    def json_text(self, source: str, keys: tuple[str, ...]) -> str:
        return f"({source} ->> '{_sqlite_path(keys)}')"

    def json_elements(self, source: str, keys: tuple[str, ...]) -> str:
        return f"(SELECT value, key AS position FROM json_each({source}, '{_sqlite_path(keys)}')) e"

    def element_text(self, key: str | None) -> str:
        return "e.value" if key is None else self.json_text("e.value", (key,))

    def ordered(self, expression: str) -> str:
        return expression


class PostgresqlDialect(Dialect):
    """PostgreSQL 15 and later; text columns are declared COLLATE "C", what comes out of JSON is not."""

    name = "postgresql"
    lock = " FOR NO KEY UPDATE"
    # A resource that is deleted at this moment is waited for, and then is no member.
    share = " FOR KEY SHARE OF r"
    # Held by each write of a connection; only whoever opens or ends a plan wants the row for itself.
    gate = " FOR KEY SHARE OF c"
    # The resource `u` of each membership `m`, by its key. While the planner knows nothing of an organization it expects
    # one row in it, and would as soon read all of them for each member and compare.
    each = (
        "CROSS JOIN LATERAL"
        " (SELECT * FROM resource u WHERE u.organization = m.organization AND u.id = m.member_id OFFSET 0) u"
    )

    @lru_cache(maxsize=512)  # noqa: B019 - the two dialects live as long as the process
    def sql(self, text: str) -> str:
        return text.replace("%", "%%").replace("?", "%s")

    @lru_cache(maxsize=512)  # noqa: B019 - the two dialects live as long as the process
    def fixed(self, text: str) -> str:
        listed = "(SELECT unnest(?::text[]))"
        # NO KEY: a new membership needs its group and member to stay, not to stand still.
        rows = "unnest(?::text[]) AS j (value)"
        words = {"lock": self.lock, "share": self.share, "gate": self.gate, "listed": rows, "each": self.each}
        return text.format(**words, among=f"IN {listed}", beyond=f"NOT IN {listed}")

    def list_parameter(self, values: Iterable[str]) -> Any:
        # As text: of a list the driver would make the same, and take ten times as long.
        escaped = ['"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values]
        return "{" + ",".join(escaped) + "}"

    def json_text(self, source: str, keys: tuple[str, ...]) -> str:
        return f"({source} #>> '{_postgresql_path(keys)}')"

    def json_elements(self, source: str, keys: tuple[str, ...]) -> str:
        listed = f"jsonb_array_elements({source} #> '{_postgresql_path(keys)}')"
        return f"{listed} WITH ORDINALITY e (value, position)"

    def element_text(self, key: str | None) -> str:
        return self.json_text("e.value", () if key is None else (key,))

    def ordered(self, expression: str) -> str:
        return f'{expression} COLLATE "C"'


def _sqlite_path(keys: tuple[str, ...]) -> str:
    return "$" + "".join(f'."{key}"' for key in keys)


def _postgresql_path(keys: tuple[str, ...]) -> str:
    return "{" + ",".join(f'"{key}"' for key in keys) + "}"


SQLITE = SqliteDialect()
POSTGRESQL = PostgresqlDialect()
