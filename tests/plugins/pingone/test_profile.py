from pathlib import Path

from optiid.profiles.contract import ProfileContract
from optiid.profiles.types import RequestFacts

WIRE = Path(__file__).resolve().parents[2] / "wire"


class TestPingOne(ProfileContract):
    name = "pingone"
    transcripts = WIRE / "pingone"

    def test_clients_are_known_by_their_names(self) -> None:
        for agent in ("PingOne", "PingOne/1.0"):
            seen = self.profile.recognise_request(RequestFacts("GET", "/scim/v2/Users", "", agent))
            assert seen is not None
            assert seen.score > 50
