from pathlib import Path

from optiid.profiles.contract import ProfileContract
from optiid.profiles.types import RequestFacts

WIRE = Path(__file__).resolve().parents[2] / "wire"


class TestOneLogin(ProfileContract):
    name = "onelogin"
    transcripts = WIRE / "onelogin"

    def test_client_is_known_by_its_name(self) -> None:
        agent = "OneLogin SCIM Provisioner/2.0"
        seen = self.profile.recognise_request(RequestFacts("GET", "/scim/v2/Users", "", agent))
        assert seen is not None
        assert seen.score > 75

    def test_member_added_without_a_value_is_known(self) -> None:
        path = 'members[value eq "text"]'
        for operation, known in (
            ({"op": "add", "path": path}, True),
            ({"op": "add", "path": path, "value": "text"}, False),
            ({"op": "remove", "path": path}, False),
            ({"op": "add"}, False),
            (None, False),
        ):
            shape = {"Operations": [operation]}
            seen = self.profile.recognise_request(RequestFacts("PATCH", "/scim/v2/Groups/1", "", shape=shape))
            assert (seen is not None) == known, operation
