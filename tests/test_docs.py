"""The documents say what is there: commands, links, the map of the tree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optiid.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / ".github" / "CONTRIBUTING.md", *sorted((ROOT / "optiid" / "docs").glob("*.md"))]


def commands(group: click.Group, above: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{above} {name}")
        else:
            yield f"{above} {name}", command


def test_every_command_is_documented_with_its_options_and_no_other() -> None:
    page = (ROOT / "optiid" / "docs" / "cli.md").read_text(encoding="utf-8")
    documented = {
        re.split(r" [\[A-Z-]", found)[0]: found for found in re.findall(r"^\| `(optiid [^`]+)`", page, re.MULTILINE)
    }
    known = dict(commands(cli, "optiid"))
    assert set(documented) == set(known)
    for name, command in known.items():
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        told = set(re.findall(r"--[a-z-]+", documented[name]))
        assert told - {"--output"} == options - {"--output", "--help"}, name
        assert "--output" in options, name


def test_every_command_has_help() -> None:
    for name, command in commands(cli, "optiid"):
        assert command.help, name


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_readme_maps_the_tree() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in re.findall(r"^(optiid/[a-z_./]+|plugins/|tests/)", text, re.MULTILINE):
        assert (ROOT / path).exists(), path
    folders = {
        f"optiid/{path.name}/" for path in (ROOT / "optiid").iterdir() if path.is_dir() and path.name != "__pycache__"
    }
    assert not {folder for folder in folders - {"optiid/locks/"} if folder not in text}


def test_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 app.py demo" in text
    assert "python3 app.py test" in text


def test_profiles_in_readme_are_the_shipped_ones() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shipped = {path.name for path in (ROOT / "plugins").iterdir() if (path / "__init__.py").exists()}
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == shipped | {"standard"}
