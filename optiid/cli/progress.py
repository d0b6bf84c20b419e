"""How far a long command is, on stderr: a line that renews itself on a terminal, else one line a second."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from math import ceil

import click

_BAR = 30
_CLEAR = "\x1b[K"  # what is left of a longer line
_TERMINAL_SECONDS, _FILE_SECONDS = 0.1, 1.0


class Progress:
    """Tells how many of `total` (0: nobody knows) are done, how fast, and how long the rest takes; `noun`: of what."""

    def __init__(self, noun: str, total: int = 0) -> None:
        self._noun, self._total = noun, total
        self._terminal = sys.stderr.isatty()
        self._began = self._told = time.monotonic()
        self._done = 0

    def __call__(self, done: int) -> None:
        """Note that so many are done, and tell it when it is time to."""
        self._done = done
        instant = time.monotonic()
        if instant - self._told >= (_TERMINAL_SECONDS if self._terminal else _FILE_SECONDS):
            self._told = instant
            click.echo(f"\r{self._line()}{_CLEAR}" if self._terminal else self._line(), err=True, nl=not self._terminal)

    def end(self) -> None:
        """Leave the line that renews itself; a command that was quick tells nothing."""
        if self._terminal and self._told != self._began:
            click.echo(f"\r{self._line()}{_CLEAR}", err=True)

    def _line(self) -> str:
        rate = self._done / max(time.monotonic() - self._began, 0.001)
        if not self._total:
            return f"{self._done:,} {self._noun}, {rate:,.0f}/s"
        share = min(self._done / self._total, 1.0)
        bar = f"[{'#' * round(share * _BAR):<{_BAR}}] " if self._terminal else ""
        return f"{bar}{self._done:,} of {self._total:,} {self._noun} ({share:.0%}), {rate:,.0f}/s{self._left(rate)}"

    def _left(self, rate: float) -> str:
        """Return how long the rest takes at the rate so far, in hours, minutes and seconds; "" when none is left."""
        rest = self._total - self._done
        return f", {timedelta(seconds=ceil(rest / rate))} left" if rest > 0 and rate else ""
