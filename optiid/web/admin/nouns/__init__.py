"""The nouns of the admin API: one file each, with its shapes, its views and its routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.web.admin.nouns import (
    access,
    adoptions,
    audit,
    clients,
    connections,
    events,
    exports,
    grants,
    groups,
    histories,
    holds,
    instances,
    keys,
    logbook,
    moves,
    organizations,
    plans,
    products,
    profiles,
    schemas,
    tokens,
    tombstones,
    users,
)

if TYPE_CHECKING:
    from optiid.web.admin.route import Route

NOUNS: dict[str, tuple[Route, ...]] = {
    "organizations": organizations.ROUTES,
    "connections": connections.ROUTES,
    "plans": plans.ROUTES,
    "tokens": tokens.ROUTES,
    "clients": clients.ROUTES,
    "users": users.ROUTES,
    "histories": histories.ROUTES,
    "exports": exports.ROUTES,
    "groups": groups.ROUTES,
    "access": access.ROUTES,
    "products": products.ROUTES,
    "instances": instances.ROUTES,
    "grants": grants.ROUTES,
    "holds": holds.ROUTES,
    "tombstones": tombstones.ROUTES,
    "adoptions": adoptions.ROUTES,
    "moves": moves.ROUTES,
    "logbook": logbook.ROUTES,
    "audit": audit.ROUTES,
    "events": events.ROUTES,
    "profiles": profiles.ROUTES,
    "schemas": schemas.ROUTES,
    "keys": keys.ROUTES,
}
ROUTES: tuple[Route, ...] = tuple(route for routes in NOUNS.values() for route in routes)
