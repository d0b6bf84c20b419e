"""Requests to the token endpoint."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from tests.running import Reply

FORM = "application/x-www-form-urlencoded"


def post(service: Any, body: Any, headers: dict[str, str] | None = None, method: str = "POST") -> Reply:
    raw = body if isinstance(body, bytes) else form(body).encode()
    reply: Reply = service.send(method, "/oauth/token", raw, {"Content-Type": FORM} | (headers or {}))
    assert reply.headers["Cache-Control"] == "no-store"
    return reply


def form(body: dict[str, str]) -> str:
    return urlencode({"grant_type": "client_credentials"} | body)


def basic(ident: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{ident}:{secret}".encode()).decode()}
