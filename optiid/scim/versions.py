"""ETags and conditional requests (RFC 7644, section 3.14; RFC 9110, section 13)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from optiid.scim.errors import ScimError

_ENTITY_TAG = re.compile(r'(?:^|,)\s*(?:W/)?"([^"]*)"\s*(?=,|$)')


def entity_tag(version: int | str) -> str:
    """Return the ETag of a version; weak, since computed parts (`groups`, `display` of a member) are outside it."""
    return f'W/"{version}"'


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditional headers of a request as they came; None where there was none.

    `required`: a change must say by If-Match which version it is about.
    """

    if_match: str | None = None
    if_none_match: str | None = None
    required: bool = False

    def check_change(self, version: int) -> None:
        """Raise 412 unless a change of a resource of that version is allowed, and 428 when it must say and does not."""
        if self.required and self.if_match is None:
            raise ScimError.precondition_required(
                f"This connection wants If-Match: read the resource and send its version, {entity_tag(version)} now"
            )
        self.check_match(version)
        if self.if_none_match is not None and _names(self.if_none_match, version):
            raise ScimError.precondition_failed(f"The resource has version {entity_tag(version)} already")

    def check_match(self, version: int) -> None:
        """Raise 412 when If-Match names other versions; this holds for reading too (RFC 9110, section 13.1.1)."""
        if self.if_match is not None and not _names(self.if_match, version):
            raise ScimError.precondition_failed(
                f"The resource has version {entity_tag(version)}, not {self.if_match[:60]}: read it again"
            )

    def named(self) -> list[str]:
        """Return the entity tags that If-Match names. Raises 428 when it is not there; `*` names none."""
        if self.if_match is None:
            raise ScimError.precondition_required("Look at it first, and send its ETag as If-Match")
        return _ENTITY_TAG.findall(self.if_match)

    def is_unmodified(self, version: int) -> bool:
        """Say whether a GET may be answered 304."""
        return self.if_none_match is not None and _names(self.if_none_match, version)


def _names(header: str, version: int) -> bool:
    """Say whether a list of entity tags, or `*`, names the version; comparison is weak, as SCIM's tags are."""
    return header.strip() == "*" or str(version) in _ENTITY_TAG.findall(header)
