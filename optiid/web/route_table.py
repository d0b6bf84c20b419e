"""Routes by their text: most paths are fixed but for a last part, and need no walk through werkzeug's expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.routing import MapAdapter

if TYPE_CHECKING:
    from werkzeug.routing import Map, Rule


class RouteTable:
    """The rules of a map by method and path, and those that end in one named part by what stands before it."""

    def __init__(self, url_map: Map) -> None:
        self._map = url_map
        self.fixed: dict[tuple[str, str], Rule] = {}
        self.named: dict[tuple[str, str], tuple[Rule, str]] = {}
        for rule in url_map.iter_rules():
            head, _, last = rule.rule.rpartition("/")
            if "<" in head:
                continue
            for method in rule.methods or ():
                if not rule.arguments:
                    self.fixed[method, rule.rule] = rule
                elif last == f"<{(name := next(iter(rule.arguments)))}>":
                    self.named[method, head] = rule, name

    def adapter(self, path: str, method: str) -> MapAdapter:
        """Return what finds the rule of a path."""
        return _Adapter(self, self._map, path, method)


class _Adapter(MapAdapter):
    """One look-up or two; werkzeug is asked for what they do not find, and has the words for what is wrong."""

    def __init__(self, table: RouteTable, url_map: Map, path: str, method: str) -> None:
        super().__init__(url_map, "localhost", "/", "", "http", path, method)
        self._table = table

    def match(self, *arguments: Any, **options: Any) -> Any:
        """Return the rule and the named parts of the path, as Flask asks for them. Raises HTTPExceptions."""
        path, method = self.path_info, self.default_method
        rule = self._table.fixed.get((method, path))
        if rule is not None:
            return rule, {}
        head, _, last = path.rpartition("/")
        found = self._table.named.get((method, head))
        # `Name` of http.py: a part that begins with a dot names nothing.
        if found is not None and last and last[0] != ".":
            return found[0], {found[1]: last}
        return super().match(*arguments, **options)
