"""A run as one page that needs nothing but itself: what it stands on, goals, plots, and every figure as a table."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from tests.benchmarks.plots import Bar, Line, bars, lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Document = dict[str, Any]

STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2128;--faint:#0002;--good:#1a7f37;--bad:#b42318;
--c0:#2f6db3;--c1:#c2571a;--c2:#2e8b57;--c3:#8e4fb0;--c4:#9a7400;--c5:#c23b5a}
@media(prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e3e8ee;--faint:#fff2;--good:#5fce7c;--bad:#ff8b80;
--c0:#6ea8e6;--c1:#f0904f;--c2:#63c38f;--c3:#c593e6;--c4:#d9b44a;--c5:#f0849c}}
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
body{background:var(--paper);color:var(--ink)}
h1,h2{line-height:1.2}h2{margin-top:2.5rem}.wide{overflow-x:auto}svg{max-width:none;display:block}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.2rem .7rem;border-bottom:1px solid var(--faint);text-align:left;vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}.met{color:var(--good)}.missed{color:var(--bad);font-weight:600}
text{font:13px system-ui,sans-serif;fill:var(--ink)}.grid{stroke:var(--faint);fill:none}
.spread{stroke:var(--ink);stroke-width:2;opacity:.55}.line{fill:none;stroke-width:2}
""" + "".join(f"rect.s{n},.s{n} circle{{fill:var(--c{n})}}.s{n} .line{{stroke:var(--c{n})}}" for n in range(6))
SIZED = re.compile(r"^(.+?),? ([\d,]+)$")


def page(document: Document) -> str:
    """Return the page of a run's document."""
    parts = [
        "<h1>optiid bench</h1>", _pairs(document["about"]),
        "<h2>Read this before comparing</h2>", _list(document["caveats"]),
        "<h2>Goals</h2>", _goals(document["goals"]),
        "<h2>Server CPU of a request, in multiples of a bare Flask route</h2>",
        "<p>The same processes serve both, in turns. Bars are medians, thin lines span all rounds.</p>",
        _costs(document),
        "<h2>Latency</h2><p>Bars are p50, thin lines reach to p99, in milliseconds.</p>", _latency(document),
        "<h2>Requests a second</h2>", _rates(document),
        "<h2>Groups by number of members</h2>", _groups(document),
        "<h2>Few users and many</h2>", _scale(document),
        "<h2>Walk through all users by cursor</h2>", _walks(document),
        "<h2>Initial cycle</h2>", _cycles(document),
        "<h2>Memory</h2>", _memory(document),
        "<h2>All figures</h2>", _figures(document["figures"]), _left_out(document["left_out"]),
    ]  # fmt: skip
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>optiid bench</title><style>{STYLE}</style>{''.join(parts)}</html>\n"
    )


def table(titles: Sequence[str], rows: Iterable[Sequence[Any]], words: int = 1) -> str:
    """Return a table whose first columns, as many as `words`, hold text, and all others numbers."""

    def row(cells: Sequence[Any], tag: str) -> str:
        kinds = ["" if place < words else ' class="n"' for place in range(len(cells))]
        return (
            "<tr>" + "".join(f"<{tag}{k}>{escape(str(c))}</{tag}>" for k, c in zip(kinds, cells, strict=True)) + "</tr>"
        )

    body = "".join(row(cells, "td") for cells in rows)
    if not body:
        return '<p class="none">Not measured in this run.</p>'
    return f'<div class="wide"><table>{row(titles, "th")}{body}</table></div>'


def _pairs(pairs: Document) -> str:
    return table(("what", "value"), pairs.items(), words=2)


def _list(texts: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def _goals(goals: Sequence[Document]) -> str:
    verdicts = {True: '<td class="met">met</td>', False: '<td class="missed">not met</td>', None: "<td>-</td>"}
    rows = "".join(
        f"<tr><td>{escape(one['text'])}</td><td>{escape(one['bound'])}</td><td>{escape(one['measured'])}</td>"
        f"{verdicts[one['met']]}</tr>"
        for one in goals
    )
    return (
        f'<div class="wide"><table><tr><th>goal</th><th>bound</th><th>measured</th><th></th></tr>{rows}</table></div>'
    )


def _plain(document: Document) -> list[Document]:
    """Return the figures of the main servers that are not of a group of some size."""
    return [one for one in document["figures"] if one["server"] in _servers(document) and not _size(one)]


def _servers(document: Document) -> list[str]:
    return list(dict.fromkeys(one["server"] for one in document["figures"] if not SIZED.match(one["server"])))


def _size(figure: Document) -> int | None:
    found = SIZED.match(figure["workload"])
    return int(found[2].replace(",", "")) if found else None


def _bar(document: Document, figure: Document, value: float, spread: Sequence[float] | None) -> Bar:
    servers = _servers(document)
    least, most = spread or (None, None)
    series = servers.index(figure["server"]) if figure["server"] in servers else 0
    return Bar(f"{figure['workload']} ({figure['server']})", value, least, most, series)


def _costs(document: Document) -> str:
    figures = sorted(_plain(document), key=lambda one: _order(document, one))
    shown = [_bar(document, one, one["ratio"], one["ratio_spread"]) for one in figures if one["ratio"] is not None]
    return _wide(bars(shown, "x", "Server CPU against the bare route"))


def _order(document: Document, figure: Document) -> int:
    """Let the servers of one workload stand together."""
    return [one["workload"] for one in document["figures"]].index(figure["workload"])


def _latency(document: Document) -> str:
    figures = sorted(_plain(document), key=lambda one: _order(document, one))
    return _wide(bars([_bar(document, one, one["p50"], (one["p50"], one["p99"])) for one in figures], " ms", "Latency"))


def _rates(document: Document) -> str:
    figures = sorted(_plain(document), key=lambda one: _order(document, one))
    shown = [
        _bar(document, one, one["rate"], (min(r["rate"] for r in one["rounds"]), max(r["rate"] for r in one["rounds"])))
        for one in figures
    ]
    return _wide(bars(shown, "/s", "Requests a second"))


def _groups(document: Document) -> str:
    parts = []
    for server in _servers(document):
        found: dict[str, list[tuple[float, float]]] = {}
        for one in document["figures"]:
            size = _size(one)
            if one["server"] == server and size is not None:
                kind = one["workload"][: -len(f"{size:,}")].rstrip(" ,")
                found.setdefault(kind, []).append((size, one["p50"]))
        series = [Line(kind, sorted(points)) for kind, points in found.items()]
        parts.append(f"<h3>{escape(server)}</h3>" + _wide(lines(series, "members", "p50, ms", logarithmic=True)))
    return "".join(parts)


def _scale(document: Document) -> str:
    shown = []
    for one in document["figures"]:
        found = SIZED.match(one["server"])
        if found:
            shown.append((one["workload"], found[1], int(found[2].replace(",", "")), one))
    shown.sort(key=lambda row: (_order(document, row[3]), row[1], row[2]))
    rows = [
        (workload, server, f"{users:,}", f"{one['p50']:.2f}", f"{one['rate']:,.0f}", _or_dash(one["cpu"], ",.0f"))
        for workload, server, users, one in shown
    ]
    return table(("workload", "database", "users", "p50 ms", "requests/s", "CPU us"), rows, words=2)


def _walks(document: Document) -> str:
    series = [Line(f"{one['server']} users", [tuple(point) for point in one["pages"]]) for one in document["walks"]]
    rows = [(one["server"], f"{one['users']:,}", f"{one['seconds']:.1f}") for one in document["walks"]]
    return _wide(lines(series, "page", "ms of a page of 100")) + table(("server", "users", "seconds"), rows)


def _cycles(document: Document) -> str:
    titles = ("server", "users", "groups", "members of each", "seconds", "users/s", "requests/s", "creates/s", "share")
    rows = [
        (
            one["server"], f"{one['users']:,}", one["groups"], one["members"], f"{one['seconds']:.1f}",
            f"{one['users_a_second']:,.0f}", f"{one['requests_a_second']:,.0f}", f"{one['creates_a_second']:,.0f}",
            f"{one['share']:.2f}",
        )
        for one in document["cycles"]
    ]  # fmt: skip
    return table(titles, rows)


def _memory(document: Document) -> str:
    rows = [(one["server"], one["when"], f"{one['bytes'] / 2**20:,.0f} MiB") for one in document["memory"]]
    return table(("server", "what", "memory"), rows, words=2)


def _figures(figures: Sequence[Document]) -> str:
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
        for one in figures
    ]  # fmt: skip
    return table(titles, rows, words=2)


def _left_out(found: Sequence[Document]) -> str:
    if not found:
        return ""
    rows = [(one["server"], one["workload"], one["reason"]) for one in found]
    return "<h2>Left out</h2>" + table(("server", "workload", "why"), rows, words=3)


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _wide(content: str) -> str:
    return f'<div class="wide">{content}</div>'
