"""Lines that cannot be imported are told by their number, and nothing of them is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optiid.services.importing import LineError, import_lines
from tests.furnished import as_file, exported, furnish, service_without_data

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.running import InProcess


@pytest.fixture
def other(service: InProcess, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[InProcess]:
    """A service without any data, on the other kind of database."""
    running = service_without_data(service, request, tmp_path)
    yield running
    running.database.close()


@pytest.fixture
def acme(service: InProcess) -> Any:
    """A client of an organization with something of everything."""
    return furnish(service)


def changed(lines: list[dict[str, Any]], kind: str, more: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """Return the lines with the first one of a kind changed, and the number of that line."""
    number = next(number for number, line in enumerate(lines, 1) if line["kind"] == kind)
    return [line | more if at == number else line for at, line in enumerate(lines, 1)], number


ORGANIZATION = {
    "id": "01920000-0000-7000-8000-000000000000", "name": "Acme", "created_at": "2026-01-01T00:00:00.000000Z",
}  # fmt: skip
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("header", {"format": "other"}, "no export of an organization"),
    ("header", {"version": 2}, "newer one"),
    ("header", {"organization": {**ORGANIZATION, "rules": "nonsense"}}, "Rules are a JSON object"),
    ("schema", {"document": {"id": "x"}}, "Line 2"),
    ("schema", {"document": 5}, "Line 2"),
    ("connection", {"id": "7"}, "id must be"),
    ("connection", {"settings": []}, "settings must be an object"),
    ("user", {"id": "../etc"}, "id must be"),
    ("user", {"id": None}, "id must be"),
    ("user", {"state": "planned"}, "state must be"),
    ("user", {"version": 0}, "version must be"),
    ("user", {"version": True}, "version must be"),
    ("user", {"created_at": "yesterday"}, "created_at must be"),
    ("user", {"removed_at": "2026-01-01T00:00:00.000000Z"}, "state must be 'gone'"),
    ("user", {"document": {"userName": 5}}, "userName"),
    ("user", {"document": {}}, "userName"),
    ("user", {"connection": "01920000-0000-7000-8000-000000000000"}, "no connection"),
    ("group", {"document": {"displayName": "Everyone"}}, "system group"),
    ("group", {"state": "gone"}, "state of a group"),
    ("members", {"members": ["01920000-0000-7000-8000-000000000000"]}, "cannot have the members"),
    ("members", {"members": "all"}, "members must be"),
    ("members", {"group": "01920000-0000-7000-8000-000000000000"}, "no group"),
    ("product", {"id": 5}, "id must be"),
    ("product", {"roles": "all"}, "roles must be"),
    ("product", {"instances": ["x"]}, "instances must be"),
    ("grant", {"role": "nothing"}, "no role"),
    ("grant", {"subject": "01920000-0000-7000-8000-000000000000"}, "no user or group"),
    ("grant", {"id": "7"}, "id must be"),
    ("end", {"kind": "planet"}, "no line is of kind"),
    ("end", {"kind": []}, "no line is of kind"),
]


def test_bad_line_is_told_by_its_number_and_changes_nothing(acme: Any, service: InProcess, other: InProcess) -> None:
    lines = exported(service.database, acme.connected.organization)
    for kind, more, text in BAD:
        bad, number = changed(lines, kind, more)
        with pytest.raises(LineError, match=text) as failed:
            import_lines(other.database, as_file(bad))
        assert (failed.value.number, f"Line {number}: " in str(failed.value)) == (number, True)
        if number > 1:  # what stands before the line is in
            seen = exported(other.database, acme.connected.organization)
            assert [line for line in lines[1 : number - 1] if line not in seen] == []
            assert lines[number - 1] not in seen or kind in ("product", "end")
        other.database.transaction(lambda: wipe(other.database, acme.connected.organization))
    assert import_lines(other.database, as_file(lines)).unchanged == 1
    assert exported(other.database, acme.connected.organization) == lines


def wipe(database: Any, organization: str) -> None:
    rows = ("role_grant", "team", "product_instance", "product_role", "product", "membership", "resource", "connection")
    for table in (*rows, "extension_schema", "organization"):
        column = "id" if table == "organization" else "organization"
        database.execute(f"DELETE FROM {table} WHERE {column} = ?", (organization,))


def test_name_that_two_lines_give_is_told(acme: Any, service: InProcess, other: InProcess) -> None:
    lines = exported(service.database, acme.connected.organization)
    bad, number = changed(lines, "user", {"document": {"userName": "USER3@example.com"}})
    with pytest.raises(LineError, match="belongs to another user") as failed:
        import_lines(other.database, as_file(bad))
    assert failed.value.number == number + 3


def test_line_that_is_no_object_is_told(acme: Any, service: InProcess, other: InProcess) -> None:
    lines = as_file(exported(service.database, acme.connected.organization))
    for raw in (b"nonsense\n", b"[]\n", b'{"kind": 1, "kind": 2}\n', b"\xff\n", b"{" * 100 + b"\n"):
        with pytest.raises(LineError) as failed:
            import_lines(other.database, [*lines[:4], raw, *lines[4:]])
        assert failed.value.number == 5
        with pytest.raises(LineError):
            import_lines(other.database, [raw])
    with pytest.raises(LineError):
        import_lines(other.database, [])
