"""No reader lets out anything but the project's own error, or takes longer than it may (rules R8-R10)."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.fuzzing import corpus
from tests.fuzzing.mutating import mutated
from tests.fuzzing.targets import DOCUMENT, GOOD_CURSOR, LONGEST, SECONDS, TARGETS, run

INPUTS = 800
# Inputs that cost a reader most for their length.
HEAVY = {
    "filter": [
        b"(" * LONGEST,
        b"not " * (LONGEST // 4),
        b'a eq "' + b"x" * LONGEST,
        b'userName eq "' + b"\\u0041" * (LONGEST // 6 - 3) + b'"',
        b" or ".join([b'emails[type eq "work" and value co "a"]'] * 50),
        b" and ".join([b"id pr"] * 1000),
        b"urn:" * (LONGEST // 4) + b"a pr",
        b" " * LONGEST,
        b"a." * (LONGEST // 2),
    ],
    "path": [b"emails[" * 140, b"urn:" * 250 + b"a", b'emails[value eq "' + b"x" * 900 + b'"].type', b"a." * 500],
    "json": [
        b"[" * LONGEST,
        b'{"a":' * (LONGEST // 5),
        b'{"a":"' + b"\\ud800" * 1300 + b'"}',
        b'{"a":' + b"9" * LONGEST,
    ],
    "cursor": [GOOD_CURSOR.encode(), b"A" * LONGEST, b"=" * LONGEST, GOOD_CURSOR.encode() * 50],
    "patch": [
        b'{"Operations":[' + b",".join([b'{"op":"add","path":"emails[type pr].value","value":"a"}'] * 135) + b"]}",
        b'{"Operations":[' + b",".join([b'{"op":"add","path":"emails","value":[{"value":"a"}]}'] * 150) + b"]}",
        b'{"Operations":[{"op":"add","value":{' + b",".join(b'"a%d":1' % number for number in range(800)) + b"}}]}",
    ],
    "resource": [
        b'{"emails":[' + b",".join([b'{"value":"a"}'] * 580) + b"]}",
        b'{"urn:a:b":{"a":' + b"[" * 29 + b"]" * 29 + b"}}",
    ],
    "bulk": [
        b'{"Operations":[' + b",".join([b"{}"] * 1000) + b"]}",
        b'{"Operations":[{"data":"' + b"bulkId:" * 1100 + b'"}]}',
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_readers_let_out_their_own_error_alone(name: str) -> None:
    kept = corpus.load(name)
    assert kept
    tried = [*kept, *islice(mutated([*kept, *HEAVY[name]], 8, LONGEST), INPUTS)]
    slow = [(data, seconds) for data in tried if (seconds := run(name, data)) > SECONDS]
    # Whatever else the machine had to do meanwhile is no fault of the reader.
    assert not [data for data, _ in slow if min(run(name, data) for _ in range(3)) > SECONDS]


@pytest.mark.parametrize("name", TARGETS)
def test_heaviest_inputs_are_read_in_time(name: str) -> None:
    for data in HEAVY[name]:
        assert min(run(name, data[:LONGEST]) for _ in range(3)) < SECONDS, data[:100]


def test_targets_reach_what_they_are_about() -> None:
    run("cursor", GOOD_CURSOR.encode())
    accepted = {
        "filter": b'emails[type eq "work"].value eq "x"',
        "patch": b'{"Operations":[{"op":"replace","path":"displayName","value":"x"}]}',
        "resource": b'{"userName":"x","displayName":"x"}',
        "json": b"{}",
        "path": b"displayName",
        "bulk": b'{"Operations":[]}',
    }
    for name, data in accepted.items():
        TARGETS[name](data)
    assert DOCUMENT["title"] == "Countess"
