from pathlib import Path

from optiid.profiles.contract import ProfileContract
from optiid.profiles.types import RequestFacts

WIRE = Path(__file__).resolve().parents[2] / "wire"


class TestJumpCloud(ProfileContract):
    name = "jumpcloud"
    transcripts = WIRE / "jumpcloud"

    def test_client_is_known_by_its_name(self) -> None:
        seen = self.profile.recognise_request(RequestFacts("GET", "/scim/v2/Users", "", "JumpCloud/1.0"))
        assert seen is not None
        assert seen.score > 50
