"""From any exception to the error of the door it happened at: the SCIM form for SCIM, a problem document for /api."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from optiid.web.admin import problems
from optiid.web.scim import failures

if TYPE_CHECKING:
    from flask import Response


def answer_failure(error: Exception) -> Response:
    """Return the answer of an exception."""
    is_admin = request.path == "/api" or request.path.startswith("/api/")
    return problems.answer_failure(error) if is_admin else failures.answer_failure(error)
