"""Files stay within 300 lines, functions within 40 lines and 6 arguments, and every part has its test."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
TOP_LEVEL = {
    "app.py",
    "pyproject.toml",
    "optiid",
    "plugins",
    "tests",
    "wsgi.py",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
}
FILE_LINES, FUNCTION_LINES, ARGUMENTS = 300, 40, 6


def sources(*places: str) -> Iterator[tuple[str, str]]:
    for place in places:
        for path in sorted((ROOT / place).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text()


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for name, text in sources("optiid", "plugins"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                yield f"{name}:{node.lineno} {node.name}", node


def test_files_are_short() -> None:
    # A recorded vendor tool is kept as it came.
    vendored = ("tests/wire/",)
    long = [
        f"{name}: {len(text.splitlines())}"
        for name, text in sources("optiid", "plugins", "tests")
        if len(text.splitlines()) > FILE_LINES and not name.startswith(vendored)
    ]
    assert not long


def test_functions_are_short() -> None:
    long = [name for name, node in functions() if (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES]
    assert not long


def test_functions_take_few_arguments() -> None:
    many = []
    for name, node in functions():
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        if len([argument for argument in arguments if argument.arg not in ("self", "cls")]) > ARGUMENTS:
            many.append(name)
    assert not many


def test_top_level_is_as_agreed() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - {"var", "__pycache__"} == TOP_LEVEL


def test_every_module_has_its_twin() -> None:
    """Modules whose behaviour is only visible through HTTP or the command line are tested there."""
    seen_through_http = (
        "optiid/web/",
        "optiid/services/",
        "optiid/storage/models/",
        "optiid/migrations/",
        "optiid/cli/",
    )
    missing = [
        name
        for name, text in sources("optiid")
        if text.strip() and not name.startswith(seen_through_http) and not name.endswith("__init__.py")
        if not (ROOT / "tests" / Path(name).relative_to("optiid").with_name(f"test_{Path(name).name}")).is_file()
    ]
    assert not missing
