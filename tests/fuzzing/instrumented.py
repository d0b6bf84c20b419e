"""One target under atheris, as `tests/fuzzing/__main__.py` starts it; the rest of the command line is libFuzzer's."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["optiid"]):
    from tests.fuzzing.targets import run


def main() -> None:
    """Run until libFuzzer has enough."""
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, lambda data: run(name, data))
    atheris.Fuzz()


main()
