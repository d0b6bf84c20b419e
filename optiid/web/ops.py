"""`/healthz`: the process answers. `/readyz`: it can do its work, so traffic may come."""

from __future__ import annotations

from flask import Blueprint

from optiid import draining
from optiid.errors import OptiidError
from optiid.storage.migrating import status
from optiid.web.reply import Reply
from optiid.web.service import current_service

JSON = {"Content-Type": "application/json"}


def blueprint() -> Blueprint:
    """Return the blueprint of the two probes."""
    made = Blueprint("ops", __name__)
    made.add_url_rule("/healthz", view_func=show_health, methods=["GET"], provide_automatic_options=False)
    made.add_url_rule("/readyz", view_func=show_readiness, methods=["GET"], provide_automatic_options=False)
    return made


def show_health() -> Reply:
    """Answer 200 as long as the process runs."""
    return Reply(200, b'{"status":"ok"}', dict(JSON))


def show_readiness() -> Reply:
    """Answer 200 when the database can be read and has all its tables and nothing stops the service, else 503."""
    try:
        ready = not draining.begun() and not status(current_service().database).pending
    except OptiidError:
        ready = False
    body = b'{"status":"ready"}' if ready else b'{"status":"not ready"}'
    return Reply(200 if ready else 503, body, dict(JSON))
