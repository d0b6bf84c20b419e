"""The checker finds what was lost, half done or done twice: each of these tamperings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.checker import check
from tests.faults.load import Load

if TYPE_CHECKING:
    from tests.running import Live

OF = "organization = '{organization}'"
LAST_USER = f"id = (SELECT MAX(id) FROM resource WHERE {OF} AND type = 'User' AND removed_at IS NULL)"
LAST_EVENT = f"sequence = (SELECT MAX(sequence) FROM event WHERE {OF})"
LAST_ENTRY = f"sequence = (SELECT MAX(sequence) FROM audit_entry WHERE {OF})"
ONE_MEMBER = f"member_id = (SELECT MAX(member_id) FROM membership WHERE {OF})"
TAMPERINGS = {
    "the version moved": f"UPDATE resource SET version = version + 1 WHERE {OF} AND {LAST_USER}",
    "a value is gone": f"""UPDATE resource SET document = '{{{{"userName": "x"}}}}' WHERE {OF} AND {LAST_USER}""",
    "a user is gone": f"UPDATE resource SET removed_at = created_at WHERE {OF} AND {LAST_USER}",
    "a member is gone": f"DELETE FROM membership WHERE {OF} AND {ONE_MEMBER}",
    "an event is gone": f"DELETE FROM event WHERE {OF} AND {LAST_EVENT}",
    "an event is of another request": f"UPDATE event SET request = 'req_0' WHERE {OF} AND {LAST_EVENT}",
    "an audit entry is gone": f"DELETE FROM audit_entry WHERE {OF} AND {LAST_ENTRY}",
}


@pytest.fixture(scope="module")
def written(live: Live) -> Load:
    """What a moment of writing left."""
    load = Load(live)
    with load:
        pass
    check(live, load)
    return load


@pytest.mark.parametrize("live", ["sqlite"], indirect=True, scope="session")
@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_is_found(live: Live, written: Load, what: str) -> None:
    organization = written.connected.organization
    statement = TAMPERINGS[what].format(organization=organization)
    found: list[str] = []

    def tamper() -> None:
        assert live.database.execute(statement).rowcount >= 1
        try:
            check(live, written)
        except AssertionError as error:
            found.append(str(error))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        live.database.transaction(tamper)
    assert found
