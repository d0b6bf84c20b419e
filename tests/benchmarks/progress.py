"""Progress on a terminal; nothing where nobody watches."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH = 30


def bar(title: str) -> Callable[[int, int], None]:
    """Return what draws how much of a whole is done."""

    def draw(done: int, whole: int) -> None:
        if sys.stderr.isatty():
            drawn = "#" * int(done / max(1, whole) * WIDTH)
            end = "\n" if done >= whole else ""
            print(f"\r{title}: [{drawn:<{WIDTH}}] {done:,}/{whole:,} ", end=end, file=sys.stderr, flush=True)

    return draw
