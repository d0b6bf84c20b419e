"""Filters on `members` and `groups`, which are membership rows and not part of any document."""

from __future__ import annotations

from typing import Any

from optiid.storage.statements import visible

Values = list[Any]

# Sub-attribute → expression in its comparable form, where `u` is the resource at the other end.
REFERENCES: dict[str, dict[str, str]] = {
    "members": {"value": "u.id", "type": "lower(u.type)", "display": "u.display_key"},
    "groups": {
        "value": "u.id",
        "type": "(CASE f.direct WHEN 1 THEN 'direct' ELSE 'indirect' END)",
        "display": "u.display_key",
    },
}

# Index membership_member.
_GROUPS_WITH_MEMBER = f"""(r.id IN (SELECT m.group_id FROM membership m
 JOIN resource u ON u.organization = m.organization AND u.id = m.member_id
 WHERE m.organization = ? AND m.member_id = ? AND {visible("u")}))"""

# Primary key of membership. UNION drops what was seen before, so a cycle of groups ends by itself. A group made by hand
# may hold members of a connection, which must not learn of it: only groups of the member's own connection count.
_MEMBERS_OF_GROUP = """(r.id IN (
 WITH RECURSIVE down (id) AS (
  SELECT m.member_id FROM membership m WHERE m.organization = ? AND m.group_id = ?
  UNION
  SELECT m.member_id FROM down d CROSS JOIN membership m WHERE m.organization = ? AND m.group_id = d.id)
 SELECT d.id FROM down d)
 AND r.connection = (SELECT g.connection FROM resource g WHERE g.organization = ? AND g.id = ?))"""

_ANY_MEMBER = f"""(EXISTS (SELECT 1 FROM membership m
 JOIN resource u ON u.organization = m.organization AND u.id = m.member_id
 WHERE m.organization = ? AND m.group_id = r.id AND {visible("u")} AND {{condition}}))"""

_ANY_GROUP = """(EXISTS (
 WITH RECURSIVE found (id, direct) AS (
  SELECT m.group_id, 1 FROM membership m WHERE m.organization = ? AND m.member_id = r.id
  UNION
  SELECT m.group_id, 0 FROM found d CROSS JOIN membership m WHERE m.organization = ? AND m.member_id = d.id)
 SELECT 1 FROM (SELECT id, MAX(direct) AS direct FROM found GROUP BY id) f
 CROSS JOIN resource u WHERE u.organization = ? AND u.id = f.id
 AND u.connection = r.connection AND {condition}))"""

# Primary key of membership. Members of one group that fulfil a condition; of those that are listed, or stored.
STORED_MEMBERS_THAT = f"""
SELECT u.id FROM membership m {{each}}
WHERE m.organization = ? AND m.group_id = ? AND ? IN (u.connection, u.organization) AND {visible("u")}
 AND {{{{condition}}}}"""
# A page of them: CROSS JOIN keeps SQLite to the order of the key, so that what lies behind the page is never read.
_MEMBERS_THAT = f"""
FROM membership m {{each}}
WHERE m.organization = ? AND m.group_id = ? AND ? IN (u.connection, u.organization) AND {visible("u")}
 AND {{{{condition}}}}"""
MEMBERS_PAGE_THAT = f"""
SELECT u.id, u.type, u.display {_MEMBERS_THAT}
ORDER BY m.member_id LIMIT ? OFFSET ?"""
MEMBERS_COUNT_THAT = f"SELECT COUNT(*) {_MEMBERS_THAT}"
LISTED_MEMBERS_THAT = f"""
SELECT u.id FROM {{listed}} CROSS JOIN resource u
WHERE u.organization = ? AND u.id = j.value AND ? IN (u.connection, u.organization) AND {visible("u")}
 AND {{{{condition}}}}"""


def reference_condition(
    attribute: str, organization: str, condition: tuple[str, Values], only: str | None
) -> tuple[str, Values]:
    """Return the condition that a member (or group, direct or not) fulfils `condition`.

    `only` is the id when the condition is nothing but `value eq "id"`, the look-up that identity providers make.
    """
    sql, values = condition
    if attribute == "members":
        if only is not None:
            return _GROUPS_WITH_MEMBER, [organization, only]
        return _ANY_MEMBER.format(condition=sql), [organization, *values]
    if only is not None:
        return _MEMBERS_OF_GROUP, [organization, only, organization, organization, only]
    return _ANY_GROUP.format(condition=sql), [organization, organization, organization, *values]
