"""What gunicorn serves for a benchmark: the service, a bare Flask route, and what tells that all is stored."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from flask import Flask

from optiid.application import create_app
from optiid.web.service import EXTENSION
from tests.benchmarks.settling import listen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

BARE = "/bare"
BODY = {"id": "7", "text": "x" * 900}

bare, scim = Flask("bare"), create_app()


@bare.get(BARE)
def answer() -> dict[str, str]:
    """Answer about a kilobyte of JSON."""
    return BODY


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Lead the bare route past the service."""
    return (bare if environ["PATH_INFO"] == BARE else scim)(environ, start_response)


threading.Thread(target=listen, args=[scim.extensions[EXTENSION].logbook], daemon=True).start()
