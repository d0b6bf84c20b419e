"""The README's tables in Markdown: figures of runs beside those of other servers, which peers.json holds."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tests.benchmarks import goals
from tests.benchmarks.plots import short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Document = dict[str, Any]
    Figures = dict[str, dict[str, Document]]

PEERS = Path(__file__).with_name("peers.json")
ADDED = "add a member to {}"
MATCH = "match hit"
OURS = (goals.SERVER, goals.OTHER)
WORKLOADS = {
    "create": "create",
    "get": "get",
    "match hit": "hit",
    "match miss": "miss",
    "match externalId": "externalId",
    "PATCH": "PATCH",
    "PUT": "PUT",
    "page of 100": "page",
    "page of 100, deep": "deep page",
    "incremental cycle": "cycle",
}
# What other servers were not asked, but ours is.
SIZES = ("10", "1,000", "10,000", "100,000")
SCALES = ("1,000", "10,000", "100,000", "1,000,000")
LEGEND = (
    "`hit` and `miss` are look-ups by userName, `page` is 100 users, `deep page` the last of them, `cycle` what an"
    " identity provider asks after its first cycle: look-ups and changes."
)
ABOUT_PEERS = (
    "The other servers were measured on {taken} on {machine}, with a driver of the same kind over 1,000 users, each"
    " alone. Their rates are of other minutes than ours and may differ by half; what they do less is told in"
    " [docs/performance.md](optiid/docs/performance.md)."
)


def markdown(documents: Sequence[Document]) -> str:
    """Return what was measured when and on what, how to read it, and the tables. Documents stand side by side."""
    peers: Document = orjson.loads(PEERS.read_bytes())
    figures = _figures(documents)
    return "\n\n".join([
        *dict.fromkeys(_wrapped(_run(one["about"])) for one in documents),
        _wrapped("All of it is of this one machine and of those minutes: `python3 app.py bench` measures yours."),
        "\n".join(f"- {caveat}" for caveat in documents[0]["caveats"]),
        _wrapped(ABOUT_PEERS.format(**peers)),
        _wrapped(LEGEND),
        _by_workload("requests a second", figures, peers, (_rate, 0)),
        _by_workload("CPU, ms, with the database's", figures, peers, (_cpu, 2)),
        _multiples(figures),
        _added(figures, peers),
        _scale(figures, peers),
    ])  # fmt: skip


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def _run(about: Document) -> str:
    databases = [text for name, text in about.items() if name.startswith("database of ")]
    basis = [about[name] for name in ("processor", "memory", "system")]
    parts = [*basis, f"Python {about['python']}", *databases, about["packages"], about["sizes"]]
    return f"Measured on {about['date'][:10]} with optiid {about['optiid']}: {'; '.join(parts)}."


def _figures(documents: Sequence[Document]) -> Figures:
    """Return the figures by server and workload; a later document replaces what an earlier one has."""
    found: Figures = {}
    for document in documents:
        for one in document["figures"]:
            found.setdefault(one["server"], {})[one["workload"]] = one
    return found


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def _measured(figures: Figures) -> list[str]:
    return [one for one in figures if ", " not in one]


def _shown(server: str) -> str:
    return f"**optiid, {server}**" if server in OURS else f"{server} (same run)"


def _rate(figure: Document) -> float:
    return float(figure["rate"])


def _cpu(figure: Document) -> float | None:
    return None if figure["cpu"] is None else (figure["cpu"] + (figure["database"] or 0)) / 1000


def _by_workload(
    title: str, figures: Figures, peers: Document, taken: tuple[Callable[[Document], float | None], int]
) -> str:
    """Return a row of each server; `taken` is our value, and the place of that of other servers."""
    value, place = taken
    rows = []
    for server in _measured(figures):
        ours = [figures[server].get(workload) for workload in WORKLOADS]
        rows.append([_shown(server), *(_told(value(one) if one else None) for one in ours)])
    for server in peers["users"]["get"]:
        cells = [peers["users"][workload][server] for workload in WORKLOADS]
        found = [one and (one[place] / 1000 if place else one[place]) for one in cells]
        rows.append([server, *(_told(one) for one in found)])
    if not place:
        rows += [[server, *(cells.get(one, "-") for one in WORKLOADS)] for server, cells in peers["ranges"].items()]
    return _table([title, *WORKLOADS.values()], rows)


def _told(value: float | None) -> str:
    return "-" if value is None else short(value)


def _multiples(figures: Figures) -> str:
    rows = []
    for server in _measured(figures):
        found = [figures[server].get(workload) for workload in WORKLOADS]
        if any(one and one["ratio"] for one in found):
            rows.append([_shown(server), *(_told(one and one["ratio"]) for one in found)])
    rows.append(["goal, for SQLite", *(_told(goals.COSTS.get(one)) for one in WORKLOADS)])
    return _table(["CPU, x a bare Flask route", *WORKLOADS.values()], rows)


def _added(figures: Figures, peers: Document) -> str:
    rows = []
    for server in _measured(figures):
        found = [figures[server].get(ADDED.format(size)) for size in SIZES]
        rows.append([_shown(server), *(_told(one and one["p50"]) for one in found)])
    known = peers["one_member_added_ms"]
    rows += [[server, *(cells.get(size, "-") for size in SIZES)] for server, cells in known.items()]
    return _table(["ms to add one member to a group of", *SIZES], rows)


def _scale(figures: Figures, peers: Document) -> str:
    rows = []
    for server in _measured(figures):
        found = [figures.get(f"{server}, {users}", {}).get(MATCH) for users in SCALES]
        rows.append([_shown(server), *(_told(one and one["rate"]) for one in found)])
    known = peers["match_by_users"]
    rows += [[server, *(cells.get(users, "-") for users in SCALES)] for server, cells in known.items()]
    return _table(["look-ups by userName a second, with so many users", *SCALES], rows)
