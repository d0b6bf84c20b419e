"""From any exception to the error of the door it happened at: the SCIM form for SCIM, a problem document for /api."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.web import oauth
from optiid.web.admin import problems
from optiid.web.scim import failures
from optiid.web.token_request import PREFIX
from optiid.web.visit import current_visit

if TYPE_CHECKING:
    from optiid.web.reply import Reply


def answer_failure(error: Exception) -> Reply:
    """Return the answer of an exception."""
    path = current_visit().path
    if path.startswith(PREFIX + "/"):
        return oauth.answer_failure(error)
    is_admin = path == "/api" or path.startswith("/api/")
    return problems.answer_failure(error) if is_admin else failures.answer_failure(error)
