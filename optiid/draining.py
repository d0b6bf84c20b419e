"""Whether this service is about to stop: one flag that the master sets and its workers read.

It is memory that both share since before the workers were made, so it needs no message that could be late.
"""

from __future__ import annotations

import mmap

_flag = mmap.mmap(-1, 1)


def begin() -> None:
    """Note that the service is about to stop: readiness is red from now on, in all workers."""
    _flag[0] = 1


def end() -> None:
    """Take it back."""
    _flag[0] = 0


def begun() -> bool:
    """Return whether the service is about to stop."""
    return _flag[0] != 0
