"""`optiid profile enable` and `disable`: which profiles are in use, kept in the settings file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optiid import logs
from optiid.cli.context import folder_of, open_each
from optiid.cli.output import show_json, with_output
from optiid.cli.settings_file import edited, read, save
from optiid.errors import ConflictError, InvalidInputError
from optiid.profiles.loading import known_names, load_profiles
from optiid.services import connections
from optiid.settings import CONFIG_FILE, CONFIG_VARIABLE, load_settings

if TYPE_CHECKING:
    from optiid.settings import Settings

VARIABLE = "OPTIID_PROFILES_ENABLED"
with_config = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The settings file to change; without it the one in use, or a new optiid.toml.",
)


@click.command()
@click.argument("name")
@with_config
@with_output
def enable(name: str, config: Path | None, output: str) -> None:
    """Let a profile be used, in the settings file. Takes effect when the service is started again.

    Example: optiid profile enable acme
    """
    _show(output, _switch(name, config, on=True))


@click.command()
@click.argument("name")
@with_config
@with_output
def disable(name: str, config: Path | None, output: str) -> None:
    """Switch a profile off, in the settings file: its connections are answered 503 and keep their data.

    Takes effect when the service is started again.

    Example: optiid profile disable acme
    """
    _show(output, _switch(name, config, on=False))


def _switch(name: str, config: Path | None, *, on: bool) -> dict[str, Any]:
    """Change the file if there is something to change, and return what is told of it."""
    file, settings = _found(config)
    known = known_names(folder_of(settings))
    if name not in known:
        raise InvalidInputError(f"There is no profile {name!r}; found are {', '.join(known)}")
    if name == "standard" and not on:
        raise InvalidInputError("The profile 'standard' stands behind all others and cannot be switched off")
    listed = known if settings.profiles_enabled is None else list(settings.profiles_enabled)
    is_on = name in ("standard", *listed)
    told = {"name": name, "enabled": on, "file": str(file), "changed": is_on != on, "connections": []}
    if told["changed"]:
        wanted = [*listed, name] if on else [other for other in listed if other != name]
        load_profiles(
            folder_of(settings), tuple(wanted), settings.profiles, settings.profile_origins
        )  # what could not start is not written
        told["connections"] = [] if on else _connections_of(settings, name)
        save(file, edited(read(file), wanted))
    return told


def _found(config: Path | None) -> tuple[Path, Settings]:
    """Return the settings file, which may not be there yet, and the settings that hold with it."""
    if VARIABLE in os.environ:
        raise ConflictError(f"{VARIABLE} is set and overrules the settings file: unset it, or change it there")
    settings = load_settings(file=config)
    logs.configure(settings)
    return config or Path(os.environ.get(CONFIG_VARIABLE) or CONFIG_FILE), settings


def _connections_of(settings: Settings, profile: str) -> list[dict[str, str]]:
    with open_each(settings) as databases:
        found = [one for database in databases for one in connections.list_all(database, None)]
    return [{"id": one.id, "name": one.name} for one in found if one.profile == profile]


def _show(output: str, told: dict[str, Any]) -> None:
    if output == "json":
        show_json(told)
        return
    name, state = told["name"], "in use" if told["enabled"] else "switched off"
    if not told["changed"]:
        click.echo(f"The profile {name} is {state} already; nothing was changed.")
        return
    click.echo(f"The profile {name} is {state} in {told['file']} from the next start of the service on.")
    if told["connections"]:
        click.echo("These connections will then be answered 503, and keep their data:")
    for connection in told["connections"]:
        click.echo(f"  {connection['id']}  {connection['name']}")
