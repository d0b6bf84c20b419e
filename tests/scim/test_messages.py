"""Query parameters and SearchRequest bodies become one Query; nonsense is refused with its name."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.scim.errors import ScimError
from optiid.scim.messages import SEARCH_URN, Query, read_parameters, read_query, read_search_request


def detail_of(read: Any, sent: dict[str, Any]) -> tuple[str | None, str]:
    with pytest.raises(ScimError) as caught:
        read(sent)
    assert caught.value.status == 400
    assert "\n" not in caught.value.detail
    return caught.value.scim_type, caught.value.detail


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        ("a=1&a=2", {"a": "1"}),
        ("a=b+c%20d%2Be&f", {"a": "b c d+e", "f": ""}),
        ("a=b=c&%61=no", {"a": "b=c"}),
        ("a=%C3%A9&b=\xc3\xa9", {"a": "\u00e9", "b": "\u00e9"}),
        ("a=%FF&b=\xff&c=%zz", {"a": "\ufffd", "b": "\ufffd", "c": "%zz"}),
    ],
)
def test_parameters_of_a_url_are_read(sent: str, parameters: dict[str, str]) -> None:
    assert read_parameters(sent) == parameters


def test_query_of_nothing_has_the_defaults() -> None:
    assert read_query({}) == Query()
    assert read_search_request({}) == Query()


def test_query_holds_what_was_asked() -> None:
    asked = {
        "filter": 'userName eq "a"',
        "sortBy": "name.familyName",
        "sortOrder": "Descending",
        "startIndex": "3",
        "count": "10",
        "attributes": "userName, emails.value,,",
        "excludedAttributes": "",
        "unknown": "x",
    }
    assert read_query(asked) == Query('userName eq "a"', "name.familyName", True, 3, 10, ("userName", "emails.value"))


def test_search_request_says_the_same_in_any_case() -> None:
    body = {
        "schemas": [SEARCH_URN],
        "Filter": 'userName eq "a"',
        "sortby": "userName",
        "SORTORDER": "ascending",
        "startIndex": 2,
        "count": 5,
        "attributes": ["userName ", ""],
        "excludedAttributes": None,
    }
    assert read_search_request(body) == Query('userName eq "a"', "userName", False, 2, 5, ("userName",))


def test_search_request_takes_names_as_text_too() -> None:
    assert read_search_request({"excludedAttributes": "members,meta"}).excluded_attributes == ("members", "meta")


@pytest.mark.parametrize(
    ("text", "start"), [("0", 1), ("-7", 1), ("", 1), ("+2", 2), (" 4 ", 4), ("9" * 5000, 2**31), ("-" + "9" * 20, 1)]
)
def test_start_index_is_brought_within_bounds(text: str, start: int) -> None:
    assert read_query({"startIndex": text}).start_index == start


@pytest.mark.parametrize(
    ("text", "count"), [("0", 0), ("-1", 0), ("-0", 0), ("", None), ("200", 200), ("99999999999", 2**31)]
)
def test_count_is_brought_within_bounds(text: str, count: int | None) -> None:
    assert read_query({"count": text}).count == count


@pytest.mark.parametrize("number", [-5, 0, 7, 10**40])
def test_search_request_takes_numbers_of_any_size(number: int) -> None:
    query = read_search_request({"startIndex": number, "count": number})
    assert query.start_index == max(1, min(number, 2**31))
    assert query.count == max(0, min(number, 2**31))


@pytest.mark.parametrize("text", ["x", "1.5", "1e3", "--1", "0x10", "٣", "²", "1_000", "-"])
@pytest.mark.parametrize("name", ["startIndex", "count"])
def test_number_that_is_none_is_refused(name: str, text: str) -> None:
    assert detail_of(read_query, {name: text}) == ("invalidValue", f"{name} is {text!r}; it must be a whole number")


@pytest.mark.parametrize("value", [True, 1.5, [], {}])
def test_search_request_refuses_numbers_of_another_type(value: Any) -> None:
    assert detail_of(read_search_request, {"count": value})[0] == "invalidValue"


def test_unknown_sort_order_is_refused() -> None:
    assert detail_of(read_query, {"sortOrder": "up"}) == (
        "invalidValue",
        "sortOrder is 'up'; it must be ascending or descending",
    )
    assert detail_of(read_search_request, {"sortOrder": 1})[0] == "invalidValue"


@pytest.mark.parametrize("schemas", [[], ["urn:other"], SEARCH_URN, 5, {}])
def test_search_request_of_another_schema_is_refused(schemas: Any) -> None:
    assert detail_of(read_search_request, {"schemas": schemas})[0] == "invalidSyntax"


@pytest.mark.parametrize("name", ["filter", "sortBy"])
@pytest.mark.parametrize("value", [5, True, ["x"], {}])
def test_search_request_refuses_texts_of_another_type(name: str, value: Any) -> None:
    assert detail_of(read_search_request, {name: value}) == ("invalidValue", f"{name} must be text")


@pytest.mark.parametrize("value", [5, [5], [None], {}])
def test_search_request_refuses_names_of_another_type(value: Any) -> None:
    assert detail_of(read_search_request, {"attributes": value}) == (
        "invalidValue",
        "attributes must be a list of attribute names",
    )


@pytest.mark.parametrize("read", [read_query, read_search_request])
def test_cursor_asks_for_pages_by_cursor_and_the_empty_one_for_the_first(read: Any) -> None:
    assert read({"cursor": "", "count": "5"}) == Query(count=5, cursor="")
    assert read({"cursor": "abc", "startIndex": ""}) == Query(cursor="abc")
    assert read({"cursor": "", "count": "-2"}).count == 0
    assert read({"startIndex": "3"}).cursor is None


def test_null_is_no_cursor() -> None:
    assert read_search_request({"Cursor": None, "startIndex": 3}) == Query(start_index=3)


def test_cursor_and_index_exclude_each_other() -> None:
    for start in ("1", "x"):
        assert detail_of(read_query, {"cursor": "", "startIndex": start})[0] == "invalidValue"
    assert detail_of(read_search_request, {"cursor": "abc", "startIndex": 1})[0] == "invalidValue"


@pytest.mark.parametrize("value", [5, True, [], {}])
def test_cursor_of_another_type_is_refused(value: Any) -> None:
    assert detail_of(read_search_request, {"cursor": value})[0] == "invalidCursor"


@pytest.mark.parametrize("text", ["x", "1.5", "-"])
def test_count_beside_a_cursor_has_an_error_of_its_own(text: str) -> None:
    assert detail_of(read_query, {"cursor": "", "count": text}) == (
        "invalidCount",
        f"count is {text!r}; it must be a whole number",
    )
