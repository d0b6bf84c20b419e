from pathlib import Path

from optiid.profiles.contract import ProfileContract
from optiid.profiles.types import RequestFacts

WIRE = Path(__file__).resolve().parents[2] / "wire"


class TestSailPoint(ProfileContract):
    name = "sailpoint"
    transcripts = WIRE / "sailpoint"

    def test_client_is_known_by_its_name(self) -> None:
        seen = self.profile.recognise_request(RequestFacts("GET", "/scim/v2/Users", "", "SailPoint"))
        assert seen is not None
        assert seen.score > 75

    def test_disabling_by_a_pathless_add_is_known(self) -> None:
        for operation, known in (
            ({"op": "add", "value": {"active": "boolean"}}, True),
            ({"op": "add", "value": {"active": "boolean", "title": "text"}}, False),
            ({"op": "replace", "value": {"active": "boolean"}}, False),
            ({"op": "add", "path": "active", "value": "boolean"}, False),
            ({"op": "add", "value": "text"}, False),
            (None, False),
        ):
            shape = {"Operations": [operation]}
            seen = self.profile.recognise_request(RequestFacts("PATCH", "/scim/v2/Users/1", "", shape=shape))
            assert (seen is not None) == known, operation
