from pathlib import Path

from optiid.profiles.contract import ProfileContract
from optiid.profiles.types import RequestFacts

WIRE = Path(__file__).resolve().parents[2] / "wire"


class TestPingFederate(ProfileContract):
    name = "pingfederate"
    transcripts = WIRE / "pingfederate"

    def test_client_is_known_by_its_name(self) -> None:
        for agent, known in (("PingFederate", True), ("PingOne/1.0", False)):
            seen = self.profile.recognise_request(RequestFacts("GET", "/scim/v2/Users", "", agent))
            assert (seen is not None) == known

    def test_attributes_of_custom_schemas_are_kept(self) -> None:
        assert self.profile.settings({})["unknown_extensions"] == "keep"
