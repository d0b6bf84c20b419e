"""Find profile plugins, import those that are in use, and build the chain of each.

Two places are looked at, in this order: the folders (the shipped one, then one of the operator's), where each `NAME.py`
and each sub-folder with `__init__.py` is a plugin; then packages with an entry point in the group `optiid.profiles`.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import PathFinder
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

import pluggy

from optiid.errors import OptiidError, ProfileError
from optiid.profiles import hookspecs, standard, tracing
from optiid.profiles.profile import Profile
from optiid.profiles.registry import ProfileRegistry
from optiid.profiles.types import ProfileInfo
from optiid.settings import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GROUP = "optiid.profiles"
# Plugins get a private name: a top-level module called `plugins` would collide with others.
PACKAGE = "optiid_profiles"
API = 1
NOTHING: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
# By profile: defaults of its connection settings, and where each was found.
Configured = tuple[Mapping[str, Mapping[str, Any]], Mapping[str, Mapping[str, str]]]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin before it is imported: a file or an entry point."""

    name: str
    place: Path | EntryPoint

    @property
    def source(self) -> str:
        """Where it is, for people."""
        if isinstance(self.place, EntryPoint):
            return f"package {self.place.dist.name if self.place.dist else self.place.value}"
        return str(self.place)


def shipped_folder() -> Path:
    """Return the folder of the profiles that come along: beside the package, or in the wheel a package of its own."""
    checkout = Path(__file__).resolve().parents[2]
    # Somebody else's `plugins` may lie beside an installed package: only a checkout has the project file as well.
    if (checkout / "pyproject.toml").is_file():
        return checkout / "plugins"
    installed = PathFinder.find_spec(PACKAGE)
    if installed is None or not installed.submodule_search_locations:
        raise ProfileError(f"The package {PACKAGE} with the shipped profiles is missing: install optiid again")
    return Path(next(iter(installed.submodule_search_locations)))


def load_profiles(
    folder: Path | None,
    enabled: tuple[str, ...] | None,
    defaults: Mapping[str, Mapping[str, Any]],
    origins: Mapping[str, Mapping[str, str]] = NOTHING,
    *,
    trace: bool = False,
) -> ProfileRegistry:
    """Return the registry of all profiles; `enabled` None means all that are found.

    `defaults` are connection settings by profile, `origins` says for people where each was found. A plugin that is not
    in use is not even imported. Raises ProfileError for a broken plugin in use, and for a name in `enabled` or
    `defaults` that no plugin has.
    """
    found = _find_all(folder)
    known = ("standard", *found)
    for name in (*(enabled or ()), *defaults):
        if name not in known:
            raise ProfileError(_unknown(name, known, origins))
    modules: dict[str, ModuleType] = {"standard": standard}
    for plugin in found.values():
        if enabled is None or plugin.name in enabled:
            modules[plugin.name] = _load(plugin)
    return _registry(modules, found, (defaults, origins), trace=trace)


def load_chain(
    folder: Path | None,
    name: str,
    defaults: Mapping[str, Mapping[str, Any]] = NOTHING,
    origins: Mapping[str, Mapping[str, str]] = NOTHING,
) -> ProfileRegistry:
    """Return the registry of one profile and what it extends, whether they are in use or not.

    What other plugins do wrong is no matter. Raises ProfileError.
    """
    found = _find_all(folder)
    modules: dict[str, ModuleType] = {"standard": standard}
    while name not in modules:
        if name not in found:
            raise ProfileError(_unknown(name, ("standard", *found), {}))
        modules[name] = _load(found[name])
        with _naming(name, found[name].source):
            name = _info(name, modules[name]).extends
    return _registry(modules, found, (defaults, origins), trace=False)


def known_names(folder: Path | None) -> list[str]:
    """Return the names of all profiles that are found, without importing any."""
    return ["standard", *_find_all(folder)]


def _unknown(name: str, known: Iterable[str], origins: Mapping[str, Mapping[str, str]]) -> str:
    places = sorted(set(origins.get(name, {}).values()))
    where = f" ({', '.join(places)})" if places else ""
    return f"There is no profile {name!r}{where}; the nearest is {nearest(name, known)}; found are {', '.join(known)}"


def _registry(
    modules: Mapping[str, ModuleType], found: Mapping[str, Found], configured: Configured, *, trace: bool
) -> ProfileRegistry:
    profiles = {
        name: _build(name, modules, found[name].source if name in found else "built in", configured, trace)
        for name in modules
    }
    return ProfileRegistry(profiles, {name: found[name].source for name in found if name not in modules})


def _find_all(folder: Path | None) -> dict[str, Found]:
    found: dict[str, Found] = {}
    for plugin in (*_in_folder(shipped_folder()), *(_in_folder(folder) if folder else ()), *_installed()):
        if plugin.name == "standard" or plugin.name in found:
            taken = found[plugin.name].source if plugin.name in found else "built in"
            logger.warning("profile %r in %s is skipped: the name is taken by %s", plugin.name, plugin.source, taken)
        else:
            found[plugin.name] = plugin
    return found


def _in_folder(folder: Path) -> Iterator[Found]:
    if not folder.is_dir():
        raise ProfileError(f"The profiles folder {folder} does not exist")
    for path in sorted(folder.iterdir()):
        if path.name.startswith(("_", ".")):
            continue
        if path.is_dir() and (path / "__init__.py").is_file():
            yield Found(path.name.replace("_", "-"), path / "__init__.py")
        elif path.suffix == ".py" and path.is_file():
            yield Found(path.stem.replace("_", "-"), path)


def _installed() -> Iterator[Found]:
    return (Found(entry.name, entry) for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name))


def _load(plugin: Found) -> ModuleType:
    try:
        module = plugin.place.load() if isinstance(plugin.place, EntryPoint) else _import(plugin.name, plugin.place)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise ProfileError(f"Profile {plugin.name!r} in {plugin.source} cannot be loaded: {told}") from error
    loaded: ModuleType = module
    return loaded


def _import(name: str, path: Path) -> ModuleType:
    """Return the module of a plugin in a folder; like any other it is executed once per process."""
    full_name = f"{PACKAGE}.{name.replace('-', '_')}"
    known = sys.modules.get(full_name)
    if known is not None and known.__file__ == str(path):
        return known
    _forget(full_name)
    locations = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(full_name, path, submodule_search_locations=locations)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    # Relative imports inside a plugin need a parent package, whichever folder the plugin lies in.
    sys.modules.setdefault(PACKAGE, ModuleType(PACKAGE)).__path__ = []
    sys.modules[full_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        _forget(full_name)
        raise
    return module


def _forget(full_name: str) -> None:
    """Drop a plugin and its parts, so that another plugin of that name does not get them."""
    for known in [name for name in sys.modules if name == full_name or name.startswith(f"{full_name}.")]:
        del sys.modules[known]


def _build(name: str, modules: Mapping[str, ModuleType], source: str, configured: Configured, trace: bool) -> Profile:
    """Return the profile of a chain. Raises ProfileError naming it, whatever is wrong with its plugin."""
    with _naming(name, source):
        chain = _chain(name, modules)
        if trace:
            tracing.trace(chain)
        defaults, origins = configured
        return Profile(name, chain, source, defaults.get(name, {}), origins.get(name, {}))


@contextmanager
def _naming(name: str, source: str) -> Iterator[None]:
    """Make any fault of a plugin a ProfileError that names it."""
    try:
        yield
    except OptiidError as error:
        raise ProfileError(f"Profile {name!r} in {source}: {error}") from error
    except Exception as error:
        raise ProfileError(f"Profile {name!r} in {source}: {type(error).__name__}: {error}") from error


def _chain(name: str, modules: Mapping[str, ModuleType]) -> pluggy.PluginManager:
    """Return the manager of a chain; pluggy asks what was registered last first, so `standard` goes in first."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for link in reversed(_links(name, modules)):
        manager.register(modules[link], name=link)
    manager.check_pending()
    return manager


def _links(name: str, modules: Mapping[str, ModuleType]) -> list[str]:
    """Return the names of a chain, from the profile to `standard`."""
    links: list[str] = []
    while name not in links:
        links.append(name)
        if name == "standard":
            return links
        info = _info(name, modules[name])
        if info.extends not in modules:
            raise ProfileError(f"it extends {info.extends!r}, which is not in use")
        name = info.extends
    raise ProfileError(f"it extends itself: {' -> '.join([*links, name])}")


def _info(name: str, module: ModuleType) -> ProfileInfo:
    tell = getattr(module, "profile_info", None)
    info = tell() if tell is not None else None
    if not isinstance(info, ProfileInfo):
        raise ProfileError("it must implement the hook profile_info and return a ProfileInfo")
    if info.name != name:
        raise ProfileError(f"its profile_info says the name is {info.name!r}")
    if info.api != API:
        raise ProfileError(f"it was made for version {info.api} of the hooks; here is version {API}")
    return info
