"""ScimError: a named constructor per scimType, and the error body of RFC 7644, section 3.12."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.scim.errors import ERROR_URN, ScimError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("make", "status", "scim_type"),
    [
        (ScimError.invalid_filter, 400, "invalidFilter"),
        (ScimError.too_many, 400, "tooMany"),
        (ScimError.uniqueness, 409, "uniqueness"),
        (ScimError.mutability, 400, "mutability"),
        (ScimError.invalid_syntax, 400, "invalidSyntax"),
        (ScimError.invalid_path, 400, "invalidPath"),
        (ScimError.no_target, 400, "noTarget"),
        (ScimError.invalid_value, 400, "invalidValue"),
        (ScimError.sensitive, 400, "sensitive"),
        (ScimError.invalid_cursor, 400, "invalidCursor"),
        (ScimError.expired_cursor, 400, "expiredCursor"),
        (ScimError.invalid_count, 400, "invalidCount"),
        (ScimError.not_found, 404, None),
        (ScimError.precondition_failed, 412, None),
        (ScimError.precondition_required, 428, None),
        (ScimError.too_large, 413, None),
    ],
)
def test_constructor_sets_status_and_type(make: Callable[[str], ScimError], status: int, scim_type: str | None) -> None:
    error = make("why")
    assert (error.status, error.scim_type, error.detail, str(error)) == (status, scim_type, "why", "why")
    assert error.headers == {}


def test_document_has_its_status_as_text() -> None:
    assert ScimError.invalid_value("why").document() == {
        "schemas": [ERROR_URN],
        "status": "400",
        "detail": "why",
        "scimType": "invalidValue",
    }


def test_document_without_a_type_has_no_member_for_it() -> None:
    assert "scimType" not in ScimError.not_found("gone").document()


def test_error_carries_headers() -> None:
    assert ScimError(503, "later", headers={"Retry-After": "5"}).headers == {"Retry-After": "5"}
