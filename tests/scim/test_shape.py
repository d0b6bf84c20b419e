from __future__ import annotations

from optiid.scim.shape import shape_of


def test_names_and_types_stay_and_values_go() -> None:
    sent = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp", "Ann"],
        "Operations": [
            {"op": "Replace", "value": {"id": "7", "displayName": "Ann", "active": True, "n": 1.5, "x": None}},
            {"op": "add", "path": 'emails[value eq "ann@corp.test"].type', "value": ["ann"]},
            {"op": "ann", "path": "ann q", "ann q": {}},
        ],
    }
    assert shape_of(sent) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp", "text"],
        "Operations": [
            {
                "op": "Replace",
                "value": {"id": "text", "displayName": "text", "active": "boolean", "n": "number", "x": None},
            },
            {"op": "add", "path": "emails[].type", "value": ["text"]},
            {"op": "text", "path": "text", "text": {}},
        ],
    }


def test_large_bodies_have_small_shapes() -> None:
    assert shape_of({"members": [{"value": "a"}] * 1000})["members"] == [{"value": "text"}] * 20
    deep: object = "x"
    for _ in range(50):
        deep = {"a": deep}
    assert str(shape_of(deep)).count("a") == 9
