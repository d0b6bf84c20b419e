"""Read the settings: defaults, a TOML file, the environment, options of the command."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optiid.errors import SettingsError
from optiid.settings import profile_defaults
from optiid.settings.checking import check
from optiid.settings.spelling import nearest
from optiid.settings.table import PREFIX, SETTINGS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optiid.settings.profile_defaults import Found

CONFIG_VARIABLE = "OPTIID_CONFIG"
CONFIG_FILE = "optiid.toml"
# A secret may stand in a file of its own, which such a variable names.
IN_A_FILE = "_FILE"
# No settings, and no misspelt ones either.
RESERVED_VARIABLES = (CONFIG_VARIABLE, "OPTIID_REQUIRE")
RESERVED_PREFIX = "OPTIID_TEST_"
_BY_NAME = {setting.name: setting for setting in SETTINGS}
_BY_KEY = {setting.key: setting for setting in SETTINGS}
_BY_VARIABLE = {setting.variable: setting for setting in SETTINGS}
_SECRETS = {setting.variable + IN_A_FILE: setting for setting in SETTINGS if setting.secret}


def load_settings(
    environ: Mapping[str, str] | None = None, file: str | Path | None = None, **overrides: Any
) -> Settings:
    """Return the settings: defaults, then the TOML file, then the environment, then `overrides` that are not None.

    The file is `file`, else what OPTIID_CONFIG names, else `optiid.toml` in the working folder if there is one; who
    hands in an `environ` of their own gets no file unless they name it. Raises SettingsError.
    """
    variables = os.environ if environ is None else environ
    path = _find_file(variables, file, look_here=environ is None)
    document = _parsed(path) if path else {}
    profiles = profile_defaults.in_file(document.pop(profile_defaults.TABLE, {}), path)
    values = _from_file(document, path)
    values |= _from_environment(variables, profiles)
    values["profiles"], values["profile_origins"] = profile_defaults.by_profile(profiles)
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


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}") from error


def _from_file(document: Mapping[str, Any], path: Path | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in _flatten(document):
        if key not in _BY_KEY:
            raise SettingsError(f"{path}: there is no setting {key!r}; the nearest is {nearest(key, _BY_KEY)}")
        setting = _BY_KEY[key]
        values[setting.name] = check(setting, value, f"{path}: {key}")
    return values


def _flatten(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _from_environment(environ: Mapping[str, str], profiles: Found) -> dict[str, Any]:
    """Return the settings of the environment; those of profiles are added to `profiles`."""
    values: dict[str, Any] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable in RESERVED_VARIABLES or variable.startswith(RESERVED_PREFIX):
            continue
        if (meant := profile_defaults.meant_by(variable)) is not None:
            profiles[meant] = profile_defaults.in_variable(variable, text)
            continue
        if variable in _SECRETS:
            values[_SECRETS[variable].name] = _secret(environ, variable, text)
            continue
        if _SECRETS.get(variable + IN_A_FILE) and variable + IN_A_FILE in environ:
            continue
        if variable not in _BY_VARIABLE:
            raise SettingsError(_unknown(variable))
        setting = _BY_VARIABLE[variable]
        values[setting.name] = check(setting, text, variable)
    return values


def _secret(environ: Mapping[str, str], variable: str, path: str) -> Any:
    """Return the secret in the file that a variable names. Raises SettingsError; an empty secret is none."""
    setting = _SECRETS[variable]
    if environ.get(setting.variable):
        raise SettingsError(f"{setting.variable} and {variable} are both given: leave one out")
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}: the file {path} cannot be read ({type(error).__name__})") from error
    if not text:
        raise SettingsError(f"{variable}: the file {path} is empty")
    return check(setting, text, f"{variable}: {path}")


def _unknown(variable: str) -> str:
    text = f"There is no setting {variable}; the nearest is {nearest(variable, _BY_VARIABLE)}"
    if variable.startswith(profile_defaults.PREFIX):
        return f"{text} (a setting of a profile's connections is {profile_defaults.FORM})"
    return text


def _check_override(name: str, value: Any) -> Any:
    if name == profile_defaults.TABLE:
        return value
    if name not in _BY_NAME:
        raise SettingsError(f"There is no setting {name!r}; the nearest is {nearest(name, _BY_NAME)}")
    return check(_BY_NAME[name], value, name)
