"""gunicorn's threaded worker, which gives a thread only to requests that have arrived (rules R9, R12, R16).

Its loop collects requests and sends what slow clients did not take yet, so that no client can hold a thread; it refuses
what comes too late and what is more than can be carried. Refusals are SCIM errors, or problem documents below /api.
"""

from __future__ import annotations

import re
import selectors
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from operator import attrgetter
from socket import SHUT_WR
from typing import TYPE_CHECKING

from gunicorn import util
from gunicorn.errors import ConfigError
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from optiid.serving_bounds import Addresses, Bounds, Limited, allow_files
from optiid.serving_lanes import Lanes
from optiid.serving_refusals import CROWDED, INTERNAL, LATE, LIMITED, SATURATED, answer_to, refusal
from optiid.serving_socket import ClientSocket

if TYPE_CHECKING:
    from concurrent.futures import Future
    from socket import socket
    from typing import Any

    from optiid.serving_lanes import Lane

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# Of a worker; each may need a temporary file for what arrives and one for what was not taken.
CONNECTIONS = 1000
OPEN_FILES = 4 * CONNECTIONS
# What knows limits of credentials, and in which form they are told.
LIMITED_AT = re.compile(rb"\w+ /+(scim|api)/")
LOOK_SECONDS = 0.5  # between looks for connections whose time is over
LINGER_SECONDS = 2.0  # for the client to take the last answer and close
WAIT_SECONDS = 4.0  # for a thread, at most
TELL_SECONDS = 10.0  # between lines on how much was refused


def write_error(client: socket, status: int, reason: str, _message: str) -> None:
    """Answer a request that never reached the application."""
    util.write_nonblock(client, refusal(status, reason))


# gunicorn has no setting for its error page; its worker looks the function up here for each error.
util.write_error = write_error


class Visit(TConn):  # type: ignore[misc]  # gunicorn is not typed
    """A connection and what the loop waits for on it, until when."""

    def __init__(self, cfg: Any, client: ClientSocket, peer: Any, server: Any) -> None:
        super().__init__(cfg, client, peer, server)
        self.data_ready = True  # a thread gets it only then
        self.arriving = True
        self.keeps = self.overdue = False
        self.latest = 0.0  # for a thread to begin with the request
        self.rest = b""  # of the next request
        self.deadline = 0.0
        self.watched = 0  # the events that the loop waits for


class ScimWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn is not typed
    """The threaded worker; importing this module changed its error page."""

    bounds = Bounds()

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse what the loop cannot read."""
        if cfg.is_ssl:
            raise ConfigError("TLS ends in a proxy in front: leave certfile and keyfile out")
        super().check_config(cfg, log)

    def init_process(self) -> None:
        """Prepare and run the loop."""
        allow_files(OPEN_FILES)
        self.addresses = Addresses(self.bounds)
        self.lanes: Lanes[Visit] = Lanes(self.cfg.threads, self.bounds.requests, self.begin)
        self.limited = Limited()
        self.visits: set[Visit] = set()  # those that wait for their client
        self.refused: Counter[int] = Counter()
        self.next_look = self.next_telling = 0.0
        super().init_process()

    def accept(self, listener: Any) -> None:
        """Take a connection and wait for its request."""
        try:
            connected, peer = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            self.log.warning("a connection could not be accepted: %s", error.strerror)
            return
        if self.nr_conns >= CONNECTIONS and self.visits:
            # Whoever comes now may have more to say; gunicorn would let it wait until somebody leaves.
            self.leave(min(self.visits, key=attrgetter("deadline")))
        visit = Visit(self.cfg, ClientSocket(connected, self.bounds.largest_body), peer, listener.getsockname())
        self.nr_conns += 1
        if self.addresses.enter(peer):
            self.watch(visit, selectors.EVENT_READ, self.bounds.arrival_seconds, self.receive)
        else:
            self.refused[LIMITED] += 1
            self.send(visit, refusal(LIMITED, detail=CROWDED))
            self.leave(visit)

    def watch(self, visit: Visit, events: int, seconds: float, then: Any) -> None:
        """Call `then` when the client did something, or cut the connection after so many seconds."""
        visit.deadline = time.monotonic() + seconds
        self.visits.add(visit)
        if visit.watched:
            self.poller.modify(visit.sock, events, partial(then, visit))
        else:
            self.poller.register(visit.sock, events, partial(then, visit))
        visit.watched = events

    def unwatch(self, visit: Visit) -> None:
        """Wait for nothing on a connection."""
        if visit.watched:
            self.poller.unregister(visit.sock)
            self.visits.discard(visit)
            visit.watched = 0

    def receive(self, visit: Visit, _socket: Any = None) -> None:
        """Collect what the client sent."""
        data = visit.sock.receive()
        if data is None:
            return
        arrival = visit.sock.arrival
        if not arrival.began:
            visit.deadline = time.monotonic() + self.bounds.arrival_seconds
        if data:
            self.collect(visit, data)
            return
        arrival.end()
        if arrival.complete:
            self.admit(visit, b"")
        else:
            self.leave(visit)

    def collect(self, visit: Visit, data: bytes) -> None:
        """Add to what arrived of a request, and hand it over when it is whole."""
        arrival = visit.sock.arrival
        rest = arrival.take(data)
        if arrival.complete:
            self.admit(visit, rest)
        elif arrival.expects:
            arrival.expects = False
            self.send(visit, CONTINUE)

    def admit(self, visit: Visit, rest: bytes) -> None:
        """Let a whole request wait for its turn; refuse one when more run or wait than can be carried."""
        self.unwatch(visit)
        visit.arriving, visit.rest = False, rest
        arrival = visit.sock.arrival
        if self.limited.has(arrival.credential) and LIMITED_AT.match(arrival.target):
            self.refuse(visit, LIMITED)
            return
        visit.latest = time.monotonic() + WAIT_SECONDS
        crowded_out = self.lanes.of(arrival.target).enter(arrival.credential, visit)
        if crowded_out is not None:
            self.refuse(crowded_out, SATURATED)

    def begin(self, lane: Lane[Visit], visit: Visit) -> None:
        """Give a request to a thread."""
        lane.pool.submit(self.handle, visit).add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, visit, done, lane)
        )

    def handle(self, visit: Visit) -> Any:
        """Answer a request in a thread, unless it waited so long for one that its client hardly waits any more."""
        visit.overdue = time.monotonic() > visit.latest
        return not visit.overdue and super().handle(visit)

    def _keepalive_after(self, visit: Visit, keeps: bool) -> bool:
        """Pass over a body that nobody read, however long: all of it is here. gunicorn asks in the request's thread."""
        return keeps and bool(visit.parser.finish_body())

    def finish_request(self, visit: Visit, done: Future[Any], lane: Lane[Visit]) -> None:
        """Go on with a connection whose request was answered."""
        lane.leave(visit.sock.arrival.credential)
        if visit.overdue:
            self.refuse(visit, SATURATED)
            return
        # What the parser left unread was counted differently here and there: nothing after it can be trusted.
        answered = not done.cancelled() and done.exception() is None and done.result()
        visit.keeps = bool(answered) and not visit.sock.recv(1) and not visit.parser.unreader.buf.getvalue()
        self.flush(visit)

    def send(self, visit: Visit, data: bytes) -> None:
        """Send a few bytes from the loop; that the client is gone is found out when it is read from."""
        with suppress(OSError):
            visit.sock.sendall(data)

    def refuse(self, visit: Visit, status: int) -> None:
        """Answer without the application, and end the connection."""
        self.refused[status] += 1
        visit.arriving = visit.keeps = False
        self.send(visit, refusal(status, target=visit.sock.arrival.target))
        self.flush(visit)

    def flush(self, visit: Visit, _socket: Any = None) -> None:
        """Send what the client did not take yet; then the next request's turn comes, or the end."""
        try:
            before = visit.sock.unsent
            sent = visit.sock.flush()
        except OSError:
            self.leave(visit)
            return
        if not sent:
            if not visit.watched or visit.sock.unsent < before:
                self.watch(visit, selectors.EVENT_WRITE, self.bounds.arrival_seconds, self.flush)
        elif visit.keeps:
            self.expect_next(visit)
        else:
            self.linger(visit)

    def expect_next(self, visit: Visit) -> None:
        """Wait for the next request, of which something may be there already."""
        rest, visit.rest = visit.rest, b""
        visit.sock.expect_next()
        visit.arriving = True
        seconds = self.cfg.keepalive if self.alive else min(self.cfg.keepalive, STOP_KEEPALIVE_LINGER)
        self.watch(visit, selectors.EVENT_READ, self.bounds.arrival_seconds if rest else seconds, self.receive)
        if rest:
            self.collect(visit, rest)

    def linger(self, visit: Visit) -> None:
        """Say that no more comes, and give the client time to read the answer: closing at once could destroy it."""
        try:
            visit.sock.shutdown(SHUT_WR)
        except OSError:
            self.leave(visit)
        else:
            self.watch(visit, selectors.EVENT_READ, LINGER_SECONDS, self.discard)

    def discard(self, visit: Visit, _socket: Any) -> None:
        """Pass over what a client sends that is answered already."""
        if visit.sock.receive() == b"":
            self.leave(visit)

    def leave(self, visit: Visit) -> None:
        """End a connection."""
        self.unwatch(visit)
        self.addresses.leave(visit.client)
        self.nr_conns -= 1
        visit.close()

    def murder_pending(self) -> None:
        """Cut the connections whose time is over; gunicorn calls this in each turn of its loop."""
        now = time.monotonic()
        if now < self.next_look:
            return
        self.next_look = now + LOOK_SECONDS
        for visit in [visit for visit in self.visits if visit.deadline < now]:
            if visit.arriving and visit.sock.arrival.began:
                self.unwatch(visit)
                self.refuse(visit, LATE)
            else:
                self.leave(visit)
        if self.refused and now >= self.next_telling:
            self.next_telling = now + TELL_SECONDS
            self.log.warning("refused: %s", ", ".join(f"{n} times {status}" for status, n in self.refused.items()))
            self.refused.clear()

    def murder_keepalived(self, force: bool = False) -> None:
        """Close all connections when the loop has ended; while it runs `murder_pending` does."""
        for visit in list(self.visits) if force else ():
            self.leave(visit)

    def _cap_keepalive(self, deadline: float) -> None:
        """Let idle connections go soon: gunicorn calls this when it stops."""
        for visit in self.visits:
            if visit.arriving and not visit.sock.arrival.began:
                visit.deadline = min(visit.deadline, deadline)

    def handle_error(self, _request: Any, client: socket, address: Any, error: Exception) -> None:
        """Refuse what is no request; the log gets the kind of the fault, never what the client sent (rule R6)."""
        kind, sender = type(error).__name__, address[0] if address else "-"
        status, reason = answer_to(error)
        if status < INTERNAL:
            self.log.warning("refused a request from %s: %s", sender, kind)
        else:
            self.log.error("a request from %s failed: %s", sender, kind)
        try:
            write_error(client, status, reason, "")
        except OSError:
            self.log.debug("the client is gone")
