"""Inputs near to those of a corpus, the same ones at each run: what a submission must pass has no guidance."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Words that readers of this project turn at, and bytes that readers stumble over.
WORDS = [
    word.encode("utf-8", "surrogatepass")
    for word in (
        *(" eq ", " ne ", " co ", " sw ", " pr", " gt ", " and ", " or ", "not (", "(", ")", "[", "]", '"', "\\", "."),
        *("userName", "emails", "members", "meta.created", "value", "$ref", "schemas", "active", "true", "urn:"),
        *("urn:ietf:params:scim:schemas:core:2.0:User:", "null", "{", "}", ":", ",", '{"a":', '"op"', '"add"'),
        *("bulkId:", '"path"'),
        *("\x00", "\ud800", "\u202e", "\u0130", "\ufeff", "\uffff", "\U0010ffff", "\\u0000", "\\ud800", "\n", "-0"),
        *("NaN", "1e999", "9" * 25, "1.5", "%", "_", "'", ";--", "=", "A" * 300, "((((((((((", "[[[[[[[[[["),
    )
]  # fmt: skip


def mutated(corpus: list[bytes], seed: int, longest: int) -> Iterator[bytes]:
    """Yield inputs without end: entries with pieces cut out, doubled, swapped and put in between."""
    chance = random.Random(seed)
    while True:
        data = bytearray(chance.choice(corpus))
        for _ in range(chance.randint(1, 5)):
            at, end = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
            match chance.randint(0, 6):
                case 0:
                    del data[at:end]
                case 1:
                    data[at:at] = data[at:end] * chance.choice((1, 2, 40))
                case 2:
                    other = chance.choice(corpus)
                    data[at:end] = other[: chance.randint(0, len(other))]
                case 3 if data:
                    data[at % len(data)] = chance.randint(0, 255)
                case _:
                    data[at:at] = chance.choice(WORDS)
        yield bytes(data[:longest])
