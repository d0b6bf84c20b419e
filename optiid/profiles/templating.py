"""A plugin to begin with: the files of a new profile, in a folder of plugins or as a package of its own.

The texts are in the folder `templates`; `<<name>>` and the like stand for what a profile is called.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from optiid.errors import ConflictError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Path in the new folder → template.
PLUGIN = {
    "__init__.py": "plugin.py.txt",
    "setup.md": "setup.md.txt",
    "transcripts/create.json": "transcript.json.txt",
}
IN_FOLDER = PLUGIN | {"tests/test_<<module>>.py": "test_plugin.py.txt"}
IN_PACKAGE = {f"src/<<package>>/{path}": template for path, template in PLUGIN.items()} | {
    "tests/test_<<module>>.py": "test_package.py.txt",
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "readme.md.txt",
}


def module_name(name: str) -> str:
    """Return what the module of a profile is called. Raises InvalidInputError for a name that none can have."""
    if not NAME.fullmatch(name):
        raise InvalidInputError(f"{name!r} is no name for a profile: small letters, digits and hyphens, as in acme-hr")
    return name.replace("-", "_")


def new_plugin(folder: Path, name: str, extends: str = "standard") -> list[Path]:
    """Write a plugin into a folder of plugins and return its files. Raises ConflictError when something is there."""
    return _write(folder / module_name(name), IN_FOLDER, _words(name, extends))


def new_package(folder: Path, name: str, extends: str = "standard") -> list[Path]:
    """Write a package that is ready to be built, into a new folder. Raises ConflictError when something is there."""
    return _write(folder, IN_PACKAGE, _words(name, extends))


def _words(name: str, extends: str) -> dict[str, str]:
    module, title = module_name(name), name.replace("-", " ").title()
    return {
        "name": name,
        "module": module,
        "package": f"optiid_{module}",
        "title": title,
        "class": title.replace(" ", ""),
        "agent": name,
        "extends": extends,
    }


def _write(folder: Path, wanted: Mapping[str, str], words: Mapping[str, str]) -> list[Path]:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConflictError(f"{folder} exists already: nothing is overwritten")
    templates = files("optiid.profiles") / "templates"
    written = []
    try:
        for path, template in wanted.items():
            file = folder / _filled(path, words)
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8") as opened:
                opened.write(_filled((templates / template).read_text(encoding="utf-8"), words))
            written.append(file)
    except OSError as error:
        raise InvalidInputError(f"{error.filename or folder} cannot be written ({error.strerror})") from error
    return written


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f"<<{word}>>", value)
    return text
