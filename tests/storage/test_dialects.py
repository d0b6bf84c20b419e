"""What the two databases say differently; that both mean the same is what test_filter_agreement is about."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.storage.dialects import POSTGRESQL, SQLITE


def test_placeholders_are_the_drivers() -> None:
    text = "SELECT '100%', ? LIKE ?"
    assert SQLITE.sql(text) == text
    assert POSTGRESQL.sql(text) == "SELECT '100%%', %s LIKE %s"


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL], ids=lambda dialect: dialect.name)
def test_lists_travel_as_one_parameter(dialect: Any) -> None:
    text = dialect.fixed("SELECT 1 WHERE 'a' {among} AND 'b' {beyond}{lock}")
    assert text.count("?") == 2
    assert "{" not in text


@pytest.mark.parametrize("values", [(), ("a",), ("a", 'b"c', "ü", "?", "%s", "{}")])
def test_list_is_found_again(service: Any, values: tuple[str, ...]) -> None:
    database = service.database
    cast = "CAST(? AS TEXT)"
    sql = database.dialect.fixed(f"SELECT {cast} {{among}}, {cast} {{beyond}}")
    for asked in ("a", "?", "ü"):
        listed = database.dialect.list_parameter(values)
        row = database.reading(
            lambda sql=sql, asked=asked, listed=listed: database.row(sql, [asked, listed, asked, listed])
        )
        assert [bool(cell) for cell in row] == [asked in values, asked not in values]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("a",), "x"),
        (("b", "$ref"), "y"),
        (("urn:x:2.0:User", "c"), "z"),
        (("nothing",), None),
        (("nothing", "below"), None),
        (("a", "below"), None),
    ],
)
def test_text_is_read_from_json(service: Any, keys: tuple[str, ...], expected: str | None) -> None:
    assert _read(service, service.database.dialect.json_text("j", keys)) == expected


def test_elements_are_read_in_order(service: Any) -> None:
    dialect = service.database.dialect
    objects = (
        f"SELECT {dialect.element_text('v')} FROM {dialect.json_elements('j', ('list',))} ORDER BY e.position DESC"
    )
    assert _read(service, f"({objects} LIMIT 1)") == "second"
    texts = f"SELECT {dialect.element_text(None)} FROM {dialect.json_elements('j', ('texts',))} ORDER BY e.position"
    assert _read(service, f"({texts} LIMIT 1)") == "{t"
    none = f"SELECT COUNT(*) FROM {dialect.json_elements('j', ('nothing',))}"
    assert _read(service, f"({none})") == 0


def test_texts_are_ordered_by_bytes(service: Any) -> None:
    dialect = service.database.dialect
    first, second = (dialect.ordered(dialect.json_text("j", (key,))) for key in ("upper", "a"))
    assert bool(_read(service, f"({first} < {second})"))
    first, second = (dialect.ordered(dialect.json_text("j", (key,))) for key in ("high", "astral"))
    assert bool(_read(service, f"({first} < {second})"))


def _read(service: Any, expression: str) -> Any:
    database = service.database
    kind = "JSONB" if database.dialect.name == "postgresql" else "TEXT"
    document = (
        '{"a": "x", "b": {"$ref": "y"}, "urn:x:2.0:User": {"c": "z"}, "list": [{"v": "first"}, {"v": "second"}],'
        ' "texts": ["{t", "u"], "upper": "Z", "high": "\\uffff", "astral": "\\ud800\\udc00"}'
    )
    sql = f"SELECT {expression} FROM (SELECT CAST(? AS {kind}) AS j) s"
    row = database.reading(lambda: database.row(sql, [document]))
    return row[0]
