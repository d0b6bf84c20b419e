"""Okta needs no repair of its own: what it sends differently is a matter of the settings."""

from __future__ import annotations

import pytest

from optiid.profiles.loading import load_profiles
from optiid.profiles.types import RequestFacts

okta = load_profiles(None, None, {}).get("okta")


def test_custom_attributes_are_kept_and_stale_members_skipped() -> None:
    settings = okta.settings({})
    assert settings["unknown_extensions"] == "keep"
    assert settings["unknown_members"] == "skip"


def test_connection_may_choose_otherwise() -> None:
    assert okta.settings({"unknown_members": "refuse"})["unknown_members"] == "refuse"


@pytest.mark.parametrize("agent", ["Okta SCIM Client 1.0.0", "OKTA SCIM Integration"])
def test_client_is_known_by_its_name(agent: str) -> None:
    seen = okta.recognise_request(RequestFacts("GET", "/scim/v2/Users", "", user_agent=agent))
    assert seen is not None
    assert seen.score > 50


def test_client_is_known_by_the_id_it_repeats() -> None:
    shape = {"Operations": [{"op": "replace", "value": {"id": "text", "displayName": "text"}}]}
    seen = okta.recognise_request(RequestFacts("PATCH", "/scim/v2/Groups/1", "", user_agent="Okta", shape=shape))
    assert (seen.score, seen.reason) == (90, "its User-Agent names Okta, path-less replace with id")
    assert okta.recognise_request(RequestFacts("PATCH", "/", "", shape=shape)).score == 60
    for other in (
        {"Operations": [{"op": "replace", "path": "x", "value": {"id": "text"}}, None]},
        {"Operations": "text"},
    ):
        assert okta.recognise_request(RequestFacts("PATCH", "/", "", shape=other)) is None
