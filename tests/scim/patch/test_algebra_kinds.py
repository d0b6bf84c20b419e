"""Laws of PATCH over attributes of every kind, in the core and in an extension, and agreement with a naive model."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from optiid.scim.errors import ScimError
from optiid.scim.patch.engine import apply_edits
from optiid.scim.patch.operations import MISSING, PatchOperation
from optiid.scim.patch.planner import plan_patch
from optiid.scim.validation import validate_touched
from tests.geared import GEAR, GEARED, KINDS, PARTS, values
from tests.scim.patch.naive import Model, Refused, Target, key

EMAIL_KINDS = {"value": "string", "type": "string", "display": "string", "primary": "boolean"}
COST_KINDS = {"code": "string", "amount": "decimal", "primary": "boolean"}
NAME_KINDS = {"givenName": "string", "familyName": "string"}
PART_KINDS = {kind: kind for kind in KINDS}
CORE: dict[str, Any] = {"title": "string", "active": "boolean", "name": NAME_KINDS, "emails": EMAIL_KINDS}
GEAR_KINDS: dict[str, Any] = {
    **{f"one{kind.capitalize()}": kind for kind in KINDS},
    **{f"many{kind.capitalize()}": kind for kind in KINDS},
    "pair": PART_KINDS,
    "pairs": PART_KINDS,
    "costs": COST_KINDS,
}
MANY = {"emails", "pairs", "costs", *(f"many{kind.capitalize()}" for kind in KINDS)}
PLACES = [(None, name) for name in CORE] + [(GEAR, name) for name in GEAR_KINDS]
MODEL = Model(CORE | GEAR_KINDS, MANY)


def one_value(kinds: Any) -> st.SearchStrategy[Any]:
    """Return single values of an attribute that has these kinds."""
    if not isinstance(kinds, dict):
        return values(kinds)
    if kinds is PART_KINDS:
        return PARTS
    needed = {name: values(kind) for name, kind in kinds.items() if name in ("value", "code")}
    others = {name: values(kind) for name, kind in kinds.items() if name not in needed}
    return st.fixed_dictionaries(needed, optional=others).filter(bool)


def kinds_of(name: str) -> Any:
    return CORE.get(name) or GEAR_KINDS[name]


def value_of(name: str) -> st.SearchStrategy[Any]:
    """Return what an attribute can hold: of many values none twice, and one primary at most."""
    single = one_value(kinds_of(name))
    if name not in MANY:
        return single
    lists = st.lists(single, min_size=1, max_size=3)
    return lists.filter(lambda found: not repeats(name, found) and primaries(found) <= 1)


def repeats(name: str, found: list[Any]) -> bool:
    return any(MODEL.same(name, one, other) for number, one in enumerate(found) for other in found[:number])


def primaries(found: list[Any]) -> int:
    return sum(isinstance(one, dict) and one.get("primary") is True for one in found)


VALUES = {name: value_of(name) for _, name in PLACES}
ALL = ("add", "replace", "remove")


@st.composite
def cases(draw: Any, most: int = 1, ops: tuple[str, ...] = ALL) -> Any:
    """Return a document and operations on the few attributes that it has or lacks."""
    places = draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3, unique=True))
    document: dict[str, Any] = {"userName": "babs", GEAR: {"name": "n"}}
    for urn, name in places:
        if draw(st.integers(0, 3)):
            held(document, urn)[name] = draw(VALUES[name])
    return document, draw(st.lists(operations(places, ops), min_size=1, max_size=most))


@st.composite
def operations(draw: Any, places: list[tuple[str | None, str]], ops: tuple[str, ...] = ALL) -> Any:
    """Return (op, target, value) on one of some places, with or without a filter and a sub-attribute."""
    urn, name = draw(st.sampled_from(places))
    kinds, op = kinds_of(name), draw(st.sampled_from(ops))
    where = sub = None
    if name in MANY and draw(st.booleans()):
        part = draw(st.sampled_from(list(kinds))) if isinstance(kinds, dict) else None
        where = (part, draw(values(kinds if part is None else kinds[part])))
    if isinstance(kinds, dict) and draw(st.booleans()):
        sub = draw(st.sampled_from(list(kinds)))
    if sub is not None:
        return op, Target(urn, name, where, sub), draw(values(kinds[sub]))
    return op, Target(urn, name, where), draw(VALUES[name] if where is None else one_value(kinds))


def written(op: str, target: Target, value: Any) -> PatchOperation:
    return PatchOperation(op, target.path(json.dumps), MISSING if op == "remove" else value)


def patched(document: dict[str, Any], *done: PatchOperation) -> dict[str, Any]:
    plan = plan_patch(list(done), GEARED)
    return validate_touched(GEARED, *apply_edits(document, plan.edits, GEARED))


def outcome(document: dict[str, Any], *done: Any) -> Any:
    """Return the document that operations lead to, or the scimType they are refused with."""
    try:
        return patched(document, *(written(*one) for one in done))
    except ScimError as error:
        return error.scim_type


@given(cases())
def test_naive_model_comes_to_the_same(case: Any) -> None:
    document, (done,) = case
    try:
        expected: Any = MODEL.apply(document, *done)
    except Refused as refused:
        expected = str(refused)
    assert outcome(document, done) == expected


@given(cases(most=4))
def test_naive_model_comes_to_the_same_over_several_operations(case: Any) -> None:
    document, done = case
    expected: Any = document
    try:
        for one in done:
            expected = MODEL.apply(expected, *one)
    except Refused:
        return  # a value may lack a part for the while of one operation; the model is stricter there
    assert outcome(document, *done) == expected


@given(cases(ops=("add", "replace")))
def test_doing_it_twice_is_doing_it_once(case: Any) -> None:
    document, (done,) = case
    assume(done[1].where is None)  # what selected a value may be changed, and select no longer
    once = outcome(document, done)
    assume(isinstance(once, dict))
    assert outcome(once, done) == once


FRESH = {
    "string": "fresh",
    "exact": "fresh",
    "integer": 77,
    "decimal": 7.75,
    "dateTime": "2031-01-01T00:00:00Z",
    "reference": "https://fresh.example/",
    "binary": "ZnJlc2g=",
}


@given(st.sampled_from(sorted(MANY - {"manyBoolean"})), st.data())
def test_removing_a_new_value_leaves_what_was_before(name: str, data: Any) -> None:
    kinds, urn = kinds_of(name), None if name in CORE else GEAR
    document: dict[str, Any] = {"userName": "babs", GEAR: {"name": "n"}}
    if data.draw(st.booleans()):
        held(document, urn)[name] = data.draw(VALUES[name])
    if isinstance(kinds, dict):
        part = "value" if "value" in kinds else "code" if "code" in kinds else data.draw(st.sampled_from(sorted(FRESH)))
        value, where = data.draw(one_value(kinds)) | {part: FRESH[kinds[part]]}, (part, FRESH[kinds[part]])
    else:
        value, where = FRESH[kinds], (None, FRESH[kinds])
    added = outcome(document, ("add", Target(urn, name), [value]))
    assert len(held(added, urn)[name]) == len(held(document, urn).get(name, [])) + 1
    removed = outcome(added, ("remove", Target(urn, name, where), None))
    assert unmarked(removed) == unmarked(document)


def held(document: dict[str, Any], urn: str | None) -> dict[str, Any]:
    found: dict[str, Any] = document if urn is None else document[urn]
    return found


def unmarked(value: Any) -> Any:
    """Return a document without `primary`, the mark that a new value takes from the others."""
    if isinstance(value, list):
        return [unmarked(one) for one in value]
    return (
        {name: unmarked(one) for name, one in value.items() if name != "primary"} if isinstance(value, dict) else value
    )


@given(cases(), st.lists(st.sampled_from(PLACES), min_size=2, max_size=2, unique=True), st.data())
def test_operations_on_different_attributes_commute(case: Any, places: Any, data: Any) -> None:
    document, before = case[0], deepcopy(case[0])
    done = [data.draw(operations([place])) for place in places]
    this, that = outcome(document, *done), outcome(document, *reversed(done))
    assert this == that or (isinstance(this, str) and isinstance(that, str))
    assert document == before


@given(cases())
def test_what_is_there_already_changes_nothing(case: Any) -> None:
    document, _ = case
    for urn in (None, GEAR):
        for name, value in held(document, urn).items():
            if name != GEAR:
                for op in ("add", "replace"):
                    assert patched(document, written(op, Target(urn, name), value)) == document
    assert patched(document, PatchOperation("add", None, document)) == document
    assert patched(document, PatchOperation("replace", GEAR, document[GEAR])) == document


@given(cases(most=3))
def test_values_stay_lawful(case: Any) -> None:
    document, done = case
    after = outcome(document, *done)
    assume(isinstance(after, dict))
    for urn, name in PLACES:
        value = held(after, urn).get(name)
        assert value not in ([], {})
        if name in MANY and value is not None:
            assert primaries(value) <= 1
            if not isinstance(kinds_of(name), dict):
                assert len({repr(key(kinds_of(name), one)) for one in value}) == len(value)
