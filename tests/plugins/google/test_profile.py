from pathlib import Path

from optiid.profiles.contract import ProfileContract
from optiid.profiles.types import RequestFacts

WIRE = Path(__file__).resolve().parents[2] / "wire"


class TestGoogle(ProfileContract):
    name = "google"
    transcripts = WIRE / "google"

    def test_client_is_known_by_its_name(self) -> None:
        seen = self.profile.recognise_request(RequestFacts("GET", "/scim/v2/Users", "", "Google-Auto-Provisioning"))
        assert seen is not None
        assert seen.score > 50
