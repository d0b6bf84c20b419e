"""The README's tables in Markdown: figures of runs beside those of other servers, which peers.json holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Document = dict[str, Any]

PEERS = Path(__file__).with_name("peers.json")
ADDED = "add a member to {}"
MATCH = "match hit"
# What other servers were not asked, but ours is.
SIZES = ("10", "1,000", "10,000", "100,000")
SCALES = ("1,000", "10,000", "100,000", "1,000,000")


def markdown(documents: Sequence[Document]) -> str:
    """Return the tables of one or more documents, whose servers stand side by side."""
    peers: Document = orjson.loads(PEERS.read_bytes())
    return "\n\n".join([_users(documents, peers), _added(documents, peers), _scale(documents, peers)])


def _figures(documents: Sequence[Document]) -> dict[str, dict[str, Document]]:
    """Return the figures by server and workload; a later document replaces what an earlier one has."""
    found: dict[str, dict[str, Document]] = {}
    for document in documents:
        for one in document["figures"]:
            found.setdefault(one["server"], {})[one["workload"]] = one
    return found


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def _own(documents: Sequence[Document]) -> list[str]:
    return [one for one in _figures(documents) if ", " not in one]


def _users(documents: Sequence[Document], peers: Document) -> str:
    figures, own = _figures(documents), _own(documents)
    others = list(peers["users"]["get"])
    rows = []
    for workload, cells in peers["users"].items():
        ours = [_cell(figures[server].get(workload)) for server in own]
        rows.append([workload, *ours, *(_peer(cells[one]) for one in others)])
    titles = ["requests/s, p95, server CPU", *(f"**optiid, {one}**" for one in own), *others]
    return _table(titles, rows)


def _cell(figure: Document | None) -> str:
    if figure is None:
        return "-"
    cpu = "-" if figure["cpu"] is None else f"{(figure['cpu'] + (figure['database'] or 0)) / 1000:.2f} ms"
    ratio = "" if figure["ratio"] is None else f" ({figure['ratio']:.1f}x)"
    return f"{figure['rate']:,.0f}/s, {figure['p95']:,.0f} ms, {cpu}{ratio}"


def _peer(cell: Sequence[float] | None) -> str:
    return "-" if cell is None else f"{cell[0]:,g}/s, {cell[1]:,} ms, {cell[2] / 1000:.2f} ms"


def _added(documents: Sequence[Document], peers: Document) -> str:
    figures, known = _figures(documents), peers["one_member_added_ms"]
    rows = []
    for server in _own(documents):
        found = [figures[server].get(ADDED.format(size)) for size in SIZES]
        rows.append([f"**optiid, {server}**", *("-" if one is None else f"{one['p50']:.1f}" for one in found)])
    rows += [[server, *(cells.get(size, "-") for size in SIZES)] for server, cells in known.items()]
    return _table(["ms to add one member to a group of", *SIZES], rows)


def _scale(documents: Sequence[Document], peers: Document) -> str:
    figures, rows = _figures(documents), []
    for server in _own(documents):
        cells = []
        for users in SCALES:
            one = figures.get(f"{server}, {users}", {}).get(MATCH)
            cells.append("-" if one is None else f"{one['rate']:,.0f}")
        rows.append([f"**optiid, {server}**", *cells])
    rows += [
        [server, *(cells.get(users, "-") for users in SCALES)] for server, cells in peers["match_by_users"].items()
    ]
    return _table(["look-ups by userName a second, with so many users", *SCALES], rows)
