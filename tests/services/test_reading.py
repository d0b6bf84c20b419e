from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from optiid.storage import memberships

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.running import Reply


def test_page_holds_no_more_than_the_limit(service: Any) -> None:
    scim = service.scim()
    for _ in range(3):
        scim.a_user()
    limit = service.settings.page_limit
    before = service.service.page_limits
    assert scim.get("/Users?count=99999").body["itemsPerPage"] == 3
    object.__setattr__(before, "largest", 2)
    try:
        page = scim.get("/Users?count=99999").body
        assert (page["itemsPerPage"], page["totalResults"]) == (2, 3)
    finally:
        object.__setattr__(before, "largest", limit)
    assert scim.get("/ServiceProviderConfig").body["filter"]["maxResults"] == limit


def test_root_search_sorts_what_can_be_sorted_and_loses_nothing(service: Any) -> None:
    scim = service.scim()
    names = [scim.a_user(name)["userName"] for name in ("b@example.com", "a@example.com")]
    scim.a_group("G")
    found = scim.post("/.search", {"sortBy": "userName"}).body
    assert found["totalResults"] == 3
    assert [one.get("userName") for one in found["Resources"][:2]] == sorted(names)


def test_long_lists_of_attributes_are_refused(service: Any) -> None:
    reply = service.scim().post("/Users/.search", {"attributes": ["x" * 1000] * 10})
    assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")


def test_settings_that_no_longer_fit_are_503(service: Any) -> None:
    scim = service.scim()
    service.database.transaction(
        lambda: service.database.execute(
            "UPDATE connection SET settings = ?, revision = revision + 1 WHERE organization = ? AND id = ?",
            ('{"nothing": 1}', scim.connected.organization, scim.connected.connection),
        )
    )
    reply = scim.get("/Users")
    assert reply.status == 503
    assert reply.headers["Retry-After"]


CHANGE = {"Operations": [{"op": "replace", "path": "externalId", "value": "new"}]}
ASKED = [
    ("GET", "/Groups/{id}", None),
    ("GET", "/Groups/{id}?membersCount=50", None),
    ("GET", "/Groups", None),
    ("PATCH", "/Groups/{id}", CHANGE),
    ("PUT", "/Groups/{id}", {"displayName": "New"}),
]


def meddling(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Reply]) -> None:
    """Let somebody else act once, between the look at a group and that at its members."""
    waiting = [act]

    def after(look: Any) -> Any:
        def looked(*arguments: Any) -> Any:
            if waiting:
                with ThreadPoolExecutor(1) as other:
                    assert other.submit(waiting.pop()).result().status < 300
            return look(*arguments)

        return looked

    for name in ("members_of", "page_of"):
        monkeypatch.setattr(memberships, name, after(getattr(memberships, name)))


@pytest.mark.parametrize(("method", "path", "body"), ASKED)
@pytest.mark.parametrize("op", ["add", "remove"])
def test_group_is_shown_with_the_members_of_its_version(
    service: Any, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: Any, op: str
) -> None:
    scim = service.scim()
    one, other = (scim.a_user()["id"] for _ in range(2))
    before = scim.a_group(members=[one] if op == "add" else [one, other])
    operation = {"op": op, "path": "members", "value": [{"value": other}]}
    meddling(monkeypatch, lambda: scim.patch(f"/Groups/{before['id']}", operation))
    reply = scim.request(method, path.format(**before), body)
    shown = reply.body["Resources"][0] if "Resources" in reply.body else reply.body
    after = scim.get(f"/Groups/{before['id']}").body
    assert reply.headers.get("ETag", shown["meta"]["version"]) == shown["meta"]["version"]
    assert (shown["meta"], shown["members"]) in [(one["meta"], one["members"]) for one in (before, after)]


def test_group_that_is_removed_while_it_is_read_is_not_there(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scim = service.scim()
    for look, expected in (("/Groups/{id}", 404), ("/Groups", 200)):
        group = scim.a_group(members=[scim.a_user()["id"]])
        with monkeypatch.context() as patched:
            meddling(patched, lambda group=group: scim.delete(f"/Groups/{group['id']}"))  # type: ignore[misc]
            reply = scim.get(look.format(**group))
        assert (reply.status, reply.body.get("Resources", [])) == (expected, [])
