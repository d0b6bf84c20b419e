"""Rows of organizations, connections and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import peewee

from optiid.clock import timestamp
from optiid.errors import ConflictError, NotFoundError
from optiid.storage import statements
from optiid.storage.models.tenants import Connection, EventCounter, Organization, Token
from optiid.storage.products import insert_built_in

if TYPE_CHECKING:
    from optiid.storage.database import Database, Row

Record = dict[str, Any]
# The organization of a plan is nobody's: only a connection in dry run works with it.
_SHOWN = Organization.plan_of.is_null()
_TOLD = [column for column in Organization._meta.sorted_fields if column is not Organization.plan_of]  # noqa: SLF001
_PLANS = Organization.select(Organization.id).where(Organization.plan_of.is_null(False))
_BY_IDENTITY_PROVIDERS = (Connection.id != Connection.organization) & Connection.organization.not_in(_PLANS)


def insert_organization(database: Database, record: Record) -> None:
    """Store an organization, its count of events and its own connection. Raises ConflictError when the name is taken.

    What administrators make by hand belongs to that connection, which bears the organization's id.
    """
    try:
        Organization.insert(record).execute(database.engine)
    except peewee.IntegrityError as error:
        raise ConflictError(f"An organization named {record['name']!r} exists already") from error
    EventCounter.insert(organization=record["id"], sequence=0, list_counts="{}").execute(database.engine)
    by_hand = {
        "organization": record["id"],
        "id": record["id"],
        "profile": "standard",
        "name": "By hand",
        "state": "active",
        "revision": 1,
        "created_at": record["created_at"],
    }
    insert_connection(database, by_hand)
    insert_built_in(database, record["id"])


def organizations(database: Database) -> list[Record]:
    """Return all organizations in order of creation."""
    return list(Organization.select(*_TOLD).where(_SHOWN).order_by(Organization.id).dicts().execute(database.engine))


def some_organizations(database: Database, after: str, limit: int) -> list[Record]:
    """Return organizations, those whose id follows `after`, in order of creation."""
    chosen = Organization.select(*_TOLD).where(_SHOWN & (Organization.id > after))
    return list(chosen.order_by(Organization.id).limit(limit).dicts().execute(database.engine))


def find_organization(database: Database, ident: str, name_key: str) -> Record | None:
    """Return the organization of that id, else of that name, or None."""
    chosen = (Organization.id == ident) | (Organization.name_key == name_key)
    rows = list(Organization.select(*_TOLD).where(chosen & _SHOWN).dicts().execute(database.engine))
    return next((row for row in rows if row["id"] == ident), rows[0] if rows else None)


def rules_for_change(database: Database, organization: str) -> str:
    """Return the rules of an organization as JSON text, and hold them. Raises NotFoundError."""
    sql = "SELECT o.rules FROM organization o WHERE o.id = ?{lock}"
    row = database.row(database.dialect.fixed(sql), (organization,))
    if row is None:
        raise NotFoundError("The organization has been removed")
    return str(row[0])


def save_rules(database: Database, organization: str, rules: str) -> None:
    """Store the rules, and move the revision of the connections, by which every worker reads them again."""
    database.execute("UPDATE organization SET rules = ? WHERE id = ?", (rules, organization))
    database.execute("UPDATE connection SET revision = revision + 1 WHERE organization = ?", (organization,))


def insert_connection(database: Database, record: Record) -> None:
    """Store a connection."""
    Connection.insert(record).execute(database.engine)


def connections(database: Database, organization: str | None) -> list[Record]:
    """Return the connections of an organization, or of all, by age; not those of what is made by hand."""
    query = Connection.select().where(_BY_IDENTITY_PROVIDERS).order_by(Connection.id)
    if organization is not None:
        query = query.where(Connection.organization == organization)
    return list(query.dicts().execute(database.engine))


def find_connection(database: Database, ident: str) -> Record | None:
    """Return a connection by its id alone, as administrators name it; None when there is none."""
    chosen = (Connection.id == ident) & _BY_IDENTITY_PROVIDERS
    rows = list(Connection.select().where(chosen).dicts().execute(database.engine))
    return rows[0] if rows else None


def revision_for_change(database: Database, organization: str, ident: str) -> int:
    """Return the revision of a connection, and hold its row. Raises NotFoundError."""
    sql = "SELECT c.revision FROM connection c WHERE c.organization = ? AND c.id = ?{lock}"
    row = database.row(database.dialect.fixed(sql), (organization, ident))
    if row is None:
        raise NotFoundError(f"Connection {ident} has been removed")
    return int(row[0])


def update_connection(database: Database, organization: str, ident: str, changes: Record) -> None:
    """Change a connection and move its revision, so that every worker drops what it remembers of it."""
    chosen = (Connection.organization == organization) & (Connection.id == ident)
    Connection.update(revision=Connection.revision + 1, **changes).where(chosen).execute(database.engine)


def insert_token(database: Database, record: Record) -> None:
    """Store a token's digest."""
    Token.insert(record).execute(database.engine)


def tokens(database: Database, organization: str, connection: str) -> list[Record]:
    """Return the tokens of a connection in order of creation, without their digests; not the access tokens."""
    hidden = ("digest", "client", "noticed_days")
    shown = [field for field in Token._meta.sorted_fields if field.name not in hidden]  # noqa: SLF001 - peewee's way
    chosen = (Token.organization == organization) & (Token.connection == connection) & (Token.client == "")
    return list(Token.select(*shown).where(chosen).order_by(Token.id).dicts().execute(database.engine))


def revoke_token(database: Database, ident: str) -> Record | None:
    """Revoke a token by its id; return its organization, connection and revoked_at as they were, None for no token.

    A second time changes nothing.
    """
    shown = (Token.organization, Token.connection, Token.revoked_at)
    found = list(Token.select(*shown).where(Token.id == ident).dicts().execute(database.engine))
    if not found:
        return None
    if found[0]["revoked_at"] is None:
        chosen = (Token.organization == found[0]["organization"]) & (Token.id == ident)
        Token.update(revoked_at=timestamp()).where(chosen).execute(database.engine)
    return dict(found[0])


def find_caller(database: Database, digest: str) -> Row | None:
    """Return what belongs to the token of that digest (columns of statements.FIND_TOKEN), or None."""
    return database.row(statements.FIND_TOKEN, (digest,))


def touch_token(database: Database, organization: str, ident: str, now: str, origin: tuple[str, str]) -> None:
    """Note when a token was last used, and the address and User-Agent that used it."""
    database.execute(statements.TOUCH_TOKEN, (now, *origin, organization, ident))


def shorten_tokens(database: Database, organization: str, connection: str, ends_at: str) -> list[str]:
    """Let the working tokens of a connection end at an instant, unless they end before; return the ids of those.

    Nobody need be told of their end again. Access tokens of clients are none of them.
    """
    chosen = _made_by_hand(organization) & (Token.connection == connection) & (Token.expires_at > ends_at)
    found = [row[0] for row in Token.select(Token.id).where(chosen).tuples().execute(database.engine)]
    Token.update(expires_at=ends_at, noticed_days=0).where(chosen & Token.id.in_(found)).execute(database.engine)
    return found


def ending_tokens(database: Database, organization: str, since: str, before: str) -> list[Record]:
    """Return the working tokens of an organization that end between two instants, by age."""
    shown = (Token.id, Token.connection, Token.prefix, Token.created_at, Token.expires_at, Token.noticed_days)
    chosen = _made_by_hand(organization) & (Token.expires_at > since) & (Token.expires_at <= before)
    return list(Token.select(*shown).where(chosen).order_by(Token.id).dicts().execute(database.engine))


def note_ending(database: Database, organization: str, ident: str, days: int) -> bool:
    """Note that the end of a token was told, so many days before; say whether this is the first to tell of it."""
    told = Token.noticed_days.is_null() | (Token.noticed_days > days)
    chosen = (Token.organization == organization) & (Token.id == ident) & told
    return bool(Token.update(noticed_days=days).where(chosen).execute(database.engine))


def _made_by_hand(organization: str) -> peewee.Expression:
    return (Token.organization == organization) & (Token.client == "") & Token.revoked_at.is_null()
