"""The settings of a process: one table, read from a TOML file and OPTIID_* variables into a frozen Settings.

Rules of an organization and settings of a connection are not here: they live in the database.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from optiid.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PREFIX = "OPTIID_"
CONFIG_VARIABLE = "OPTIID_CONFIG"
CONFIG_FILE = "optiid.toml"
# No settings, and no misspelt ones either.
RESERVED_VARIABLES = (CONFIG_VARIABLE, "OPTIID_REQUIRE")
RESERVED_PREFIX = "OPTIID_TEST_"
LIMITS_TABLE = "limits"
PROFILES_TABLE = "profiles"
MIB = 1024 * 1024
LARGEST_PORT = 65535

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the table; `table` is the TOML table that holds it ("" = the top of the file)."""

    name: str
    type: str
    default: Any
    help: str
    table: str
    choices: tuple[str, ...]
    least: float | None
    secret: bool

    @property
    def key(self) -> str:
        """Return the dotted name that the TOML file uses."""
        return f"{self.table}.{self.name}".lstrip(".")

    @property
    def variable(self) -> str:
        """Return the environment variable."""
        return PREFIX + self.name.upper()


def _setting(
    default: Value, text: str, *, choices: tuple[str, ...] = (), least: float | None = None, secret: bool = False
) -> Value:
    about = {"help": text, "table": "", "choices": choices, "least": least, "secret": secret}
    return field(default=default, repr=not secret, metadata=about)


def _limit(default: Value, text: str) -> Value:
    about = {"help": text, "table": LIMITS_TABLE, "choices": (), "least": 1, "secret": False}
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class Settings:
    """What a process was told. Nothing reads the environment after this was made."""

    home: str = _setting("./var", "Folder of the data; SQLite's database lives there. Made when missing.")
    database_url: str = _setting(
        "",
        "Where the data is: `postgresql://user:password@host/name`, `sqlite:///path`; empty: SQLite in `home`.",
        secret=True,
    )
    public_url: str = _setting(
        "", "Address under which clients reach the service; links come from it alone. Empty: `http://HOST:PORT`."
    )
    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8000, "Port to listen on.", least=1)
    workers: int = _setting(2, "Number of worker processes.", least=1)
    threads: int = _setting(32, "Number of threads of each worker.", least=1)
    profiles_enabled: tuple[str, ...] | None = _setting(
        None, "Names of the profiles that may be used, by comma. Not given: all that are found."
    )
    profiles_folder: str = _setting("", "Folder with profiles of your own, used beside the shipped ones.")
    rate_limit_enabled: bool = _setting(default=True, text="Whether connections have a limit of requests per second.")
    log_level: str = _setting(
        "info", "Least weight of what is logged.", choices=("debug", "info", "warning", "error", "critical")
    )
    log_format: str = _setting(
        "json", "JSON lines, or one short line per request for people.", choices=("json", "text")
    )
    trace_hooks: bool = _setting(default=False, text="Whether each call of a profile's hook is logged (slow).")
    database_pool: int = _setting(16, "Most connections of a worker to PostgreSQL.", least=1)
    busy_timeout_seconds: float = _setting(5.0, "How long a write waits for another before it gives up.", least=0)
    last_used_interval_seconds: float = _setting(60.0, "How often at most a token's last use is written down.", least=0)
    tombstone_retention_days: int = _setting(30, "How long a deprovisioned user can still be restored.", least=1)
    body_limit: int = _limit(MIB, "Largest request body in bytes.")
    group_body_limit: int = _limit(16 * MIB, "Largest body of a group request in bytes.")
    bulk_body_limit: int = _limit(4 * MIB, "Largest body of a bulk request in bytes.")
    bulk_operations: int = _limit(1000, "Most operations in a bulk request.")
    bulk_seconds: float = _limit(20.0, "Longest run of a bulk in seconds; the rest of it is answered 503.")
    json_depth: int = _limit(32, "Deepest nesting of a body.")
    filter_length: int = _limit(8192, "Longest filter in bytes.")
    filter_depth: int = _limit(32, "Deepest nesting of a filter.")
    filter_terms: int = _limit(100, "Most comparisons in a filter.")
    path_length: int = _limit(1024, "Longest PATCH path in characters.")
    patch_operations: int = _limit(1000, "Most operations in a PATCH.")
    values_limit: int = _limit(1000, "Most values of a multi-valued attribute, members aside.")
    members_limit: int = _limit(100_000, "Most members in one request.")
    string_length: int = _limit(4096, "Longest text value in characters.")
    page_default: int = _limit(100, "Resources on a page when the client names no count.")
    page_limit: int = _limit(200, "Most resources on a page.")
    cursor_timeout_seconds: int = _limit(3600, "How long the cursor of a page can be used, in seconds.")
    profiles: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: MappingProxyType({}),
        metadata={"help": "Defaults of a profile's connection settings, one table per profile: `[profiles.NAME]`."},
    )

    @property
    def public_origin(self) -> str:
        """Return `public_url`, or what follows from the address this process listens on."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def scim_base_url(self) -> str:
        """Return the base URL that administrators give to their identity provider."""
        return self.public_origin + "/scim/v2"


def _table() -> Iterator[Setting]:
    for entry in fields(Settings):
        if entry.name != PROFILES_TABLE:
            yield Setting(name=entry.name, type=str(entry.type), default=entry.default, **entry.metadata)


SETTINGS: tuple[Setting, ...] = tuple(_table())
_BY_KEY = {setting.key: setting for setting in SETTINGS}
_BY_VARIABLE = {setting.variable: setting for setting in SETTINGS}


def load_settings(
    environ: Mapping[str, str] | None = None, file: str | Path | None = None, **overrides: Any
) -> Settings:
    """Return the settings: defaults, then the TOML file, then the environment, then `overrides` that are not None.

    The file is `file`, else what OPTIID_CONFIG names, else `optiid.toml` in the working folder if there is one; who
    hands in an `environ` of their own gets no file unless they name it. Raises SettingsError.
    """
    found = _find_file(os.environ if environ is None else environ, file, look_here=environ is None)
    values = _read_file(found) if found else {}
    values |= _read_environment(os.environ if environ is None else environ)
    values |= {name: _check_override(name, value) for name, value in overrides.items() if value is not None}
    return Settings(**values)


def _find_file(environ: Mapping[str, str], file: str | Path | None, *, look_here: bool) -> Path | None:
    named = file or environ.get(CONFIG_VARIABLE)
    if named:
        path = Path(named)
        if not path.is_file():
            raise SettingsError(f"The settings file {path} does not exist")
        return path
    return Path(CONFIG_FILE) if look_here and Path(CONFIG_FILE).is_file() else None


def _read_file(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}") from error
    values: dict[str, Any] = {}
    profiles = document.pop(PROFILES_TABLE, {})
    if not isinstance(profiles, dict) or not all(isinstance(table, dict) for table in profiles.values()):
        raise SettingsError(f"{path}: profiles must be tables such as [profiles.NAME]")
    for key, value in _flatten(document):
        if key not in _BY_KEY:
            raise SettingsError(f"{path}: there is no setting {key!r}{_nearest(key, list(_BY_KEY))}")
        setting = _BY_KEY[key]
        values[setting.name] = _check(setting, value, f"{path}: {key}")
    if profiles:
        values[PROFILES_TABLE] = MappingProxyType({name: MappingProxyType(table) for name, table in profiles.items()})
    return values


def _flatten(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable in RESERVED_VARIABLES or variable.startswith(RESERVED_PREFIX):
            continue
        if variable not in _BY_VARIABLE:
            raise SettingsError(f"There is no setting {variable}{_nearest(variable, list(_BY_VARIABLE))}")
        setting = _BY_VARIABLE[variable]
        values[setting.name] = _check(setting, text, variable)
    return values


def _check_override(name: str, value: Any) -> Any:
    if name == PROFILES_TABLE:
        return value
    by_name = {setting.name: setting for setting in SETTINGS}
    if name not in by_name:
        raise SettingsError(f"There is no setting {name!r}{_nearest(name, list(by_name))}")
    return _check(by_name[name], value, name)


def _nearest(wrong: str, known: list[str]) -> str:
    longer = [name for name in known if name.startswith(wrong)]
    return f"; the nearest is {(longer or difflib.get_close_matches(wrong, known, n=1, cutoff=0.0))[0]}"


def _check(setting: Setting, value: Any, where: str) -> Any:
    try:
        checked = _READERS[setting.type](value)
    except ValueError as error:
        raise SettingsError(f"{where} must be {error}" + ("" if setting.secret else f", not {value!r}")) from error
    if setting.choices and checked not in setting.choices:
        raise SettingsError(f"{where} must be one of {', '.join(setting.choices)}, not {value!r}")
    if setting.least is not None and checked < setting.least:
        raise SettingsError(f"{where} must be at least {setting.least:g}, not {value!r}")
    if setting.name == "port" and checked > LARGEST_PORT:
        raise SettingsError(f"{where} must be at most {LARGEST_PORT}, not {value!r}")
    if setting.name == "public_url" and checked:
        _check_url(checked, where)
    return checked


def _check_url(url: str, where: str) -> None:
    parts = urlsplit(url)
    is_web = parts.scheme in ("http", "https") and parts.netloc
    if not is_web or parts.query or parts.fragment or "@" in parts.netloc:
        raise SettingsError(f"{where} must look like https://scim.example.com, not {url!r}")


def _read_text(value: Any) -> str:
    if isinstance(value, (str, Path)):
        return str(value)
    raise ValueError("text")


def _read_whole(value: Any) -> int:
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("a whole number")


def _read_number(value: Any) -> float:
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            pass
    raise ValueError("a number")


def _read_switch(value: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise ValueError("true or false")


def _read_names(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return tuple(name for part in value.split(",") if (name := part.strip())) or None
    if isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value):
        return tuple(value)
    raise ValueError("names, separated by commas")


_READERS: dict[str, Callable[[Any], Any]] = {
    "str": _read_text,
    "int": _read_whole,
    "float": _read_number,
    "bool": _read_switch,
    "tuple[str, ...] | None": _read_names,
}
