"""Routes by their text: most paths are fixed but for a last part, and need no walk through werkzeug's expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.routing import MapAdapter

if TYPE_CHECKING:
    from werkzeug.routing import Map

    Found = tuple[str, dict[str, Any]]


class RouteTable:
    """The endpoints of a map by method and path, and those that end in one named part by what stands before it."""

    def __init__(self, url_map: Map) -> None:
        self._map = url_map
        self.fixed: dict[tuple[str, str], str] = {}
        self.named: dict[tuple[str, str], tuple[str, str]] = {}
        for rule in url_map.iter_rules():
            head, _, last = rule.rule.rpartition("/")
            if "<" in head:
                continue
            for method in rule.methods or ():
                if not rule.arguments:
                    self.fixed[method, rule.rule] = rule.endpoint
                elif last == f"<{(name := next(iter(rule.arguments)))}>":
                    self.named[method, head] = rule.endpoint, name

    def find(self, path: str, method: str) -> Found:
        """Return the endpoint of a path and its named parts. Raises werkzeug's HTTPExceptions for what is wrong."""
        endpoint = self.fixed.get((method, path))
        if endpoint is not None:
            return endpoint, {}
        head, _, last = path.rpartition("/")
        found = self.named.get((method, head))
        # `Name` of http.py: a part that begins with a dot names nothing.
        if found is not None and last and last[0] != ".":
            return found[0], {found[1]: last}
        return self.walked(path, method)

    def walked(self, path: str, method: str) -> Found:
        """Return what werkzeug finds; the Host header decides nothing (rule R13)."""
        endpoint, parts = MapAdapter(self._map, "localhost", "/", "", "http", path, method).match()
        return str(endpoint), dict(parts)
