from pathlib import Path

from optiid.profiles.contract import ProfileContract
from optiid.profiles.types import RequestFacts

WIRE = Path(__file__).resolve().parents[2] / "wire"


class TestEntra(ProfileContract):
    name = "entra"
    transcripts = WIRE / "entra"

    def test_header_of_the_client_is_known(self) -> None:
        seen = self.profile.recognise_request(RequestFacts("GET", "/scim/v2/Users", "", "", {"adscimversion": "x"}))
        assert seen is not None
        assert seen.score > 50

    def test_spelling_of_operations_is_known(self) -> None:
        for operation, known in (("Replace", True), ("replace", False), ("text", False)):
            shape = {"Operations": [{"op": operation, "path": "title", "value": "text"}, None]}
            seen = self.profile.recognise_request(RequestFacts("PATCH", "/scim/v2/Users/1", "", shape=shape))
            assert (seen is not None) == known
