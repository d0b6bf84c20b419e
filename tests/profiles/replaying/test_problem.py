from __future__ import annotations

import pytest

from optiid.profiles.replaying.placeholders import fill
from optiid.profiles.replaying.problem import ProblemError


def test_problem_says_what_is_missing() -> None:
    with pytest.raises(ProblemError, match=r"the placeholder \{user_id\} has no value: a step before must save it"):
        fill("/Users/{user_id}", {})
