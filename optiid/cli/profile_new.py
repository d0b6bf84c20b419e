"""`optiid profile new`: a plugin that works, to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from optiid.cli.context import folder_of, settings_for_command
from optiid.cli.output import show_json, with_output
from optiid.errors import ConflictError, InvalidInputError
from optiid.profiles.loading import known_names
from optiid.profiles.templating import module_name, new_package, new_plugin


@click.command()
@click.argument("name")
@click.option("--extends", default="standard", show_default=True, help="Profile to stand behind the new one.")
@click.option("--package", type=click.Path(path_type=Path), help="Write a package of its own into this new folder.")
@with_output
def new(name: str, extends: str, package: Path | None, output: str) -> None:
    """Write a working plugin: hooks, one repair, set-up guide, transcript and test; nothing is overwritten.

    It goes into the profiles folder (setting profiles_folder), or with --package into a package ready to be built.

    Example: optiid profile new acme
    """
    settings = settings_for_command()
    folder = folder_of(settings)
    module_name(name)
    known = known_names(folder if folder and folder.is_dir() else None)
    if name in known:
        raise ConflictError(f"There is a profile {name!r} already: choose another name")
    if extends not in known:
        raise InvalidInputError(f"There is no profile {extends!r} to extend; found are {', '.join(known)}")
    written = _write(folder, package, name, extends)
    if output == "json":
        show_json({"name": name, "files": [str(path) for path in written]})
        return
    for path in written:
        click.echo(path)
    first = f"python -m pip install -e {package}" if package else f"change {written[0]} to what is sent"
    last = "" if settings.profiles_enabled is None else f", then optiid profile enable {name}"
    click.echo(f"\nNext: {first}, then optiid profile check {name}{last}", err=True)


def _write(folder: Path | None, package: Path | None, name: str, extends: str) -> list[Path]:
    if package is not None:
        return new_package(package, name, extends)
    if folder is not None:
        return new_plugin(folder, name, extends)
    raise InvalidInputError(
        "There is no profiles folder: set profiles_folder (OPTIID_PROFILES_FOLDER), or name one with --package"
    )
