"""The headers of every answer, whoever gives it (rule R12).

Nothing may be cached or sniffed. None is a page: a browser that shows one loads, runs and embeds nothing for it.
"""

from __future__ import annotations

SECURITY_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
)
