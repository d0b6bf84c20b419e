"""Progress: a bar on a terminal, elsewhere a line every half minute."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH = 30
LINE_SECONDS = 30


def bar(title: str) -> Callable[[int, int], None]:
    """Return what tells on stderr how much of a whole is done, and how long the rest takes at this pace."""
    began = told = time.monotonic()
    first: int | None = None

    def draw(done: int, whole: int) -> None:
        nonlocal told, first
        now, first = time.monotonic(), done if first is None else first
        left = remaining(now - began, done - first, whole - done)
        if sys.stderr.isatty():
            drawn = "#" * int(done / max(1, whole) * WIDTH)
            end = "\n" if done >= whole else ""
            line = f"\r{title}: [{drawn:<{WIDTH}}] {done:,}/{whole:,}{left}\033[K"
            print(line, end=end, file=sys.stderr, flush=True)
        elif now - told >= LINE_SECONDS:
            told = now
            print(f"{title}: {done:,}/{whole:,}{left}", file=sys.stderr, flush=True)

    return draw


def remaining(seconds: float, done: int, left: int) -> str:
    """Return how long what is left takes, when so much took so many seconds; nothing before that can be told."""
    if done <= 0 or left <= 0:
        return ""
    minutes, rest = divmod(round(seconds / done * left), 60)
    return f", {minutes}:{rest:02} left"
