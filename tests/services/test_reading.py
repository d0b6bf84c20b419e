from __future__ import annotations

from typing import Any


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
