"""What is done from time to time is done for each organization by itself."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import ConflictError, UnavailableError
from optiid.services import organizations, upkeep


@pytest.mark.parametrize("error", [ConflictError("its rules"), ValueError("ada@example.com")])
def test_organization_that_fails_keeps_no_other_from_it(
    service: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    failing = service.connect().organization
    owners = {service.connect().organization, ""} | {one.id for one in organizations.list_all(service.database)}
    asked: list[str] = []

    def task(_: Any, organization: str, *__: Any) -> int:
        asked.append(organization)
        if organization == failing:
            raise error
        return 2

    for name in ("purge_due", "drop_ended", "forget_expired"):
        monkeypatch.setattr(upkeep, name, task)
    counts = upkeep.run(service.database, service.settings)
    assert set(asked) == owners
    assert counts["purged users"] == counts["dropped plans"] == 2 * (len(owners) - 2)
    assert counts["forgotten answers"] == 2 * (len(owners) - 1)
    assert caplog.text.count(f"organization {failing}) failed") == 3
    assert "ada@example.com" not in caplog.text


def test_database_that_cannot_be_used_is_told(
    service: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unavailable(_: Any) -> Any:
        raise UnavailableError("The database cannot be used at the moment")

    monkeypatch.setattr(organizations, "list_all", unavailable)
    assert set(upkeep.run(service.database, service.settings).values()) == {0}
    assert "upkeep failed: The database cannot be used" in caplog.text
