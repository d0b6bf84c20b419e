"""Rules of an organization as an administrator sees and changes them."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson

from optiid.errors import ConflictError
from optiid.scim.versions import Conditions, entity_tag
from optiid.services import journal, organizations
from optiid.services.author import COMMAND_LINE
from optiid.services.rules import PRESETS, STANDARD, checked_rules, read_rules
from optiid.storage import claims, shard_map, tenants
from optiid.storage.audit import Act

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optiid.services.author import Author
    from optiid.services.rules import Rules
    from optiid.storage.database import Database


ANY_VERSION = Conditions()
VERSION_DIGITS = 12


def of_organization(database: Database, organization: str) -> Rules:
    """Return the rules of an organization (by id or name). Raises NotFoundError."""
    return read_rules(organizations.find(database, organization).rules)


def shown(rules: Rules) -> dict[str, Any]:
    """Return rules as a mapping, for people and machines."""
    return asdict(rules) | {"system_groups": list(rules.system_groups)}


def reaches_others(changes: Mapping[str, Any]) -> bool:
    """Say whether changed rules let an organization notice what others have: that is for the installation to decide."""
    preset = PRESETS.get(changes.get("preset", "standard"), STANDARD)
    return bool(changes.get("unique_names", preset.unique_names) == "installation")


def entity_tag_of(database: Database, organization: str) -> str:
    """Return the ETag of an organization's rules. Raises NotFoundError."""
    return entity_tag(_version(organizations.find(database, organization).rules))


def change(
    database: Database,
    organization: str,
    changes: dict[str, Any],
    conditions: Conditions = ANY_VERSION,
    *,
    author: Author = COMMAND_LINE,
) -> Rules:
    """Change some rules of an organization; a preset replaces all that was chosen before.

    Every worker has them with its next request. Raises NotFoundError, InvalidInputError, ConflictError when names are
    to be unique in the installation and are not, and 412 when the rules are not those that the conditions name.
    """
    found = organizations.find(database, organization)

    def work() -> Rules:
        text = tenants.rules_for_change(database, found.id)
        conditions.check_change(_version(text))
        before = orjson.loads(text)
        chosen = dict(changes) if "preset" in changes else before | changes
        rules, known = checked_rules(chosen), checked_rules(before)
        tenants.save_rules(database, found.id, orjson.dumps(chosen).decode())
        _claim_names(database, found.id, known, rules)
        differing = sorted(name for name in asdict(rules) if getattr(rules, name) != getattr(known, name))
        act = Act("organization.rules_changed", found.id, {"changed": differing})
        journal.record(database, author, found.id, acts=[act])
        return rules

    return database.transaction(work)


def _version(rules: str) -> int:
    """Return a number that stands for the rules as they are stored."""
    return int(hashlib.sha256(rules.encode()).hexdigest()[:VERSION_DIGITS], 16)


def _claim_names(database: Database, organization: str, before: Rules, after: Rules) -> None:
    if after.unique_names == before.unique_names:
        return
    shard_map.check_uniqueness(database, after.unique_names)
    claims.release_all(database, organization)
    taken = claims.claim_all(database, organization) if after.unique_names == "installation" else 0
    if taken:
        raise ConflictError(
            f"{taken} userNames are those of users in other organizations whose names must be unique, too:"
            " rename these users, or leave unique_names at organization"
        )
