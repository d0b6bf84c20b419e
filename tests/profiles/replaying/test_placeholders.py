from __future__ import annotations

from urllib.parse import quote

from optiid.profiles.replaying.placeholders import fill, first_names


def test_placeholders_are_filled_in_values_and_keys() -> None:
    names = {"user_id": "7", "count": 3}
    assert fill({"a {user_id}": ["{count}", "x{count}", 1, None]}, names) == {"a 7": [3, "x3", 1, None]}


def test_values_are_encoded_where_asked() -> None:
    assert fill("/Users/{id}", {"id": "a b"}, quote) == "/Users/a%20b"
    assert fill("{id}", {"id": "a b"}, quote) == "a%20b"


def test_variables_may_use_earlier_ones_and_fresh_values() -> None:
    names = first_names({"user": "Ada.{run}", "mail": "{user_lower}@example.com", "key": "{hex8}", "n": 1}, "r1")
    assert (names["user"], names["user_upper"], names["mail"], names["n"]) == (
        "Ada.r1",
        "ADA.R1",
        "ada.r1@example.com",
        1,
    )
    assert len(names["key"]) == 8
