"""Who acts in a use case, and under which policy; passed down as a value, never kept in a global (rule: isolation)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from optiid.scim.patch.planner import DEFAULT_PATCH_LIMITS, PatchLimits
from optiid.scim.validation import ValueLimits
from optiid.services.author import Author
from optiid.services.rules import STANDARD, Rules

if TYPE_CHECKING:
    from optiid.storage.logbook import Line
    from optiid.storage.resources import Scope


@dataclass(frozen=True, slots=True)
class Policy:
    """What a connection's profile and settings decide about writes."""

    unknown_extensions: Literal["keep", "ignore", "refuse"] = "refuse"
    unknown_members: Literal["refuse", "skip", "skip_alien"] = "refuse"
    removed_active: Literal["true", "if_active", "refuse"] = "refuse"
    group_patch_answer: Literal["resource", "nothing"] = "nothing"
    patch_answer: Literal["resource", "nothing"] = "resource"
    rename_users: Literal["allow", "refuse"] = "allow"
    require_if_match: bool = False
    inactive: Literal["delete", "erase", "suspend"] = "delete"
    recreate: Literal["restore", "new"] = "restore"
    adopt: Literal["never", "ask"] = "never"
    adopt_match: Literal["name", "emails.value", "externalId"] = "name"
    brake: bool = False
    brake_users: int = 50
    brake_percent: int = 10
    brake_window_minutes: int = 60


@dataclass(frozen=True, slots=True)
class Actor:
    """The connection that acts, its policy, and the request it acts for.

    `line` is what the logbook tells of the write. In dry run `scope` is where the plan is written, and `planned_for`
    the connection's place in the directory. `tells_groups` says that the answer has the groups of a user, and
    `standing` what was known of the token, which must be so still when the write is told.
    """

    scope: Scope
    policy: Policy = field(default_factory=Policy)
    limits: ValueLimits = field(default_factory=ValueLimits)
    request_id: str = ""
    patch_limits: PatchLimits = DEFAULT_PATCH_LIMITS
    by: str = ""
    rules: Rules = STANDARD
    planned_for: Scope | None = None
    line: Line | None = None
    tells_groups: bool = False
    standing: tuple[str, int, int] | None = None

    @property
    def owner(self) -> Scope:
        """The connection in its own organization, wherever it writes."""
        return self.planned_for or self.scope

    @property
    def author(self) -> Author:
        """Who acts, for the journal: the connection, unless somebody acts through it."""
        return Author(self.by or f"connection:{self.scope.connection}", self.request_id, self.standing)
