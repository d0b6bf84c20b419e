"""What slices of requests come to: one figure for a workload of a server, with what each round took beside it."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.driver import Measured


@dataclass(frozen=True, slots=True)
class Round:
    """One slice: median milliseconds, requests a second, CPU microseconds a request, multiple of the bare route.

    `cpu` is None for a server whose processes are not known, `ratio` for one without a bare route.
    """

    p50: float
    rate: float
    cpu: float | None
    database: float
    bare: float | None

    @property
    def ratio(self) -> float | None:
        """The server's CPU in multiples of the bare route's."""
        return self.cpu / self.bare if self.cpu and self.bare else None


@dataclass(frozen=True, slots=True)
class Figure:
    """One workload of one server: quantiles over all requests, medians over the rounds."""

    server: str
    workload: str
    requests: int
    p50: float
    p95: float
    p99: float
    rate: float
    cpu: float | None
    database: float | None
    ratio: float | None
    ratio_spread: tuple[float, float] | None
    rounds: list[Round]

    def document(self) -> dict[str, Any]:
        """Return it for the report, each round with its multiple."""
        rounds = [asdict(one) | {"ratio": one.ratio} for one in self.rounds]
        return asdict(self) | {"rounds": rounds}


def round_of(taken: Measured, bare: Sequence[Measured]) -> Round:
    """Return a slice's figures; `bare` are the slices of the bare route right before and after it."""
    amount = len(taken.seconds)
    held_against = sum(one.cpu for one in bare) / sum(len(one.seconds) for one in bare) if bare else 0
    return Round(
        p50=statistics.median(taken.seconds) * 1000,
        rate=amount / taken.wall,
        cpu=taken.cpu / amount * 1e6 if taken.cpu else None,
        database=taken.database / amount * 1e6,
        bare=held_against * 1e6 if held_against else None,
    )


def figure_of(server: str, workload: str, slices: Sequence[Measured], rounds: Sequence[Round]) -> Figure:
    """Return the figure of a workload from its slices."""
    seconds = sorted(one for taken in slices for one in taken.seconds)
    costs = [one.cpu for one in rounds if one.cpu is not None]
    ratios = [one.ratio for one in rounds if one.ratio is not None]
    stored = statistics.median(one.database for one in rounds)
    return Figure(
        server=server,
        workload=workload,
        requests=len(seconds),
        p50=_quantile(seconds, 0.5),
        p95=_quantile(seconds, 0.95),
        p99=_quantile(seconds, 0.99),
        rate=statistics.median(one.rate for one in rounds),
        cpu=statistics.median(costs) if costs else None,
        database=stored or None,
        ratio=statistics.median(ratios) if ratios else None,
        ratio_spread=(min(ratios), max(ratios)) if ratios else None,
        rounds=list(rounds),
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


HEAD = (
    f"{'server':<12} {'workload':<38} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'rate':>9} {'CPU us':>9}"
    f" {'+database':>9} {'x bare [least..most]':>22}"
)


def line(figure: Figure) -> str:
    """Return a figure as a line for people."""
    cpu = "-" if figure.cpu is None else f"{figure.cpu:,.0f}"
    database = "" if figure.database is None else f"{figure.database:,.0f}"
    ratio = ""
    if figure.ratio is not None and figure.ratio_spread is not None:
        ratio = f"{figure.ratio:.2f} [{figure.ratio_spread[0]:.2f}..{figure.ratio_spread[1]:.2f}]"
    times = f"{figure.p50:8.2f} {figure.p95:8.2f} {figure.p99:8.2f}"
    return f"{figure.server:<12} {figure.workload:<38} {times} {figure.rate:7,.0f}/s {cpu:>9} {database:>9} {ratio:>22}"
