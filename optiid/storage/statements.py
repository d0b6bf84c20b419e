"""The statements of the hot paths as fixed text: building them anew costs twenty times what running them costs.

`?` stands for a value. Each statement names the organization first (rule R2) and the index it relies on.
`{lock}`, `{share}`, `{gate}`, `{listed}`, `{among}`, `{beyond}` and `{each}` are where SQLite and PostgreSQL differ;
`Dialect.fixed` fills them in. CROSS JOIN keeps SQLite to the written order, which begins with the few rows; without
statistics it would begin with all resources of a connection. `tests/storage/test_query_plans.py` reads the plans.
"""

COLUMNS = (
    "r.organization, r.id, r.type, r.connection, r.document, r.active, r.state, r.version, r.created_at, r.updated_at,"
    " r.name_key, r.display, r.digest_key"
)


def visible(resource: str) -> str:
    """Return the condition that a resource, found by its id, was not deleted.

    Said plainly it would let PostgreSQL take an index on those alone, which begins with the organization as the primary
    key does: as long as little is known of a table, or of an organization in it, the planner expects a single row of
    either, and may read all of them for each id. Of an inequality it expects that it holds for nearly all.
    """
    return f"(CASE WHEN {resource}.removed_at IS NULL THEN 1 ELSE 0 END) <> 0"


# Unique index of token.digest: the one statement that finds an organization instead of being given one.
FIND_TOKEN = """
SELECT t.id, t.organization, t.connection, t.expires_at, t.revoked_at, t.last_used_at,
       c.profile, c.name, c.state, c.settings, c.revision, o.name, o.schema_revision, o.rules, c.plan, t.scopes
FROM token t
JOIN connection c ON c.organization = t.organization AND c.id = t.connection
JOIN organization o ON o.id = t.organization
WHERE t.digest = ?"""  # noqa: S105 - no secret

TOUCH_TOKEN = """
UPDATE token SET last_used_at = ?, last_used_address = ?, last_used_agent = ? WHERE organization = ? AND id = ?"""  # noqa: S105

# Primary key of cursor_key.
CURSOR_KEY = "SELECT k.secret FROM cursor_key k WHERE k.organization = ?"

INSERT_CURSOR_KEY = "INSERT INTO cursor_key (organization, secret) VALUES (?, ?) ON CONFLICT DO NOTHING"

# Primary key of resource.
FETCH = f"""
SELECT {COLUMNS} FROM resource r
WHERE r.organization = ? AND r.id = ? AND r.connection = ? AND r.type = ? AND {visible("r")}"""
FETCH_LOCKED = FETCH + "{lock}"

# Index resource_name.
_NAMED = "WHERE r.organization = ? AND r.connection = ? AND r.type = ? AND r.name_key = ? AND r.removed_at IS NULL"
FIND_BY_NAME = f"SELECT {COLUMNS} FROM resource r {_NAMED}{{lock}}"
BEARER = f"SELECT {COLUMNS} FROM resource r {_NAMED}"
ID_OF_NAME = f"SELECT r.id FROM resource r {_NAMED}"

# Index resource_living_name.
NAME_IS_LIVING = """
SELECT 1 FROM resource r
WHERE r.organization = ? AND r.type = ? AND r.name_key = ? AND r.state NOT IN ('gone', 'planned') AND r.id <> ?"""

# A connection writes into its rows while no plan stands before them (services/dry_run.py). Held to the commit: to open
# a plan is to wait for the writes that began before, and whatever comes after it finds nothing to write.
_OPEN = """
FROM connection c WHERE c.organization = {organization} AND c.id = {connection} AND c.plan = ''{{gate}}"""
_OWN = {"organization": "resource.organization", "connection": "resource.connection"}
_IF_OPEN = f"AND EXISTS (SELECT 1 {_OPEN.format(**_OWN)})"
IS_OPEN = f"SELECT 1 {_OPEN.format(organization='?', connection='?')}"

INSERT = f"""
INSERT INTO resource (organization, id, type, connection, name_key, external_id, display, display_key, active,
                      state, document, search, version, created_at, updated_at, digest_key)
SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?
{_OPEN.format(organization="?", connection="?")}
ON CONFLICT DO NOTHING"""

# Primary key of resource. The version in the WHERE makes it a compare-and-set (rule R7).
SAVE = f"""
UPDATE resource SET name_key = ?, external_id = ?, display = ?, display_key = ?, active = ?, state = ?,
                    document = ?, search = ?, version = version + 1, updated_at = ?
WHERE organization = ? AND id = ? AND version = ? {_IF_OPEN}"""

TOUCH = f"""
UPDATE resource SET version = version + 1, updated_at = ?
WHERE organization = ? AND id = ? AND version = ? {_IF_OPEN}"""

CLOSE = f"UPDATE resource SET state = 'gone', removed_at = ? WHERE organization = ? AND id = ? {_IF_OPEN}"

# A membership that ends with its member is a change of the group (product.md, section 5).
TOUCH_GROUPS = """
UPDATE resource SET version = version + 1, updated_at = ?
WHERE organization = ? AND id IN (SELECT m.group_id FROM membership m WHERE m.organization = ? AND m.member_id = ?)"""

DELETE = f"DELETE FROM resource WHERE organization = ? AND id = ? {_IF_OPEN}"

INSERT_VALUE = "INSERT INTO value_index (organization, path, value_key, resource) VALUES (?, ?, ?, ?)"

# Index value_index_resource.
DELETE_VALUES = "DELETE FROM value_index WHERE organization = ? AND resource = ?"

INSERT_UNIQUE = "INSERT INTO unique_value (organization, path, value_key, resource) VALUES (?, ?, ?, ?)"

# Index unique_value_resource.
DELETE_UNIQUE = "DELETE FROM unique_value WHERE organization = ? AND resource = ?"

# Whether a member lives, for the event: what products see changes only with members who are in the directory.
_STATE = """(SELECT u.state FROM resource u
 WHERE u.organization = membership.organization AND u.id = membership.member_id)"""

# `? IN (r.connection, r.organization)` is what a group may hold: a connection's group only what the connection owns.
# The organization's own connection bears the organization's id, so groups made by hand may hold members of them all.

# Primary keys of resource and membership: the size of the group plays no part.
ADD_MEMBERS = f"""
INSERT INTO membership (organization, group_id, member_id)
SELECT r.organization, ?, r.id FROM {{listed}} CROSS JOIN resource r
WHERE r.organization = ? AND r.id = j.value AND ? IN (r.connection, r.organization) AND {visible("r")}{{share}}
ON CONFLICT DO NOTHING
RETURNING member_id, {_STATE}"""

# Who was DELETEd is no member any more for anybody but an administrator, who may restore them: their rows stay.
_VISIBLE = """(SELECT u.removed_at FROM resource u
 WHERE u.organization = membership.organization AND u.id = membership.member_id) IS NULL"""

# Whether its members may administer the organization, by the group itself or by one that it is in: what takes them out
# must leave somebody who does. Primary key of role_grant and index membership_member; a statement of its own would cost
# every change of members more than these looks do.
_MAY_ADMINISTER = """(EXISTS (SELECT 1 FROM role_grant t
 WHERE t.organization = membership.organization AND t.instance = 'admin-center' AND t.role = 'administrator'
  AND t.subject = membership.group_id)
 OR EXISTS (SELECT 1 FROM membership n
 WHERE n.organization = membership.organization AND n.member_id = membership.group_id))"""

REMOVE_MEMBERS = f"""
DELETE FROM membership WHERE organization = ? AND group_id = ? AND member_id {{among}} AND {_VISIBLE}
RETURNING member_id, {_STATE}, {_MAY_ADMINISTER}"""

KEEP_MEMBERS = f"""
DELETE FROM membership WHERE organization = ? AND group_id = ? AND member_id {{beyond}} AND {_VISIBLE}
RETURNING member_id, {_STATE}, {_MAY_ADMINISTER}"""

# Those of some ids that are no members: a group that is sent whole is written only where it differs. Primary keys of
# membership and resource.
ABSENT_MEMBERS = f"""
SELECT j.value FROM {{listed}}
WHERE NOT EXISTS (
 SELECT 1 FROM membership m {{each}}
 WHERE m.organization = ? AND m.group_id = ? AND m.member_id = j.value
  AND ? IN (u.connection, u.organization) AND {visible("u")})"""

# Those of some ids that nobody has who may be a member. Primary key of resource.
UNKNOWN_MEMBERS = f"""
SELECT j.value FROM {{listed}}
WHERE NOT EXISTS (
 SELECT 1 FROM resource r
 WHERE r.organization = ? AND r.id = j.value AND ? IN (r.connection, r.organization) AND {visible("r")})"""

# To be counted up to a LIMIT, whose number stands in the text: SQLite plans a statement anew for each that is bound.
MEMBER_ROWS = f"""
SELECT 1 FROM membership m {{each}}
WHERE m.organization = ? AND m.group_id = ? AND {visible("u")}"""

# In no order, so that the LIMIT ends it: to sort them all members of all groups would be read. SQLite goes from table
# to table as they stand here. PostgreSQL takes each group for one of average size, and beside a large one would read
# all memberships and all resources to join them, were it not told to stop in each group, and to look members up one by
# one. Of a member who was deleted it gives a row without id. One statement sees one moment: the version of each group
# goes with its members, so that whoever read the group before knows whether it is still the same.
_VERSIONS = f"""
SELECT g.id, NULL, NULL, NULL, g.version
FROM {{listed}} CROSS JOIN resource g WHERE g.organization = ? AND g.id = j.value AND {visible("g")}
UNION ALL SELECT * FROM ("""
MEMBERS = {
    "sqlite": f"""{_VERSIONS}
SELECT m.group_id, u.id, u.type, u.display, CAST(NULL AS INTEGER)
FROM {{listed}} CROSS JOIN membership m CROSS JOIN resource u
WHERE m.organization = ? AND m.group_id = j.value AND u.organization = m.organization AND u.id = m.member_id
 AND ? IN (u.connection, u.organization) AND {visible("u")}
LIMIT {{{{most}}}}) few""",
    "postgresql": f"""{_VERSIONS}
SELECT m.group_id, u.id, u.type, u.display, CAST(NULL AS INTEGER)
FROM {{listed}} CROSS JOIN LATERAL (
 SELECT m.organization, m.group_id, m.member_id FROM membership m
 WHERE m.organization = ? AND m.group_id = j.value ORDER BY m.member_id LIMIT {{{{most}}}}) m
LEFT JOIN LATERAL (
 SELECT u.id, u.type, u.display FROM resource u
 WHERE u.organization = m.organization AND u.id = m.member_id AND ? IN (u.connection, u.organization)
  AND {visible("u")} OFFSET 0) u ON TRUE
LIMIT {{{{most}}}}) few""",
}

# Along the primary keys of membership and resource, up to a LIMIT behind it. Where it begins is said for both: a merge
# of the two would read all resources before it.
MEMBERS_AFTER = f"""
SELECT u.id, u.type, u.display
FROM membership m {{each}}
WHERE m.organization = ? AND m.group_id = ? AND m.member_id > ? AND u.id > ?
 AND ? IN (u.connection, u.organization) AND {visible("u")}
ORDER BY m.member_id"""

# Index membership_member. UNION drops what was seen before, so a cycle of groups ends by itself. The name comes by a
# look-up for each group: PostgreSQL takes a recursion for larger than it is, and would read all resources for a join.
GROUPS = """
WITH RECURSIVE found (member_id, group_id, direct) AS (
  SELECT m.member_id, m.group_id, 1 FROM membership m WHERE m.organization = ? AND m.member_id {among}
  UNION
  SELECT f.member_id, m.group_id, 0 FROM found f CROSS JOIN membership m
  WHERE m.organization = ? AND m.member_id = f.group_id)
SELECT f.member_id, f.group_id, MAX(f.direct),
       (SELECT g.display FROM resource g WHERE g.organization = ? AND g.id = f.group_id AND g.connection = ?)
FROM found f
GROUP BY f.member_id, f.group_id
ORDER BY f.member_id, f.group_id"""

# One row per organization, locked until commit: numbers have no gaps and their order is the order of commits.
# What lists have is known as long as whoever moved the numbers on has stored that, too.
_LIST_COUNTS = "CASE WHEN counted_at = sequence + audit_sequence THEN list_counts ELSE '' END"
_COUNTER = f"SELECT sequence, audit_sequence, audit_head, {_LIST_COUNTS} FROM event_counter WHERE organization = ?"
HOLD_COUNTER = _COUNTER + "{lock}"
# The last statement of a write that went by what was known of its token a moment ago: primary keys, all of them.
HOLD_COUNTER_STANDING = f"""{_COUNTER} AND EXISTS (
 SELECT 1 FROM token t
 JOIN connection c ON c.organization = t.organization AND c.id = t.connection
 JOIN organization o ON o.id = t.organization
 WHERE t.organization = event_counter.organization AND t.id = ? AND t.revoked_at IS NULL AND c.revision = ?
   AND o.schema_revision = ?){{lock}}"""
SAVE_COUNTER = """
UPDATE event_counter SET sequence = ?, audit_sequence = ?, audit_head = ?, list_counts = ?, counted_at = ?
WHERE organization = ?"""
LIST_COUNTS = f"SELECT {_LIST_COUNTS} FROM event_counter WHERE organization = ?"

INSERT_EVENT = """
INSERT INTO event (organization, sequence, kind, resource, payload, connection, request, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""

INSERT_AUDIT = """
INSERT INTO audit_entry (organization, sequence, created_at, author, request, action, target, details,
                         before_digest, after_digest, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
