"""The family of errors: what is caught as what."""

from __future__ import annotations

import inspect

import pytest

from optiid import errors
from optiid.errors import OptiidError, ProfileError, ProfileUnavailableError, UnavailableError
from optiid.scim.errors import ScimError

ERRORS = [error for _, error in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_is_caught_as_one_of_optiid(error: type[Exception]) -> None:
    assert issubclass(error, OptiidError)
    more = len(inspect.signature(error).parameters) - 1 if "__init__" in vars(error) else 0
    assert str(error("what happened", *[5] * more)) == "what happened"


def test_every_error_stands_in_the_family_tree() -> None:
    assert errors.__doc__ is not None
    assert [error.__name__ for error in ERRORS if error.__name__ not in errors.__doc__] == []


def test_profile_that_is_switched_off_is_a_profile_error() -> None:
    assert issubclass(ProfileUnavailableError, ProfileError)


def test_scim_errors_are_another_family() -> None:
    assert not issubclass(ScimError, OptiidError)


def test_fault_that_passes_says_when_to_try_again() -> None:
    assert UnavailableError("busy").retry_after == 5
    assert UnavailableError("busy", 30).retry_after == 30
