"""gunicorn's settings, for `gunicorn -c python:optiid.gunicorn_conf wsgi:app` and for `optiid serve`.

Request heads are bounded, threads are many enough that slow clients cannot hold the service, and gunicorn keeps no
access log of its own, since it would hold filters and so names of people.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optiid.logs import formatter_of
from optiid.settings import Settings, load_settings

if TYPE_CHECKING:
    from gunicorn.workers.base import Worker

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - heartbeats of workers on a disk can stall them


def after_start(_worker: Worker) -> None:
    """Keep what was imported out of the garbage collector's rounds: it lives as long as the worker."""
    gc.collect()
    gc.freeze()


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
        "timeout": 60,
        "graceful_timeout": 30,
        "keepalive": 5,
        "limit_request_line": 8190,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        "forwarded_allow_ips": "127.0.0.1,::1",
        "header_map": "drop",
        "accesslog": None,
        "logconfig_dict": log_options(settings),
        # Its socket in the home folder would be shared by all instances of a user.
        "control_socket_disable": True,
        "post_worker_init": after_start,
    }
    return found | ({"worker_tmp_dir": str(SHARED_MEMORY)} if SHARED_MEMORY.is_dir() else {})


# gunicorn reads its settings from this module's names.
globals().update(options(load_settings()))
