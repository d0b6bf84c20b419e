"""The flag that turns readiness red."""

from __future__ import annotations

import os

from optiid import draining


def test_flag_is_seen_by_children() -> None:
    child = os.fork()
    if not child:
        draining.begin()
        os._exit(0)
    os.waitpid(child, 0)
    assert draining.begun()
    draining.end()
    assert not draining.begun()
