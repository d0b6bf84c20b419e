"""A run as one page that needs nothing but itself: the gist, goals, plots, what it stands on, and every figure."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from tests.benchmarks import goals, tables
from tests.benchmarks.plots import NOTHING, Bar, Group, Line, bars, key, lines
from tests.benchmarks.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Document = dict[str, Any]

# A page of 100 is no group.
SIZED = re.compile(r"^(?!page )(.+?),? ([\d,]+)$")
SMALL_PLOT, LARGE_PLOT = (310, 220), (900, 300)
TILES = {"get": "read by id", "match hit": "look-up by userName", "create": "create", "PATCH": "PATCH of a user"}


def page(document: Document) -> str:
    """Return the page of a run's document."""
    servers = main_servers(document)
    parts = ["<h1>optiid bench</h1>", _lead(document["about"]), _tiles(document, servers)]
    for title, note, content in SECTIONS:
        parts.append(f"<h2>{title}</h2>" + (f"<p>{note}</p>" if note else "") + content(document, servers))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>optiid bench</title><style>{STYLE}</style>{''.join(parts)}</html>\n"
    )


def main_servers(document: Document) -> list[str]:
    """Return the servers that are not there to hold few users against many."""
    return list(dict.fromkeys(one["server"] for one in document["figures"] if ", " not in one["server"]))


def _lead(about: Document) -> str:
    told = f"{about['date'][:10]} · optiid {about['optiid']} · {about['processor']} · Python {about['python']}"
    return f"<p>{escape(told)}</p>"


def _tiles(document: Document, servers: Sequence[str]) -> str:
    judged = [one["met"] for one in document["goals"] if one["met"] is not None]
    tiles = [(f"{sum(judged)} of {len(judged)}", "measured goals met")] if judged else []
    found = {(one["server"], one["workload"]): one for one in document["figures"]}
    for server in servers[:1]:
        for workload, words in TILES.items():
            if one := found.get((server, workload)):
                tiles.append((f"{one['rate']:,.0f}/s", f"{words}, p50 {one['p50']:.1f} ms ({server})"))
        sizes = [(size, one) for one in document["figures"] if one["server"] == server and (size := _size(one))]
        added = [(size, one) for size, one in sizes if one["workload"] == f"add a member to {size:,}"]
        if added:
            size, one = max(added, key=lambda pair: pair[0])
            tiles.append((f"{one['p50']:.1f} ms", f"one member more in a group of {size:,} ({server})"))
    shown = "".join(f"<div><b>{escape(told)}</b><span>{escape(words)}</span></div>" for told, words in tiles)
    return f'<div class="tiles">{shown}</div>'


def _list(texts: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def _size(figure: Document) -> int | None:
    found = SIZED.match(figure["workload"])
    return int(found[2].replace(",", "")) if found else None


def _together(
    document: Document, servers: Sequence[str], bar: Callable[[Document, int], Bar | None], bounds: Document
) -> list[Group]:
    """Return the figures that are not of a group's size, those of one workload together."""
    found: dict[str, list[Bar]] = {}
    for one in document["figures"]:
        if one["server"] in servers and _size(one) is None:
            made = bar(one, servers.index(one["server"]))
            found.setdefault(one["workload"], []).extend([made] if made else [])
    return [Group(workload, bars, bounds.get(workload)) for workload, bars in found.items() if bars]


def _costs(document: Document, servers: Sequence[str]) -> str:
    def bar(one: Document, series: int) -> Bar | None:
        return None if one["ratio"] is None else Bar(series, one["ratio"], *one["ratio_spread"])

    return _plot(servers, bars(_together(document, servers, bar, goals.COSTS), "x", "multiples of the bare route"))


def _latency(document: Document, servers: Sequence[str]) -> str:
    def bar(one: Document, series: int) -> Bar:
        return Bar(series, one["p50"], one["p50"], one["p99"])

    shown = _together(document, servers, bar, {})
    return _plot(servers, bars(shown, " ms", "milliseconds", logarithmic=True))


def _rates(document: Document, servers: Sequence[str]) -> str:
    def bar(one: Document, series: int) -> Bar:
        rates = [taken["rate"] for taken in one["rounds"]]
        return Bar(series, one["rate"], min(rates), max(rates))

    return _plot(servers, bars(_together(document, servers, bar, {}), "/s", "requests a second"))


def _groups(document: Document, servers: Sequence[str]) -> str:
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for one in document["figures"]:
        size = _size(one)
        if one["server"] in servers and size is not None:
            kind = one["workload"][: -len(f"{size:,}")].rstrip(" ,")
            found.setdefault(kind, {}).setdefault(one["server"], []).append((size, one["p50"]))
    plots = [
        f"<div><h3>{escape(kind)} ...</h3>"
        + lines(
            [Line(servers.index(server), server, sorted(points)) for server, points in by_server.items()],
            "members", "p50, ms", SMALL_PLOT, logarithmic=True,
        ) + "</div>"
        for kind, by_server in found.items()
    ]  # fmt: skip
    return f'{key(servers)}<div class="many">{"".join(plots)}</div>' if plots else NOTHING


def _walks(document: Document, _servers: Sequence[str]) -> str:
    walks = document["walks"]
    series = [Line(number, one["server"], [tuple(point) for point in one["pages"]]) for number, one in enumerate(walks)]
    plot = lines(series, "page of the walk", "ms of a page of 100 users", LARGE_PLOT)
    return _plot([one["server"] for one in walks], plot) + tables.walks(walks)


def _plot(servers: Sequence[str], drawn: str) -> str:
    return f'{key(servers)}<div class="wide">{drawn}</div>'


# Title, what to know about it, and what makes its content of the document and its main servers.
SECTIONS: tuple[tuple[str, str, Callable[[Document, Sequence[str]], str]], ...] = (
    ("Read this before comparing", "", lambda document, _: _list(document["caveats"])),
    ("Goals", "", lambda document, _: tables.goals(document["goals"])),
    (
        "Server CPU of a request",
        (
            "In multiples of a bare Flask route that the same processes serve; the database server's is not in it."
            " Bars are medians, thin lines span all rounds, dashed lines are the goals for SQLite."
        ),
        _costs,
    ),
    ("Latency", "In milliseconds. Dots are the median of all requests, thin lines reach to p99.", _latency),
    (
        "Requests a second",
        "Bars are medians, thin lines span all rounds. The client takes its share of the same processors.",
        _rates,
    ),
    (
        "Groups by number of members",
        "Median in milliseconds, over one connection. What concerns one member ought to be flat.",
        _groups,
    ),
    ("Few users and many", "Two servers of the same database take turns.", lambda document, _: tables.scale(document)),
    ("Walk through all users by cursor", "", _walks),
    (
        "Initial cycle",
        (
            "Users are looked up and created, then groups, each with its members. The share is its rate of requests"
            " against that of creates right before and after."
        ),
        lambda document, _: tables.cycles(document["cycles"]),
    ),
    (
        "Side by side",
        "Each round against the same round of the first server: the median, the least and the most.",
        lambda document, _: tables.comparisons(document["compared"]),
    ),
    ("Memory", "", lambda document, _: tables.memory(document["memory"])),
    ("All figures", "", lambda document, _: tables.figures(document["figures"])),
    ("Not supported", "", lambda document, _: tables.left_out(document["left_out"])),
    ("What it was measured on", "", lambda document, _: tables.pairs(document["about"])),
)
