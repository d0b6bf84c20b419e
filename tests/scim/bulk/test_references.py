"""References by bulkId are found wherever a value can stand, and nowhere else (RFC 7644, section 3.7.2)."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.scim.bulk.references import exchanged, name_in, names_in, with_ids

IDS = {"a": "id-a", "b": "id-b", "": "id-nobody"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bulkId:a", "a"),
        ("bulkid:a", "a"),
        ("bulkId:", ""),
        ("bulkId: a", " a"),
        ("bulkId:a:b/c\n", "a:b/c\n"),
        ("a bulkId:a", None),
        ("bulkId", None),
        ("", None),
    ],
)
def test_name_in_a_text(text: str, name: str | None) -> None:
    assert name_in(text) == name


@pytest.mark.parametrize(
    ("data", "names", "resolved"),
    [
        ({"members": [{"value": "bulkId:a"}, {"value": "x"}]}, ["a"], {"members": [{"value": "id-a"}, {"value": "x"}]}),
        ({"manager": "bulkId:b"}, ["b"], {"manager": "id-b"}),
        ({"urn:x": {"manager": {"value": "bulkId:b"}}}, ["b"], {"urn:x": {"manager": {"value": "id-b"}}}),
        (
            {"Operations": [{"op": "add", "value": ["bulkId:a"]}]},
            ["a"],
            {"Operations": [{"op": "add", "value": ["id-a"]}]},
        ),
        ({"path": 'members[value eq "bulkId:a"]'}, ["a"], {"path": 'members[value eq "id-a"]'}),
        (
            {"path": 'm[value eq "bulkId:a" or value eq "bulkId:b"]'},
            ["a", "b"],
            {"path": 'm[value eq "id-a" or value eq "id-b"]'},
        ),
        ({"value": 'the "bulkId:a" in quotes'}, [], {"value": 'the "bulkId:a" in quotes'}),
        ({"value": "bulkId:a", "$ref": "../Users/bulkId:a"}, ["a"], {"value": "id-a"}),
        ({"value": "x", "$REF": "bulkId:nobody"}, [], {"value": "x"}),
        ({"$ref": "https://example.com/Users/1"}, [], {"$ref": "https://example.com/Users/1"}),
        ({"$ref": {"value": "bulkId:a"}}, ["a"], {"$ref": {"value": "id-a"}}),
        ({"bulkId:a": 1, "n": None, "t": True}, [], {"bulkId:a": 1, "n": None, "t": True}),
        ("bulkId:", [""], "id-nobody"),
        (None, [], None),
    ],
)
def test_references_in_data(data: Any, names: list[str], resolved: Any) -> None:
    kept = str(data)
    assert list(names_in(data)) == names
    assert with_ids(data, IDS) == resolved
    assert str(data) == kept


def test_resolved_data_is_a_copy() -> None:
    data = {"members": [{"value": "x"}]}
    resolved = with_ids(data, {})
    resolved["members"][0]["value"] = "y"
    assert data == {"members": [{"value": "x"}]}


def test_exchange_touches_whole_texts_only() -> None:
    assert exchanged({"a": ["1", "11", 1, None], "1": "1"}, {"1": "2"}) == {"a": ["2", "11", 1, None], "1": "2"}
    assert exchanged(None, {}) is None
