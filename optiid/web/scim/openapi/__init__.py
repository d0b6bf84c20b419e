"""The OpenAPI document of the SCIM surface, joined from the hand-written parts beside this file.

It is served without a token: it says nothing of any organization, and tools that read it send none.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson
from flask import Blueprint

from optiid import __version__
from optiid.web.reply import Reply
from optiid.web.service import current_service

PARTS = Path(__file__).parent
MEDIA_TYPE = "application/json"


def blueprint(prefix: str) -> Blueprint:
    """Return the blueprint of the document; its own, since nobody is asked for a token here."""
    made = Blueprint("openapi", __name__, url_prefix=prefix)
    made.add_url_rule("/openapi.json", view_func=show_openapi, methods=["GET"], provide_automatic_options=False)
    return made


def show_openapi() -> Reply:
    """Answer GET on `/openapi.json`."""
    return Reply(200, _encoded(current_service().settings.scim_base_url), {"Content-Type": MEDIA_TYPE})


@cache
def document(base_url: str) -> dict[str, Any]:
    """Return the document of the service at a URL (rule R13: the configured one)."""
    joined: dict[str, Any] = {}
    for part in sorted(PARTS.glob("*.json")):
        _join(joined, orjson.loads(part.read_bytes()))
    joined["info"]["version"] = __version__
    joined["servers"] = [{"url": base_url}]
    return joined


@cache
def _encoded(base_url: str) -> bytes:
    return orjson.dumps(document(base_url))


def _join(whole: dict[str, Any], part: dict[str, Any]) -> None:
    """Add a part to the whole: objects that both have are joined, and nothing else is in both."""
    for name, value in part.items():
        if name in whole:
            _join(whole[name], value)
        else:
            whole[name] = value
