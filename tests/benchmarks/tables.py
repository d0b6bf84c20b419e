"""The tables of the page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from tests.benchmarks.compared import told
from tests.benchmarks.plots import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Document = dict[str, Any]

VERDICTS = {
    True: '<td class="met">met</td>',
    False: '<td class="missed">not met</td>',
    None: '<td class="open">not measured</td>',
}


def table(titles: Sequence[str], rows: Iterable[Sequence[Any]], words: int = 1) -> str:
    """Return a table whose first columns, as many as `words`, hold text, and all others numbers."""

    def row(cells: Sequence[Any], tag: str) -> str:
        kinds = ["" if place < words else ' class="n"' for place in range(len(cells))]
        return (
            "<tr>" + "".join(f"<{tag}{k}>{escape(str(c))}</{tag}>" for k, c in zip(kinds, cells, strict=True)) + "</tr>"
        )

    body = "".join(row(cells, "td") for cells in rows)
    return f'<div class="wide"><table>{row(titles, "th")}{body}</table></div>' if body else NOTHING


def pairs(found: Document) -> str:
    """Return names with their values."""
    return table(("what", "value"), found.items(), words=2)


def goals(found: Sequence[Document]) -> str:
    """Return each goal with its bound, what was measured, and the verdict."""
    if not found:
        return NOTHING
    rows = "".join(
        f'<tr><td>{escape(one["text"])}</td><td class="bounded">{escape(one["bound"])}</td>'
        f"<td>{escape(one['measured'])}</td>{VERDICTS[one['met']]}</tr>"
        for one in sorted(found, key=lambda one: one["met"] is None)
    )
    return (
        f'<div class="wide"><table><tr><th>goal</th><th>bound</th><th>measured</th><th></th></tr>{rows}</table></div>'
    )


def scale(document: Document) -> str:
    """Return what few users and many make of a difference; each row is two servers that took turns."""
    found = {(one["server"], one["workload"]): one for one in document["figures"]}
    rows = []
    for one in document["compared"]:
        if ", " not in one["server"]:
            continue
        few, many = (found[one[side], one["workload"]] for side in ("against", "server"))
        database, _, users = one["server"].partition(", ")
        rows.append((
            one["workload"], database, users, f"{few['p50']:.2f}", f"{many['p50']:.2f}", told(one["rate"]),
            told(one["cpu"]),
        ))  # fmt: skip
    titles = ("workload", "database", "many", "p50 ms few", "p50 ms many", "rate, many/few", "CPU, many/few")
    return table(titles, rows, words=2)


def comparisons(found: Sequence[Document]) -> str:
    """Return servers held against the first one."""
    rows = [
        (one["workload"], f"{one['server']} / {one['against']}", *(told(one[name]) for name in ("rate", "p50", "cpu")))
        for one in found
        if ", " not in one["server"]
    ]
    return table(("workload", "servers", "rate", "p50", "CPU, without the database's"), rows, words=2)


def walks(found: Sequence[Document]) -> str:
    """Return how long each walk took."""
    rows = [
        (one["server"], f"{one['users']:,}", f"{one['seconds']:.1f}", f"{one['users'] / one['seconds']:,.0f}")
        for one in found
    ]
    return table(("server", "users", "seconds", "users/s"), rows)


def cycles(found: Sequence[Document]) -> str:
    """Return the initial cycles."""
    titles = ("server", "users", "groups", "members of each", "seconds", "users/s", "requests/s", "creates/s", "share")
    rows = [
        (
            one["server"], f"{one['users']:,}", one["groups"], one["members"], f"{one['seconds']:.1f}",
            f"{one['users_a_second']:,.0f}", f"{one['requests_a_second']:,.0f}", f"{one['creates_a_second']:,.0f}",
            f"{one['share']:.2f}",
        )
        for one in found
    ]  # fmt: skip
    return table(titles, rows)


def memory(found: Sequence[Document]) -> str:
    """Return what processes held."""
    rows = [(one["server"], one["when"], f"{one['bytes'] / 2**20:,.0f} MiB") for one in found]
    return table(("server", "what", "memory"), rows, words=2)


def figures(found: Sequence[Document]) -> str:
    """Return every figure."""
    titles = (
        "workload", "server", "requests", "p50 ms", "p95 ms", "p99 ms", "requests/s", "CPU us", "database CPU us",
        "x bare", "least-most",
    )  # fmt: skip
    rows = [
        (
            one["workload"], one["server"], f"{one['requests']:,}", f"{one['p50']:.2f}", f"{one['p95']:.2f}",
            f"{one['p99']:.2f}", f"{one['rate']:,.0f}", _or_dash(one["cpu"], ",.0f"), _or_dash(one["database"], ",.0f"),
            _or_dash(one["ratio"], ".2f"),
            "-" if one["ratio_spread"] is None else "{:.2f}-{:.2f}".format(*one["ratio_spread"]),
        )
        for one in found
    ]  # fmt: skip
    return table(titles, rows, words=2)


def left_out(found: Sequence[Document]) -> str:
    """Return what other servers did not answer as the protocol says."""
    rows = [(one["server"], one["workload"], one["reason"]) for one in found]
    return (
        table(("server", "workload", "why"), rows, words=3)
        if rows
        else "<p>Everything was answered as it should be.</p>"
    )


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
