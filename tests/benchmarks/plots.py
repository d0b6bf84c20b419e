"""Plots as SVG text: bars in groups, marks with their spread, and lines over two axes. No script, no resource.

Series are told apart by the classes s0, s1, ...; `key` names them once for all plots below it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROW, GAP, LABEL, WIDTH, VALUE, AXIS = 17, 9, 200, 600, 110, 40
LEFT, RIGHT, BELOW, ABOVE = 62, 30, 46, 24
COLOURS = 6
TICKS = (1, 2, 5)
NOTHING = '<p class="none">Not measured in this run.</p>'


@dataclass(frozen=True, slots=True)
class Bar:
    """A value of a series, and the ends of the thin line through it."""

    series: int
    value: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Group:
    """The values that stand together under one name, and the bound that a goal sets, if one does."""

    label: str
    bars: Sequence[Bar]
    bound: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Points of one series, by ascending x."""

    series: int
    label: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Scale:
    """How values between two ends become places between two others."""

    ends: tuple[float, float]
    places: tuple[float, float]
    logarithmic: bool

    @classmethod
    def over(cls, values: Sequence[float], places: tuple[float, float], *, logarithmic: bool) -> Scale:
        """Return a scale with room for values: whole decades, or from nought."""
        most, least = max(values), min(one for one in values if one > 0)
        if not logarithmic:
            return cls((0, most * 1.05), places, False)
        low, high = math.floor(math.log10(least)), math.ceil(math.log10(most) - 1e-9)
        return cls((10.0**low, 10.0 ** max(high, low + 1)), places, True)

    def at(self, value: float) -> float:
        """Return the place of a value."""
        if self.logarithmic:
            low, high, value = *(math.log10(end) for end in self.ends), math.log10(max(value, self.ends[0]))
        else:
            low, high = self.ends
        return self.places[0] + (value - low) / (high - low) * (self.places[1] - self.places[0])

    def ticks(self) -> list[float]:
        """Return round values between the ends."""
        low, high = self.ends
        if self.logarithmic:
            return [10.0**power for power in range(round(math.log10(low)), round(math.log10(high)) + 1)]
        step = next(s * 10.0**p for p in range(-6, 12) for s in TICKS if high / (s * 10.0**p) <= 6)
        return [number * step for number in range(math.floor(high / step) + 1)]


def key(names: Sequence[str]) -> str:
    """Return what tells the colours of series."""
    marks = "".join(f'<span><i class="k{n % COLOURS}"></i>{escape(name)}</span>' for n, name in enumerate(names))
    return f'<p class="key">{marks}</p>'


def bars(groups: Sequence[Group], unit: str, title: str, *, logarithmic: bool = False) -> str:
    """Return a row for each value. Over a logarithmic axis, which has no nought, a dot stands in place of a bar."""
    values = [end for group in groups for one in group.bars for end in (one.value, one.most)]
    if not values:
        return NOTHING
    scale = Scale.over(values, (LABEL, LABEL + WIDTH), logarithmic=logarithmic)
    height = sum(len(group.bars) * ROW + GAP for group in groups)
    parts = [*_columns(scale, 0, height)]
    top = 0
    for group in groups:
        middle = top + len(group.bars) * ROW / 2
        parts.append(f'<text x="{LABEL - 12}" y="{middle + 5:.1f}" text-anchor="end">{escape(group.label)}</text>')
        parts += [_bar(one, scale, top + place * ROW, unit) for place, one in enumerate(group.bars)]
        if group.bound is not None:
            parts.append(
                f'<path class="bound" d="M{scale.at(group.bound):.1f} {top - 2}v{len(group.bars) * ROW + 4}"/>'
            )
        top += len(group.bars) * ROW + GAP
    parts.append(_text(LABEL + WIDTH / 2, height + AXIS - 5, title))
    return _svg(LABEL + WIDTH + VALUE, height + AXIS, title, "".join(parts))


def _bar(one: Bar, scale: Scale, top: float, unit: str) -> str:
    start, end, middle = scale.places[0], scale.at(one.value), top + ROW / 2
    spread = f"{short(one.least)} to {short(one.most)}{unit}"
    told = spread if scale.logarithmic else f"{short(one.value)}{unit}"
    shape = (
        f'<circle cx="{end:.1f}" cy="{middle}" r="5">'
        if scale.logarithmic
        else f'<rect x="{start}" y="{top + 2}" width="{max(1, end - start):.1f}" height="{ROW - 4}">'
    )
    closing = "</circle>" if scale.logarithmic else "</rect>"
    least, most = scale.at(one.least), scale.at(one.most)
    return (
        f'<g class="s{one.series % COLOURS}"><path class="spread" d="M{least:.1f} {middle}H{most:.1f}"/>'
        f"{shape}<title>{told} ({spread})</title>{closing}"
        f'<path class="whisker" d="M{least:.1f} {middle}H{most:.1f}"/></g>'
        f'<text class="value" x="{max(end, most) + 8:.1f}" y="{middle + 4.5}">{told}</text>'
    )


def lines(series: Sequence[Line], across: str, up: str, size: tuple[int, int], *, logarithmic: bool = False) -> str:
    """Return lines over one pair of axes; `logarithmic` holds for both, `size` is that of the whole."""
    points = [point for one in series for point in one.points]
    if not points:
        return NOTHING
    width, height = size
    xs = Scale.over([x for x, _ in points], (LEFT, width - RIGHT), logarithmic=logarithmic)
    ys = Scale.over([y for _, y in points], (height - BELOW, ABOVE), logarithmic=logarithmic)
    parts = [*_columns(xs, ABOVE, height - BELOW), *_rows(ys, LEFT, width - RIGHT)]
    for one in series:
        places = [(xs.at(x), ys.at(y)) for x, y in one.points]
        marks = "".join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5"><title>{told}</title></circle>'
            for (x, y), told in zip(places, _told(one), strict=True)
        )
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        parts.append(f'<g class="s{one.series % COLOURS}"><path class="line" d="M{path}"/>{marks}</g>')
    parts.append(_text((LEFT + width - RIGHT) / 2, height - 6, across))
    parts.append(f'<text class="axis" x="4" y="13">{escape(up)}</text>')
    return _svg(width, height, f"{up} by {across}", "".join(parts))


def _told(line: Line) -> list[str]:
    return [escape(f"{line.label}: {short(x)}, {short(y)}") for x, y in line.points]


def short(value: float) -> str:
    """Return a number in three or four digits."""
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _columns(scale: Scale, top: float, bottom: float) -> Iterator[str]:
    for value in scale.ticks():
        x = scale.at(value)
        yield f'<path class="grid" d="M{x:.1f} {top}V{bottom}"/>{_text(x, bottom + 16, f"{value:,.10g}")}'


def _rows(scale: Scale, left: float, right: float) -> Iterator[str]:
    for value in scale.ticks():
        y = scale.at(value)
        yield f'<path class="grid" d="M{left} {y:.1f}H{right}"/>{_text(left - 8, y + 4, f"{value:,.10g}", "end")}'


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text class="axis" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width: float, height: float, title: str, content: str) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" aria-label="{escape(title)}">'
        f"{content}</svg>"
    )
