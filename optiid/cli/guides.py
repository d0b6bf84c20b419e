"""Set-up guides, as a command looks at them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optiid.profiles.types import GuideFacts

if TYPE_CHECKING:
    from optiid.profiles.profile import Profile
    from optiid.settings import Settings

ROW = re.compile(r"^\|(.+)\|\s*$", re.MULTILINE)
COLUMNS = 2


def sample_guide(profile: Profile, settings: Settings) -> GuideFacts:
    """Return the facts of a guide that is for no connection yet."""
    return GuideFacts(
        base_url=settings.scim_base_url,
        organization="your organization",
        connection="your connection",
        settings=profile.settings({}),
        token_hint="`optiid token create CONNECTION_ID` makes one and shows it once.",  # noqa: S106 - where one is to be had
    )


def mapping_of(guide: str) -> dict[str, str]:
    """Return the attribute mapping that a guide's first table tells: attribute here → attribute there."""
    rows = [[cell.strip() for cell in row.split("|")] for row in ROW.findall(guide)]
    told = [row for row in rows if len(row) == COLUMNS and not set("".join(row)) <= set("-: ")]
    return {row[0].replace("`", ""): row[1].replace("`", "") for row in told[1:]}
