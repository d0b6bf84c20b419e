"""A client's socket as gunicorn's threads see it: they never wait for the client (rule R16).

What they read has arrived before they began, and what the client does not take at once is kept for later. Reading from
and writing to the network beyond that is the work of the worker's loop.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from optiid.serving_arrival import Arrival, Spool

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

RECEIVED_AT_ONCE = 65536
SENT_AT_ONCE = 262144


class ClientSocket(socket.socket):
    """A connected socket that never blocks."""

    def __init__(self, connected: socket.socket, largest_body: int) -> None:
        super().__init__(fileno=connected.detach())
        super().setblocking(False)
        self._largest_body = largest_body
        self._unsent: Spool | None = None
        self.arrival = Arrival(largest_body)

    def setblocking(self, _flag: bool) -> None:
        """Stay as it is: gunicorn's threads would wait else."""

    def settimeout(self, _value: float | None) -> None:
        """Stay as it is."""

    def recv(self, size: int, _flags: int = 0) -> bytes:
        """Return what arrived of the request, b"" behind its end."""
        return self.arrival.read(size)

    def sendall(self, data: ReadableBuffer, _flags: int = 0) -> None:
        """Send what the client takes at once, and keep the rest. Raises OSError when the client is gone."""
        view = memoryview(data).cast("B")
        if self.flush():
            view = view[self._sent(view) :]
        if len(view):
            if self._unsent is None:
                self._unsent = Spool()
            self._unsent.write(view)

    def flush(self) -> bool:
        """Send of what was kept as much as the client takes; return whether nothing is left. Raises OSError."""
        while self._unsent:
            sent = self._sent(self._unsent.peek(SENT_AT_ONCE))
            if not sent:
                return False
            self._unsent.drop(sent)
        return True

    @property
    def unsent(self) -> int:
        """Return how many bytes the client has not taken yet."""
        return 0 if self._unsent is None else len(self._unsent)

    def receive(self) -> bytes | None:
        """Return what the network has: b"" when the client sends no more, None when there is nothing yet."""
        try:
            return super().recv(RECEIVED_AT_ONCE)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""

    def expect_next(self) -> None:
        """Make ready for the next request."""
        self.arrival.close()
        self.arrival = Arrival(self._largest_body)

    def close(self) -> None:
        """Close the connection, and forget what was kept."""
        self.arrival.close()
        if self._unsent is not None:
            self._unsent.close()
            self._unsent = None
        super().close()

    def _sent(self, data: Any) -> int:
        try:
            return self.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
