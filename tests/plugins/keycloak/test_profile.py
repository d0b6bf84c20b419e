from pathlib import Path

from optiid.profiles.contract import ProfileContract
from optiid.profiles.types import RequestFacts

WIRE = Path(__file__).resolve().parents[2] / "wire"


class TestKeycloak(ProfileContract):
    name = "keycloak"
    transcripts = WIRE / "keycloak"

    def test_doubled_slash_is_known(self) -> None:
        for path, known in (("/scim/v2//Users", True), ("/scim/v2/Users", False)):
            assert (self.profile.recognise_request(RequestFacts("POST", path, "")) is not None) == known

    def test_text_in_place_of_an_object_is_known(self) -> None:
        for operation, known in (
            ({"op": "replace", "value": "text"}, True),
            ({"op": "replace", "value": {"displayName": "text"}}, False),
            ({"op": "replace", "path": "title", "value": "text"}, False),
            (None, False),
        ):
            shape = {"Operations": [operation]}
            seen = self.profile.recognise_request(RequestFacts("PATCH", "/scim/v2/Groups/1", "", shape=shape))
            assert (seen is not None) == known, operation
