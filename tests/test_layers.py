"""Imports point one way (the house's section 3): read from the source, told in a sentence when they do not."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
BASE = {
    "errors",
    "clock",
    "settings",
    "credentials",
    "logs",
    "gunicorn_conf",
    "serving_bounds",
    "draining",
    "security_headers",
}
# What each layer may import of optiid, besides itself and the base.
MAY_IMPORT = {
    "scim": set(),
    "profiles": {"scim"},
    "storage": {"scim"},
    "migrations": set(),
    "services": {"scim", "profiles", "storage"},
    "web": {"scim", "profiles", "services", "storage.database", "storage.migrating", "storage.resources"},
    "application": {"web", "profiles", "services", "storage"},
    "dispatching": {"application", "web", "services.identify", "storage"},
    "serving": {"dispatching", "profiles.loading", "storage"},
    "serving_arrival": set(),
    "serving_socket": {"serving_arrival"},
    "serving_refusals": {"scim"},
    "serving_lanes": set(),
    "serving_worker": {"serving_lanes", "serving_refusals", "serving_socket"},
    "cli": {"application", "serving", "services", "storage", "profiles"},
}
# Packages that only some layers may know.
FENCES = {
    "flask": {"web", "application", "dispatching", "cli", "serving", "app", "wsgi"},
    "werkzeug": {"web"},
    "peewee": {"storage", "migrations"},
    "playhouse": {"storage", "migrations"},
    "pluggy": {"profiles"},
    "marshmallow": {"scim", "profiles", "plugins", "web"},
    "apispec": {"web"},
    "click": {"cli"},
    "gunicorn": {"serving", "serving_refusals", "serving_worker", "gunicorn_conf", "cli"},
}
PLUGINS_MAY_IMPORT = {"optiid.profiles.api", "marshmallow"}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted([*(ROOT / "optiid").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]):
        yield path.relative_to(ROOT).as_posix(), path


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer_of(name: str) -> str:
    parts = Path(name).with_suffix("").parts
    return "plugins" if parts[0] == "plugins" else (parts[1] if len(parts) > 1 else parts[0])


def wrong(name: str, imported: str) -> str | None:
    layer, top = layer_of(name), imported.split(".", maxsplit=1)[0]
    if top in FENCES and layer not in FENCES[top]:
        return f"{name} imports {top}: only {', '.join(sorted(FENCES[top]))} may"
    if layer == "plugins":
        allowed = top in sys.stdlib_module_names or any(imported.startswith(known) for known in PLUGINS_MAY_IMPORT)
        return None if allowed else f"{name} imports {imported}: a plugin may import optiid.profiles.api"
    if top != "optiid" or layer in BASE or imported == "optiid.__version__":
        return None if layer not in BASE or top != "optiid" else _wrong_base(name, imported)
    target = imported.removeprefix("optiid.")
    if target.split(".")[0] in BASE | {layer, "__version__"}:
        return None
    known = MAY_IMPORT.get(layer)
    if known is not None and any(target == place or target.startswith(place + ".") for place in known):
        return None
    return f"{name} imports {imported}: {layer} may import {', '.join(sorted(known or ())) or 'nothing above it'}"


def _wrong_base(name: str, imported: str) -> str | None:
    target = imported.removeprefix("optiid.").split(".")[0]
    return None if target in BASE | {"__version__"} else f"{name} imports {imported}: the base imports nothing above it"


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_point_down(name: str, path: Path) -> None:
    if name == "optiid/__init__.py":
        return
    found = [sentence for imported in imports(path) if (sentence := wrong(name, imported))]
    assert not found, "\n".join(found)


def test_core_names_no_identity_provider() -> None:
    words = (
        *("entra", "okta", "pingone", "azure", "microsoft", "onelogin", "jumpcloud", "pingfederate", "google"),
        *("sailpoint", "authentik", "keycloak"),
    )
    named = [
        f"{name}: {word}"
        for name, path in modules()
        if name.startswith("optiid/")
        for word in words
        if word in path.read_text().lower()
    ]
    assert not named


# What signs for OAuth clients pulls cryptography in: a sixth of every start, for what most installations never use.
LATE = ("optiid/services/clients.py", "optiid/services/granting.py")


def test_no_import_inside_a_function() -> None:
    late = [
        f"{name}:{node.lineno}"
        for name, path in modules()
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not name.startswith(("optiid/cli/", *LATE))
    ]
    assert not late
