"""Keys of the admin API: who holds one, how long, and that tokens are no keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from optiid.credentials import mint_key
from optiid.errors import ForbiddenError, InvalidInputError, NotFoundError, UnauthenticatedError
from optiid.services import api_keys
from optiid.services.api_keys import SCOPES, Holder
from optiid.services.identify import IS_API_KEY, identify


@pytest.fixture
def organization(service: Any) -> str:
    found: str = service.connect().organization
    return found


def held(service: Any, secret: str) -> Holder:
    return api_keys.identify(service.database, f"Bearer {secret}", 60)


def test_secret_is_found_again_and_stored_nowhere(service: Any, organization: str) -> None:
    made, secret = api_keys.create(service.database, organization, " Portal ", "write")
    assert held(service, secret) == Holder(made.id, organization, "Portal", "write")
    known = api_keys.get(service.database, organization, made.id)
    assert known.last_used_at is not None
    assert secret not in str(service.database.rows("SELECT * FROM api_key"))


def test_key_ends_when_revoked_or_expired(service: Any, organization: str) -> None:
    made, secret = api_keys.create(service.database, organization, "one", "read")
    assert api_keys.revoke(service.database, organization, made.id).revoked_at is not None
    with pytest.raises(UnauthenticatedError, match="was revoked on"):
        held(service, secret)
    _, short = api_keys.create(service.database, organization, "two", "read", timedelta(microseconds=1))
    with pytest.raises(UnauthenticatedError, match="expired on"):
        held(service, short)


def test_token_and_key_are_told_from_each_other(service: Any, organization: str) -> None:
    _, secret = api_keys.create(service.database, organization, "one", "read")
    with pytest.raises(UnauthenticatedError) as told:
        identify(service.database, f"Bearer {secret}", 60)
    assert str(told.value) == IS_API_KEY
    with pytest.raises(UnauthenticatedError) as told:
        held(service, service.connect().token)
    assert str(told.value) == api_keys.SENT_TOKEN
    for text in (mint_key(), "", "nothing"):
        with pytest.raises(UnauthenticatedError) as told:
            held(service, text)
        assert str(told.value) == api_keys.NOT_RECOGNISED


def test_input_is_checked(service: Any, organization: str) -> None:
    for name, scope, life in (("", "read", 1), ("a", "root", 1), ("a", "read", 0), ("a", "read", 366)):
        with pytest.raises(InvalidInputError):
            api_keys.create(service.database, organization, name, scope, timedelta(days=life))  # type: ignore[arg-type]


def test_keys_of_others_are_not_there(service: Any, organization: str) -> None:
    made, _ = api_keys.create(service.database, "", "everything", "admin")
    for act in (api_keys.get, api_keys.revoke):
        with pytest.raises(NotFoundError):
            act(service.database, organization, made.id)  # type: ignore[operator]
    assert api_keys.list_some(service.database, organization) == []
    assert api_keys.find(service.database, made.id).organization == ""


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("wanted", SCOPES)
def test_each_scope_allows_what_those_before_it_do(scope: str, wanted: Any) -> None:
    holder = Holder("id", "", "name", scope)
    assert holder.may(wanted) == (SCOPES.index(wanted) <= SCOPES.index(scope))  # type: ignore[arg-type]
    assert not Holder("id", "", "name", "other").may(wanted)
    if not holder.may(wanted):
        with pytest.raises(ForbiddenError):
            api_keys.check_scope(holder, wanted)


def test_refusals_say_what_and_what_to_do(service: Any, organization: str) -> None:
    made, secret = api_keys.create(service.database, organization, "Portal", "read")
    holder = held(service, secret)
    with pytest.raises(ForbiddenError, match="Key 'Portal' has the scope read, and this needs admin: use a key"):
        api_keys.check_scope(holder, "admin")
    with pytest.raises(ForbiddenError, match="Listing all needs a key of the installation"):
        api_keys.check_installation(holder, "Listing all")
    unknown = "x" * 70
    with pytest.raises(NotFoundError, match=f"There is no key '{'x' * 64}'; `optiid key list`"):
        api_keys.get(service.database, organization, unknown)
    revoked = api_keys.revoke(service.database, organization, made.id).revoked_at or ""
    with pytest.raises(UnauthenticatedError, match=rf"^Key optiid_key_\.\.\.\w{{4}} was revoked on {revoked[:10]}\. "):
        held(service, secret)
    sql = "SELECT action, target FROM audit_entry WHERE organization = ? ORDER BY sequence"
    rows = service.database.rows(sql, (organization,))
    assert [tuple(row) for row in rows][-2:] == [("key.created", made.id), ("key.revoked", made.id)]


def test_what_was_never_a_scope_allows_nothing() -> None:
    assert not any(Holder("k", "o", "n", "nonsense").may(scope) for scope in SCOPES)  # type: ignore[arg-type]
