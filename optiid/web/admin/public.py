"""What the admin API tells to anybody: its description, and what its types of problems mean."""

from __future__ import annotations

from dataclasses import asdict

import orjson
from flask import Blueprint

from optiid.errors import NotFoundError
from optiid.web.admin import openapi
from optiid.web.admin.problems import KINDS
from optiid.web.reply import Reply
from optiid.web.service import current_service

MEDIA_TYPE = "application/json"


def blueprint(prefix: str) -> Blueprint:
    """Return the blueprint of both."""
    made = Blueprint("admin_public", __name__, url_prefix=prefix)
    made.add_url_rule("/openapi.json", view_func=show_openapi, methods=["GET"], provide_automatic_options=False)
    made.add_url_rule("/problems/<code>", view_func=show_problem, methods=["GET"], provide_automatic_options=False)
    return made


def show_openapi() -> Reply:
    """Answer GET on `/openapi.json`."""
    document = openapi.encoded(current_service().settings.public_origin)
    return Reply(200, document, {"Content-Type": MEDIA_TYPE})


def show_problem(code: str) -> Reply:
    """Answer GET on the URL that is the type of a problem."""
    for kind in KINDS.values():
        if kind.code == code:
            return Reply(200, orjson.dumps(asdict(kind)), {"Content-Type": MEDIA_TYPE})
    raise NotFoundError("There is no such type of problem")
