"""Waiting for what a server writes after its last answer, whose CPU belongs to the requests it is about.

Lines of the logbook are stored up to a second after the answer. Each worker of ours listens on a socket of its own:
whoever connects is answered one byte as soon as all of its lines are stored.
"""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optiid.services.logbook_buffer import LogbookBuffer

POLL_SECONDS = 0.002
PATIENCE_SECONDS = 30
DONE = b"."


def address(pid: int) -> str:
    """Return where a worker listens, in Linux' abstract namespace: nothing is left of it when the worker ends."""
    return f"\0optiid-bench-{pid}"


def settle(workers: Iterable[int]) -> None:
    """Return once workers have stored what no request waited for. Raises OSError when one of them cannot tell."""
    for pid in workers:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(PATIENCE_SECONDS)
            asking.connect(address(pid))
            if asking.recv(1) != DONE:
                raise OSError(f"worker {pid} ended before it had stored its logbook")


def listen(buffer: LogbookBuffer) -> None:
    """Answer whoever connects as soon as the buffer is empty; its own thread is woken to store what it holds."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address(os.getpid()))
        listening.listen()
        while True:
            asking, _ = listening.accept()
            while buffer._lines or buffer._done:
                buffer._wake.set()
                time.sleep(POLL_SECONDS)
            with asking, buffer._storing:
                asking.send(DONE)
