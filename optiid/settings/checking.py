"""Whether a value fits its setting, wherever it came from: TOML has types, variables and options are text."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from optiid.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.settings.table import Setting

LARGEST_PORT = 65535
DATABASES = ("postgresql://", "postgres://", "sqlite:///")
SHARDS_FORM = (
    "NAME=URL for each shard, separated by blanks: names of a-z, 0-9 and -, each once and none `first`;"
    " URLs that begin with postgresql:// or sqlite:///"
)
_SHARD_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


def check(setting: Setting, value: Any, where: str) -> Any:
    """Return a value as its setting wants it. Raises SettingsError beginning with `where`."""
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
    if setting.name == "trusted_proxies":
        _check_networks(checked or (), where)
    return checked


def _check_url(url: str, where: str) -> None:
    parts = urlsplit(url)
    is_web = parts.scheme in ("http", "https") and parts.netloc
    if not is_web or parts.query or parts.fragment or "@" in parts.netloc:
        raise SettingsError(f"{where} must look like https://scim.example.com, not {url!r}")


def _check_networks(networks: tuple[str, ...], where: str) -> None:
    for network in networks:
        try:
            ip_network(network, strict=False)
        except ValueError as error:
            raise SettingsError(f"{where} must name addresses such as 10.0.0.0/8, not {network!r}") from error


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


def _read_shards(value: Any) -> tuple[tuple[str, str], ...]:
    """Return pairs of name and URL; `first` is the database of `database_url`."""
    parts = value.split() if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or not all(isinstance(part, str) for part in parts):
        raise ValueError(SHARDS_FORM)
    pairs = tuple((name, url) for part in parts for name, _, url in [part.strip(" ,").partition("=")])
    names = [name for name, _ in pairs]
    good = all(_SHARD_NAME.fullmatch(name) and url.startswith(DATABASES) for name, url in pairs)
    if not good or len(set(names)) < len(names) or "first" in names:
        raise ValueError(SHARDS_FORM)
    return pairs


_READERS: dict[str, Callable[[Any], Any]] = {
    "str": _read_text,
    "int": _read_whole,
    "float": _read_number,
    "bool": _read_switch,
    "tuple[str, ...] | None": _read_names,
    "tuple[tuple[str, str], ...]": _read_shards,
}
