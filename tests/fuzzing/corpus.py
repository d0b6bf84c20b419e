"""The inputs that are kept: one file for each target, one input in a line, as JSON text whose characters are bytes."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).with_name("corpus")


def load(name: str) -> list[bytes]:
    """Return the inputs of a target."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="ascii").splitlines()
    return [json.loads(line).encode("latin-1") for line in lines]


def save(name: str, inputs: list[bytes]) -> None:
    """Keep these inputs for a target, in place of those that were."""
    lines = sorted(json.dumps(data.decode("latin-1")) + "\n" for data in set(inputs))
    (FOLDER / f"{name}.jsonl").write_text("".join(lines), encoding="ascii")
