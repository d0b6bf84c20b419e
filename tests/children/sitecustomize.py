"""Looks at the statements of each process that the tests start; Python imports it, since they put it on PYTHONPATH.

Nothing happens until a process imports the service's database, and nothing in the service knows of it.
"""

from __future__ import annotations

import os
import sys
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

DATABASE = "optiid.storage.database"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 - pathlib costs each process its import


class Watcher(MetaPathFinder):
    """Watches the statements of this process as soon as its database module was loaded."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Return how the database module is found and loaded, with the watch at the end; nothing for other modules."""
        if name != DATABASE:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_watch(module: Any) -> None:
                load(module)
                if ROOT not in sys.path:
                    sys.path.append(ROOT)
                from tests import organization_named  # noqa: PLC0415 - it needs the service, which is loaded by now

                organization_named.watch()

            spec.loader.exec_module = load_and_watch  # type: ignore[method-assign]  # of this one loader
        return spec


if "CHILDREN_STATEMENTS" in os.environ:
    sys.meta_path.insert(0, Watcher())
