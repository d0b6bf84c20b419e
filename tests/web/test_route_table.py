"""Paths that are found by look-up: what werkzeug would find for each, and the same refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.exceptions import HTTPException

from optiid.web.route_table import RouteTable

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ODD = ["/", "/scim", "/scim/v2/Users/.search", "/scim/v2/Users/.x", "/scim/v2/Users/a/b", "/api/v1/nothing", "//"]


def found(find: Callable[[str, str], Any], path: str, method: str) -> Any:
    try:
        return find(path, method)
    except HTTPException as error:
        return type(error), getattr(error, "valid_methods", None)


def paths_of(url_map: Any) -> list[str]:
    """Return a path of each rule, also with a part that is named oddly."""
    made = [*ODD]
    for rule in url_map.iter_rules():
        for part in ("7", "a b:ü", ".x", "Users"):
            path = rule.rule
            for name in rule.arguments:
                path = path.replace(f"<{name}>", part)
            made.append(path)
    return made


@pytest.mark.parametrize("method", METHODS)
def test_the_same_is_found_as_by_werkzeug(service: Any, method: str) -> None:
    url_map = service.app.url_map
    table = RouteTable(url_map)
    for path in paths_of(url_map):
        assert found(table.find, path, method) == found(table.walked, path, method), (method, path)


def test_most_routes_need_no_walk(service: Any) -> None:
    table = RouteTable(service.app.url_map)
    assert ("GET", "/scim/v2/Users") in table.fixed
    assert ("PATCH", "/scim/v2/Groups") in table.named
