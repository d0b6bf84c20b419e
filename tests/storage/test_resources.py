"""Resources as rows: what is fetched is what was stored, and the unique names decide every race."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optiid.clock import new_id
from optiid.errors import UnavailableError
from optiid.scim.resource_types import GROUP, USER
from optiid.storage import resources
from optiid.storage.resources import NameTakenError, Scope, Stored
from tests.generated import document
from tests.running import ENTERPRISE

BABS = {
    "userName": "Babs@Example.com",
    "name": {"formatted": "Barbara Jensen"},
    "emails": [{"value": "a@example.com", "primary": True}],
    "active": True,
    ENTERPRISE: {"department": "Sales"},
    "externalId": "e1",
}


@pytest.fixture
def scope(service: Any) -> Scope:
    connected = service.connect()
    return Scope(connected.organization, connected.connection)


class Store:
    """Functions of `resources`, each in a transaction of its own."""

    def __init__(self, database: Any) -> None:
        self.database = database

    def __getattr__(self, name: str) -> Any:
        work = getattr(resources, name)
        return lambda *arguments: self.database.transaction(lambda: work(self.database, *arguments))

    def insert_user(self, scope: Scope, state: str = "living", **attributes: Any) -> Stored:
        return self.insert(scope, USER, new_id(), {"userName": new_id(), "active": True} | attributes, state)


@pytest.fixture
def store(service: Any) -> Store:
    return Store(service.database)


def test_resource_is_fetched_as_it_was_stored(store: Store, scope: Scope) -> None:
    stored = store.insert(scope, USER, new_id(), BABS, "living")
    assert store.fetch(scope, USER, stored.id) == stored
    assert store.fetch_for_change(scope, USER, stored.id) == stored
    assert (stored.document, stored.version, stored.living, stored.active) == (BABS, 1, True, True)
    assert (stored.name_key, stored.display) == ("babs@example.com", "Barbara Jensen")
    assert stored.created_at == stored.updated_at


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_document_comes_back_unchanged(store: Store, scope: Scope, random: Any) -> None:
    made = document(random, USER, random.randint(0, 10**9)) | {"userName": new_id()}
    stored = store.insert(scope, USER, new_id(), made, "living")
    assert store.fetch(scope, USER, stored.id) == stored
    assert store.fetch(scope, USER, stored.id).document == made


def test_resource_is_found_by_its_name_in_any_case(store: Store, scope: Scope) -> None:
    stored = store.insert(scope, USER, new_id(), BABS, "living")
    assert store.find_by_name(scope, USER, "BABS@example.COM") == stored
    assert store.find_by_name(scope, USER, "babs") is None
    assert store.find_by_name(scope, GROUP, "babs@example.com") is None


def test_resource_is_seen_by_its_own_connection_and_type_only(service: Any, store: Store, scope: Scope) -> None:
    stored = store.insert(scope, USER, new_id(), BABS, "living")
    sister = Scope(scope.organization, service.connect(organization=scope.organization).connection)
    stranger = Scope(service.connect().organization, scope.connection)
    for other in (sister, stranger):
        assert store.fetch(other, USER, stored.id) is None
        assert store.find_by_name(other, USER, "babs@example.com") is None
    assert store.fetch(scope, GROUP, stored.id) is None


def test_save_moves_version_and_time(store: Store, scope: Scope) -> None:
    before = store.insert_user(scope)
    after = store.save(before, USER, before.document | {"title": "Boss"}, "living")
    assert store.fetch(scope, USER, before.id) == after
    assert (after.version, after.created_at) == (2, before.created_at)
    assert after.updated_at > before.updated_at


def test_save_of_a_row_that_changed_meanwhile_is_refused(store: Store, scope: Scope) -> None:
    before = store.insert_user(scope)
    after = store.save(before, USER, before.document | {"title": "Boss"}, "living")
    with pytest.raises(UnavailableError, match="same moment"):
        store.save(before, USER, before.document | {"title": "Chief"}, "living")
    assert store.fetch(scope, USER, before.id) == after


def test_touch_moves_the_version_and_nothing_else(store: Store, scope: Scope) -> None:
    before = store.insert_user(scope)
    after = store.touch(before)
    assert store.fetch(scope, USER, before.id) == after
    assert (after.version, after.document) == (2, before.document)


def values(store: Store, ident: str) -> list[tuple[str, str]]:
    sql = "SELECT path, value_key FROM value_index WHERE resource = ? ORDER BY path, value_key"
    return [tuple(row) for row in store.database.reading(lambda: store.database.rows(sql, (ident,)))]


def test_indexed_values_follow_the_document(store: Store, scope: Scope) -> None:
    emails = [{"value": "B@example.com"}, {"value": "a@example.com"}, {"value": "b@EXAMPLE.com", "type": "work"}]
    stored = store.insert_user(scope, emails=emails)
    assert values(store, stored.id) == [("emails.value", "a@example.com"), ("emails.value", "b@example.com")]
    after = store.save(stored, USER, stored.document | {"emails": [{"value": "c@example.com"}]}, "living")
    assert values(store, stored.id) == [("emails.value", "c@example.com")]
    store.remove(after)
    assert values(store, stored.id) == []


def test_living_name_is_taken_in_the_whole_organization(service: Any, store: Store, scope: Scope) -> None:
    stored = store.insert_user(scope, userName="taken")
    sister = Scope(scope.organization, service.connect(organization=scope.organization).connection)
    for other in (scope, sister):
        assert store.name_is_living(other, USER, "TAKEN", "another id")
        with pytest.raises(NameTakenError):
            store.insert_user(other, userName="Taken")
    assert not store.name_is_living(scope, USER, "taken", stored.id)
    renamed = store.insert_user(sister)
    with pytest.raises(NameTakenError):
        store.save(renamed, USER, renamed.document | {"userName": "TAKEN"}, "living")
    assert store.fetch(sister, USER, renamed.id) == renamed


def test_same_name_is_free_for_another_type_and_organization(service: Any, store: Store, scope: Scope) -> None:
    other = service.connect()
    store.insert_user(scope, userName="free")
    store.insert_user(Scope(other.organization, other.connection), userName="free")
    store.insert(scope, GROUP, new_id(), {"displayName": "free"}, "living")


def test_name_of_who_is_gone_is_free_for_another_connection(service: Any, store: Store, scope: Scope) -> None:
    store.insert_user(scope, state="gone", userName="gone")
    sister = Scope(scope.organization, service.connect(organization=scope.organization).connection)
    store.insert_user(sister, userName="gone")
    with pytest.raises(NameTakenError):
        store.insert_user(scope, userName="gone")


def test_closed_user_leaves_the_plane_and_frees_the_name(store: Store, scope: Scope) -> None:
    stored = store.insert_user(scope, userName="closed")
    store.close(stored)
    assert store.fetch(scope, USER, stored.id) is None
    assert store.find_by_name(scope, USER, "closed") is None
    assert not store.name_is_living(scope, USER, "closed", "")
    assert store.insert_user(scope, userName="closed").id != stored.id


def test_long_names_are_told_apart(store: Store, scope: Scope) -> None:
    one, other = "n" * 3000, "n" * 2999 + "m"
    stored = store.insert_user(scope, userName=one)
    store.insert_user(scope, userName=other)
    assert store.find_by_name(scope, USER, one.upper()) == stored
    with pytest.raises(NameTakenError):
        store.insert_user(scope, userName=one.upper())


@pytest.mark.parametrize(
    ("attributes", "display"),
    [
        ({"displayName": "Babs", "name": {"formatted": "Barbara"}}, "Babs"),
        ({"name": {"formatted": "Barbara"}}, "Barbara"),
        ({"name": {"givenName": "Barbara"}, "userName": "babs"}, "babs"),
    ],
)
def test_people_are_shown_by_the_best_name_there_is(
    store: Store, scope: Scope, attributes: dict[str, Any], display: str
) -> None:
    assert store.insert_user(scope, **attributes).display == display


def test_nothing_is_written_while_a_plan_stands_before_a_connection(service: Any) -> None:
    scim = service.scim()
    user, group = scim.a_user(), scim.a_group()
    owner = (scim.connected.organization, scim.connected.connection)

    def stand(plan: str) -> None:
        sql = "UPDATE connection SET plan = ? WHERE organization = ? AND id = ?"
        service.database.transaction(lambda: service.database.execute(sql, (plan, *owner)))

    def stored(resource_type: Any, ident: str) -> Any:
        return service.database.reading(lambda: resources.fetch(service.database, Scope(*owner), resource_type, ident))

    def refused(work: Any, *arguments: Any) -> bool:
        with pytest.raises(UnavailableError, match="at the same moment"):
            service.database.transaction(lambda: work(service.database, *arguments))
        return True

    one, many = stored(USER, user["id"]), stored(GROUP, group["id"])
    stand("plan")
    try:
        assert refused(resources.insert, Scope(*owner), USER, "new", {"userName": "new", "active": True}, "living")
        assert refused(resources.save, one, USER, one.document | {"title": "Countess"}, "living")
        assert refused(resources.touch, many)
        assert refused(resources.close, one)
        assert refused(resources.remove, many)
    finally:
        stand("")
    assert (stored(USER, user["id"]), stored(GROUP, group["id"])) == (one, many)
