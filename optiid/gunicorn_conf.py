"""gunicorn's settings, for `gunicorn -c python:optiid.gunicorn_conf wsgi:app` and for `optiid serve`.

Request heads are bounded, threads are given to requests that have arrived, and gunicorn keeps no access log of its own,
since it would hold filters and so names of people.
"""

from __future__ import annotations

import gc
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optiid import draining
from optiid.logs import formatter_of
from optiid.serving_bounds import LOOPBACK, Bounds
from optiid.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - heartbeats of workers on a disk can stall them


def after_start(_worker: Worker) -> None:
    """Keep what was imported out of the garbage collector's rounds: it lives as long as the worker."""
    gc.collect()
    gc.freeze()


def note_limited(worker: Worker, _request: Any, environ: dict[str, Any], answer: Any) -> None:
    """Let the worker's loop know whose request was answered 429; who sent no credential is anybody."""
    if answer is not None and answer.status_code == HTTPStatus.TOO_MANY_REQUESTS and "HTTP_AUTHORIZATION" in environ:
        worker.limited.note(environ["gunicorn.socket"].arrival.credential)


def bounding(settings: Settings) -> Callable[[Any, Worker], None]:
    """Return the hook that tells a new worker its bounds."""
    bounds = Bounds.of(settings)

    def tell(_server: Any, worker: Worker) -> None:
        worker.bounds = bounds

    return tell


def draining_first(settings: Settings) -> Callable[[Arbiter], None]:
    """Return the hook that turns readiness red before the service stops (rule R19).

    A load balancer has `drain_seconds` to notice, during which requests are still answered. gunicorn has no hook for
    the moment before it closes its sockets, so its `stop` is wrapped; a reload does not pass there.
    """

    def install(server: Arbiter) -> None:
        stop = server.stop

        def stop_after_draining(graceful: bool = True) -> None:
            draining.begin()
            if graceful:
                time.sleep(settings.drain_seconds)
            stop(graceful)

        server.stop = stop_after_draining

    return install


def log_options(settings: Settings) -> dict[str, Any]:
    """Return the set-up of gunicorn's log: warnings only, in the form of all other lines."""
    console = {"class": "logging.StreamHandler", "formatter": "optiid", "stream": "ext://sys.stderr"}
    logger = {"handlers": ["console"], "level": "WARNING", "propagate": False}
    return {
        "formatters": {"optiid": {"()": formatter_of(settings)}},
        "handlers": {"console": console},
        "loggers": {"gunicorn.error": logger},
    }


def options(settings: Settings) -> dict[str, Any]:
    """Return gunicorn's settings by name."""
    found: dict[str, Any] = {
        "bind": f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": "optiid.serving_worker.ScimWorker",
        # The worker makes room at a thousand by itself; at its own limit gunicorn would accept nobody.
        "worker_connections": 2000,
        "timeout": 60,
        "graceful_timeout": 30,
        "keepalive": 5,
        "limit_request_line": 8190,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        "forwarded_allow_ips": ",".join(LOOPBACK if settings.trusted_proxies is None else settings.trusted_proxies),
        "header_map": "drop",
        "accesslog": None,
        "logconfig_dict": log_options(settings),
        # Its socket in the home folder would be shared by all instances of a user.
        "control_socket_disable": True,
        # Restarts after so many requests reset connections of threaded workers.
        "max_requests": 0,
        "when_ready": draining_first(settings),
        "post_fork": bounding(settings),
        "post_worker_init": after_start,
        "post_request": note_limited,
    }
    return found | ({"worker_tmp_dir": str(SHARED_MEMORY)} if SHARED_MEMORY.is_dir() else {})


# gunicorn reads its settings from this module's names.
globals().update(options(load_settings()))
