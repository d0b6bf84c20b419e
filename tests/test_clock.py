"""Time and identifiers: their order as text is their order in time."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.clock import is_own_form, new_id, now, read_beginning, timestamp

INSTANTS = st.datetimes(
    datetime(1000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(9999, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)


@given(INSTANTS, INSTANTS)
def test_timestamps_sort_as_time_does(one: datetime, other: datetime) -> None:
    assert (timestamp(one) < timestamp(other)) is (one < other)
    assert len(timestamp(one)) == len("2026-01-31T12:00:00.000000Z")


@given(INSTANTS)
def test_timestamp_is_the_instant_in_utc(instant: datetime) -> None:
    assert datetime.fromisoformat(timestamp(instant)) == instant
    assert timestamp(instant).endswith("Z")


def test_timestamp_without_an_instant_is_now() -> None:
    before = timestamp(now())
    assert before <= timestamp() <= timestamp(now())
    assert now().tzinfo is UTC


def test_ids_are_uuids_of_version_7_that_differ() -> None:
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    for ident in made:
        parsed = uuid.UUID(ident)
        assert (parsed.version, parsed.variant, str(parsed)) == (7, uuid.RFC_4122, ident)


def test_ids_sort_by_the_millisecond_they_were_made_in(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for milliseconds in (1, 2, 1_700_000_000_000, 1_700_000_000_001, 2_000_000_000_000):
        monkeypatch.setattr(time, "time_ns", lambda moment=milliseconds: moment * 1_000_000)
        made.append(new_id())
    assert made == sorted(made)
    assert made[0].startswith("00000000-0001-7")


def test_own_form_is_recognised() -> None:
    assert is_own_form(new_id())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "0192B3C4-D5E6-7F80-9A1B-2C3D4E5F6071",
        "0192b3c4-d5e6-7f80-9a1b-2c3d4e5f6071\n",
        "0192b3c4d5e67f809a1b2c3d4e5f6071",
        "{0192b3c4-d5e6-7f80-9a1b-2c3d4e5f6071}",
        "ß",
    ],
)
def test_other_forms_are_not_its_own(text: str) -> None:
    assert not is_own_form(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026", "2026"),
        ("2026-11-25", "2026-11-25"),
        ("2026-11-25T08:30Z", "2026-11-25T08:30"),
        ("2026-11-25T08:30:05.5Z", "2026-11-25T08:30:05.5"),
    ],
)
def test_beginnings_of_instants(text: str, read: str) -> None:
    assert read_beginning(text) == read


@given(INSTANTS)
def test_timestamp_lies_on_its_own_beginnings(instant: datetime) -> None:
    whole = timestamp(instant)
    for length in (4, 7, 10, 13, 16, 19, 22, len(whole)):
        assert read_beginning(whole[:length]) <= whole


@pytest.mark.parametrize("text", ["", "x", "yesterday", "2026-13", "2026-11-25T24", "2026-11-25T08:30+02:00", "٢٠٢٦"])
def test_what_is_no_instant_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no time in UTC"):
        read_beginning(text)


def test_ids_stand_in_the_order_in_which_they_were_made() -> None:
    made = [new_id() for _ in range(1000)]
    assert made == sorted(made)
