"""Plots as SVG text: bars with their spread, and lines over a logarithmic or a plain axis. No script, no resource."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROW, LABEL, WIDTH, VALUE = 24, 300, 380, 130
PLOT_WIDTH, PLOT_HEIGHT, LEFT, RIGHT, BELOW, ABOVE = 620, 280, 64, 190, 44, 14
COLOURS = 6
TICKS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its name, and the least and the most it was in a round."""

    label: str
    value: float
    least: float | None = None
    most: float | None = None
    series: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """Points of one name, by ascending x."""

    label: str
    points: Sequence[tuple[float, float]]


def bars(values: Sequence[Bar], unit: str, title: str) -> str:
    """Return a row for each value; a thin line spans what the rounds had."""
    if not values:
        return '<p class="none">Not measured in this run.</p>'
    end = max(max(one.value, one.most or 0) for one in values) or 1
    rows = []
    for place, one in enumerate(values):
        top, middle = place * ROW, place * ROW + ROW / 2
        length = one.value / end * WIDTH
        told = f"{one.value:,.2f}{unit}"
        rows.append(
            f'<text x="{LABEL - 10}" y="{middle + 4}" text-anchor="end">{escape(one.label)}</text>'
            f'<rect class="s{one.series % COLOURS}" x="{LABEL}" y="{top + 5}" width="{max(1, length):.1f}"'
            f' height="{ROW - 10}"><title>{escape(one.label)}: {told}</title></rect>'
        )
        right = length
        if one.least is not None and one.most is not None:
            start, right = one.least / end * WIDTH, max(length, one.most / end * WIDTH)
            rows.append(
                f'<path class="spread" d="M{LABEL + start:.1f} {middle}H{LABEL + one.most / end * WIDTH:.1f}"/>'
            )
        rows.append(f'<text x="{LABEL + right + 8:.1f}" y="{middle + 4}">{told}</text>')
    return _svg(LABEL + WIDTH + VALUE, len(values) * ROW + 4, title, "".join(rows))


def lines(series: Sequence[Line], across: str, up: str, *, logarithmic: bool = False) -> str:
    """Return lines over one pair of axes; `logarithmic` holds for both."""
    shown = [one for one in series if one.points]
    if not shown:
        return '<p class="none">Not measured in this run.</p>'
    scales = _Scales.of(shown, logarithmic)
    parts = [*_grid(scales)]
    for number, one in enumerate(shown):
        places = [(scales.x(x), scales.y(y)) for x, y in one.points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        marks = "".join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{told}</title></circle>'
            for (x, y), told in zip(places, _told(one), strict=True)
        )
        key = ABOVE + 12 + number * 20
        parts.append(
            f'<g class="s{number % COLOURS}"><path class="line" d="M{path}"/>{marks}'
            f'<circle cx="{LEFT + PLOT_WIDTH + 18}" cy="{key - 4}" r="5"/></g>'
            f'<text x="{LEFT + PLOT_WIDTH + 30}" y="{key}">{escape(one.label)}</text>'
        )
    parts.append(
        f'<text x="{LEFT + PLOT_WIDTH / 2}" y="{ABOVE + PLOT_HEIGHT + 38}" text-anchor="middle">{escape(across)}</text>'
    )
    height = ABOVE + max(PLOT_HEIGHT + BELOW, len(shown) * 20 + 10)
    return f"<p>{escape(up)}</p>" + _svg(LEFT + PLOT_WIDTH + RIGHT, height, f"{up} by {across}", "".join(parts))


@dataclass(frozen=True, slots=True)
class _Scales:
    """How values become places."""

    across: tuple[float, float]
    up: tuple[float, float]
    logarithmic: bool

    @classmethod
    def of(cls, series: Sequence[Line], logarithmic: bool) -> _Scales:
        xs = [x for one in series for x, _ in one.points]
        ys = [y for one in series for _, y in one.points]
        if logarithmic:
            return cls((max(min(xs), 1e-9), max(xs)), (10 ** math.floor(math.log10(min(ys))), max(ys) * 1.3), True)
        return cls((min(xs), max(xs)), (0, max(ys) * 1.1), False)

    def _part(self, value: float, ends: tuple[float, float]) -> float:
        if self.logarithmic:
            value, ends = math.log10(max(value, 1e-9)), (math.log10(ends[0]), math.log10(ends[1]))
        return (value - ends[0]) / ((ends[1] - ends[0]) or 1)

    def x(self, value: float) -> float:
        return LEFT + self._part(value, self.across) * PLOT_WIDTH

    def y(self, value: float) -> float:
        return ABOVE + (1 - self._part(value, self.up)) * PLOT_HEIGHT

    def ticks(self, ends: tuple[float, float]) -> list[float]:
        """Return round values between the ends of an axis."""
        if self.logarithmic:
            powers = range(math.floor(math.log10(ends[0])), math.ceil(math.log10(ends[1])) + 1)
            found = [step * 10.0**power for power in powers for step in TICKS]
            decades = [one for one in found if math.log10(one).is_integer()]
            wanted = decades if len([one for one in decades if ends[0] <= one <= ends[1]]) > 1 else found
            return [one for one in wanted if ends[0] <= one * 1.0001 and one <= ends[1] * 1.0001]
        span = (ends[1] - ends[0]) or 1
        step = next(s * 10.0**p for p in range(-6, 12) for s in TICKS if span / (s * 10.0**p) <= 6)
        return [number * step for number in range(math.ceil(ends[0] / step), math.floor(ends[1] / step) + 1)]


def _told(line: Line) -> list[str]:
    return [escape(f"{line.label}: {_number(x)}, {y:,.2f}") for x, y in line.points]


def _number(value: float) -> str:
    return f"{value:,.10g}"


def _grid(scales: _Scales) -> Iterator[str]:
    for value in scales.ticks(scales.up):
        y = scales.y(value)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{LEFT + PLOT_WIDTH}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_number(value)}</text>'
    for value in scales.ticks(scales.across):
        x = scales.x(value)
        yield f'<path class="grid" d="M{x:.1f} {ABOVE}V{ABOVE + PLOT_HEIGHT}"/>'
        yield f'<text x="{x:.1f}" y="{ABOVE + PLOT_HEIGHT + 18}" text-anchor="middle">{_number(value)}</text>'


def _svg(width: float, height: float, title: str, content: str) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" aria-label="{escape(title)}">'
        f"{content}</svg>"
    )
