"""ETags and conditional requests (RFC 7644, section 3.14; RFC 9110, section 13)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from optiid.scim.errors import ScimError

_ENTITY_TAG = re.compile(r'(?:W/)?"([^"]*)"\s*(?:,|$)')


def entity_tag(version: int) -> str:
    """Return the ETag of a version; weak, since computed parts (`groups`, `display` of a member) are outside it."""
    return f'W/"{version}"'


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditional headers of a request as they came; None where there was none."""

    if_match: str | None = None
    if_none_match: str | None = None

    def check_change(self, version: int) -> None:
        """Raise 412 unless a change of a resource of that version is allowed."""
        if self.if_match is not None and not _names(self.if_match, version):
            raise ScimError.precondition_failed(
                f"The resource has version {entity_tag(version)}, not {self.if_match[:60]}: read it again"
            )
        if self.if_none_match is not None and _names(self.if_none_match, version):
            raise ScimError.precondition_failed(f"The resource has version {entity_tag(version)} already")

    def is_unmodified(self, version: int) -> bool:
        """Say whether a GET may be answered 304."""
        return self.if_none_match is not None and _names(self.if_none_match, version)


def _names(header: str, version: int) -> bool:
    """Say whether a list of entity tags, or `*`, names the version; comparison is weak, as SCIM's tags are."""
    return header.strip() == "*" or str(version) in _ENTITY_TAG.findall(header)
