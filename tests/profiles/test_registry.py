from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.errors import ProfileUnavailableError
from optiid.profiles.registry import ProfileListing
from tests.profiles.profile_folder import facts, load, write_plugin

if TYPE_CHECKING:
    from pathlib import Path

RECOGNISES = """
@hookimpl
def recognise_request(request):
    return Recognition({score}, "its name") if {name!r} in request.user_agent else None
"""


def test_profile_that_is_not_installed_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ProfileUnavailableError, match="'nobody' is not installed; in use are standard"):
        load(tmp_path, "standard").get("nobody")


def test_listing_tells_what_is_in_use_and_from_where(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme")
    write_plugin(tmp_path, "globex")
    listing = load(tmp_path, "acme").listing()
    assert listing[:2] == [
        ProfileListing("standard", "SCIM 2.0", enabled=True, source="built in"),
        ProfileListing("acme", "Acme", enabled=True, source=str(tmp_path / "acme.py")),
    ]
    assert ProfileListing("globex", "globex", enabled=False, source=str(tmp_path / "globex.py")) in listing[2:]


def test_surest_profile_recognises_a_request(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", RECOGNISES.format(score=40, name="Client"))
    write_plugin(tmp_path, "globex", RECOGNISES.format(score=80, name="Client 2"))
    registry = load(tmp_path, "acme", "globex")
    for agent, name in (("Client 1", "acme"), ("Client 2", "globex")):
        seen = registry.recognise(facts(user_agent=agent))
        assert seen is not None
        assert seen[0] == name
    assert registry.recognise(facts(user_agent="curl")) is None
