"""Servers of one run held against one another, round by round: what took turns may be compared closely."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    Document = dict[str, Any]
    Quotients = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Compared:
    """A workload of a server against that of another: median, least and most of the rounds, each held side by side."""

    workload: str
    server: str
    against: str
    rate: Quotients | None
    p50: Quotients | None
    cpu: Quotients | None

    def document(self) -> Document:
        """Return it for the report."""
        return asdict(self)


def compared(figures: Sequence[Document]) -> list[Compared]:
    """Return each workload of each server against the first server that has it, from the figures of a document."""
    first: dict[str, Document] = {}
    found = []
    for one in figures:
        base = first.setdefault(_kind(one), one)
        if base is not one:
            quotients = [_quotients(one, base, name) for name in ("rate", "p50", "cpu")]
            found.append(Compared(one["workload"], one["server"], base["server"], *quotients))
    return found


def _kind(figure: Document) -> str:
    """Return the workload; servers of one database with few users and with many make a kind of their own."""
    name, separator, _ = figure["server"].partition(", ")
    return f"{name if separator else ''} {figure['workload']}"


def _quotients(one: Document, base: Document, name: str) -> Quotients | None:
    rounds = zip(one["rounds"], base["rounds"], strict=False)
    found = [over[name] / under[name] for over, under in rounds if over[name] and under[name]]
    return (statistics.median(found), min(found), max(found)) if found else None


def told(quotients: Quotients | None) -> str:
    """Return quotients for people."""
    return "-" if quotients is None else "{:.2f}x [{:.2f}..{:.2f}]".format(*quotients)


def line(one: Compared) -> str:
    """Return it as a line for people."""
    pair = f"{one.server} against {one.against}"
    return f"{one.workload:<38} {pair:<34} rate {told(one.rate):<22} p50 {told(one.p50):<22} CPU {told(one.cpu)}"
