"""Figures of a run, as lines for people, a JSON document, and a page that needs nothing but itself."""

from __future__ import annotations

import html
import platform
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.driver import Measured

BARE = "bare Flask route"
BAR_WIDTH, ROW_HEIGHT, LABEL_WIDTH = 420, 26, 260
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse}td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #8884}
td:first-child,th:first-child{text-align:left}rect{fill:#4a7fb5}text{font:13px system-ui,sans-serif;fill:currentColor}
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One workload of one server: milliseconds, requests a second, CPU microseconds, multiples of the bare route."""

    server: str
    workload: str
    requests: int
    p50: float
    p95: float
    p99: float
    rate: float
    cpu: float | None
    ratio: float | None


def figure_of(server: str, workload: str, rounds: Sequence[Measured], bare: Sequence[float] = ()) -> Figure:
    """Return the figure of some rounds; `bare` holds the CPU of the bare route in the same rounds."""
    seconds = sorted(one for taken in rounds for one in taken.seconds)
    costs = [taken.cpu / len(taken.seconds) * 1e6 for taken in rounds]
    ratios = [cost / base for cost, base in zip(costs, bare, strict=False) if base]
    counted = any(costs)
    return Figure(
        server=server,
        workload=workload,
        requests=len(seconds),
        p50=_quantile(seconds, 0.5),
        p95=_quantile(seconds, 0.95),
        p99=_quantile(seconds, 0.99),
        rate=statistics.median(len(taken.seconds) / taken.wall for taken in rounds),
        cpu=statistics.median(costs) if counted else None,
        ratio=statistics.median(ratios) if ratios and counted else None,
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def line(figure: Figure) -> str:
    """Return a figure as a line for people."""
    cpu = "-" if figure.cpu is None else f"{figure.cpu:,.0f} us"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}x"
    times = f"{figure.p50:8.2f} {figure.p95:8.2f} {figure.p99:8.2f}"
    return f"{figure.server:<10} {figure.workload:<28} {times} {figure.rate:9,.0f}/s {cpu:>12} {ratio:>8}"


HEAD = (
    f"{'server':<10} {'workload':<28} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'rate':>11} {'CPU':>12} {'x bare':>8}"
)


def write(path: Path, figures: Sequence[Figure], about: dict[str, Any]) -> None:
    """Write the JSON document, and beside it the page."""
    about = about | {"python": platform.python_version(), "machine": platform.machine(), "system": platform.system()}
    document = {"about": about, "figures": [asdict(figure) for figure in figures]}
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    path.with_suffix(".html").write_text(page(figures, about), encoding="utf-8")


def page(figures: Sequence[Figure], about: dict[str, Any]) -> str:
    """Return the page: what was measured and how, a table, and a plot of CPU and one of latency."""
    told = "".join(f"<li>{html.escape(str(name))}: {html.escape(str(value))}</li>" for name, value in about.items())
    costs = [(f"{one.workload} ({one.server})", one.ratio) for one in figures if one.ratio is not None]
    times = [(f"{one.workload} ({one.server})", one.p50) for one in figures]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>optiid bench</title>"
        f"<style>{STYLE}</style><h1>optiid bench</h1><ul>{told}</ul>"
        f"<h2>Server CPU, in multiples of the bare route</h2>{plot(costs, 'x')}"
        f"<h2>Median latency</h2>{plot(times, ' ms')}<h2>All figures</h2>{table(figures)}</html>"
    )


def plot(values: Sequence[tuple[str, float]], unit: str) -> str:
    """Return a bar for each value as an SVG; the table below the plots holds the same values as text."""
    if not values:
        return "<p>not counted for this server</p>"
    most = max(value for _, value in values) or 1
    rows = []
    for place, (label, value) in enumerate(values):
        top, width = place * ROW_HEIGHT, max(1, value / most * BAR_WIDTH)
        rows.append(
            f'<text x="0" y="{top + 17}">{html.escape(label)}</text>'
            f'<rect x="{LABEL_WIDTH}" y="{top + 4}" width="{width:.0f}" height="{ROW_HEIGHT - 8}"/>'
            f'<text x="{LABEL_WIDTH + width + 6:.0f}" y="{top + 17}">{value:.2f}{unit}</text>'
        )
    size = f'width="{LABEL_WIDTH + BAR_WIDTH + 110}" height="{len(values) * ROW_HEIGHT}"'
    return f'<svg role="img" {size}>{"".join(rows)}</svg>'


def table(figures: Sequence[Figure]) -> str:
    """Return all figures as a table."""
    titles = ("workload", "server", "requests", "p50 ms", "p95 ms", "p99 ms", "requests/s", "CPU us", "x bare")
    rows = [
        (
            one.workload, one.server, one.requests, f"{one.p50:.2f}", f"{one.p95:.2f}", f"{one.p99:.2f}",
            f"{one.rate:,.0f}", "-" if one.cpu is None else f"{one.cpu:,.0f}",
            "-" if one.ratio is None else f"{one.ratio:.2f}",
        )
        for one in figures
    ]  # fmt: skip
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{''.join(f'<th>{title}</th>' for title in titles)}</tr>{cells}</table>"
