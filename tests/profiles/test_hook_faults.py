from __future__ import annotations

from threading import Thread

from optiid.profiles import hook_faults
from optiid.profiles.hook_faults import MOST, HookFault, note, take


def test_what_is_noted_is_taken_once() -> None:
    take()
    note("acme", "normalise_patch", "failed", "KeyError")
    assert take() == [HookFault("acme", "normalise_patch", "failed", "KeyError")]
    assert take() == []


def test_only_so_much_is_kept() -> None:
    take()
    for _ in range(MOST + 1):
        note("acme", "shape_error", "slow", "x" * 1000)
    found = take()
    assert (len(found), len(found[0].reason)) == (MOST, hook_faults.REASON_LIMIT)


def test_threads_have_their_own() -> None:
    take()
    other = Thread(target=note, args=("acme", "shape_error", "failed", "KeyError"))
    other.start()
    other.join()
    assert take() == []
