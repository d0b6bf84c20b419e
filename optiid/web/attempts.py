"""What both doors ask and tell about requests that bear nothing to come in with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optiid.web.visit import Visit


def check(visit: Visit, header: str | None) -> None:
    """Refuse at once what came from its address in vain before, too often. Raises TooManyRequestsError."""
    attempts = visit.service.attempts
    if attempts.any:
        attempts.check(_sender(visit), header)


def failed(visit: Visit, header: str | None) -> None:
    """Count a request in vain. Raises TooManyRequestsError when there were too many from its address."""
    visit.service.attempts.failed(_sender(visit), header)


def _sender(visit: Visit) -> str:
    """Return the address that stands for a request; "" for a proxy that does not tell whom it forwards."""
    address = visit.origin().address
    return "" if visit.service.proxies.trusts(address) else address
