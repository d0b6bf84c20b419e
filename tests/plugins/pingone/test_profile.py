from pathlib import Path

from optiid.profiles.contract import ProfileContract

WIRE = Path(__file__).resolve().parents[2] / "wire"


class TestPingOne(ProfileContract):
    name = "pingone"
    transcripts = WIRE / "pingone"
