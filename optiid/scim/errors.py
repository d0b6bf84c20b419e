"""The SCIM error (RFC 7644, section 3.12): one named constructor per scimType or status."""

from __future__ import annotations

from typing import Any

ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(Exception):
    """An answer of 4xx or 5xx: status, scimType (may be None), one line of detail, extra headers."""

    def __init__(
        self, status: int, detail: str, scim_type: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type
        self.headers = headers or {}

    def document(self) -> dict[str, Any]:
        """Return the error body; `status` is text, as RFC 7644 section 3.12 has it."""
        body: dict[str, Any] = {"schemas": [ERROR_URN], "status": str(self.status), "detail": self.detail}
        if self.scim_type:
            body["scimType"] = self.scim_type
        return body

    @classmethod
    def invalid_filter(cls, detail: str) -> ScimError:
        """Return 400 invalidFilter: the filter cannot be read or its attribute and operator do not fit."""
        return cls(400, detail, "invalidFilter")

    @classmethod
    def too_many(cls, detail: str) -> ScimError:
        """Return 400 tooMany: the answer would be larger than the server is willing to compute."""
        return cls(400, detail, "tooMany")

    @classmethod
    def uniqueness(cls, detail: str) -> ScimError:
        """Return 409 uniqueness: a value is in use already."""
        return cls(409, detail, "uniqueness")

    @classmethod
    def mutability(cls, detail: str) -> ScimError:
        """Return 400 mutability: the attribute may not be changed like this."""
        return cls(400, detail, "mutability")

    @classmethod
    def invalid_syntax(cls, detail: str) -> ScimError:
        """Return 400 invalidSyntax: the body does not have the form the request needs."""
        return cls(400, detail, "invalidSyntax")

    @classmethod
    def invalid_path(cls, detail: str) -> ScimError:
        """Return 400 invalidPath: a PATCH path cannot be read or names no attribute."""
        return cls(400, detail, "invalidPath")

    @classmethod
    def no_target(cls, detail: str) -> ScimError:
        """Return 400 noTarget: a PATCH path selects nothing that could be changed."""
        return cls(400, detail, "noTarget")

    @classmethod
    def invalid_value(cls, detail: str) -> ScimError:
        """Return 400 invalidValue: a value is missing or does not fit its attribute."""
        return cls(400, detail, "invalidValue")

    @classmethod
    def sensitive(cls, detail: str) -> ScimError:
        """Return 400 sensitive: the value may not travel in a URI (RFC 7644, section 7.5.2)."""
        return cls(400, detail, "sensitive")

    @classmethod
    def invalid_cursor(cls, detail: str) -> ScimError:
        """Return 400 invalidCursor: the cursor was not made for this query (RFC 9865, section 2.1)."""
        return cls(400, detail, "invalidCursor")

    @classmethod
    def expired_cursor(cls, detail: str) -> ScimError:
        """Return 400 expiredCursor: the cursor is older than cursorTimeout (RFC 9865, section 2.1)."""
        return cls(400, detail, "expiredCursor")

    @classmethod
    def invalid_count(cls, detail: str) -> ScimError:
        """Return 400 invalidCount: the count beside a cursor is none (RFC 9865, section 2.1)."""
        return cls(400, detail, "invalidCount")

    @classmethod
    def not_found(cls, detail: str) -> ScimError:
        """Return 404."""
        return cls(404, detail)

    @classmethod
    def precondition_required(cls, detail: str) -> ScimError:
        """Return 428: a change must name the version it is about (RFC 6585, section 3)."""
        return cls(428, detail)

    @classmethod
    def precondition_failed(cls, detail: str) -> ScimError:
        """Return 412: the resource has another version than If-Match names."""
        return cls(412, detail)

    @classmethod
    def too_large(cls, detail: str) -> ScimError:
        """Return 413: the body exceeds a limit."""
        return cls(413, detail)
