from __future__ import annotations

import pytest
from marshmallow import RAISE, ValidationError, fields, validate

from optiid.profiles.setting_faults import allowed, settings_told
from optiid.profiles.standard import StandardSettings


class Settings(StandardSettings):
    size = fields.Integer(validate=validate.Range(min=1, max=9))
    colour = fields.String()
    count = fields.Integer()


def told(name: str, value: object, origins: dict[str, str] | None = None) -> str:
    schema = Settings(unknown=RAISE)
    with pytest.raises(ValidationError) as caught:
        schema.load({name: value})
    return settings_told(caught.value, schema.fields, origins or {})


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("unknown_member", "skip", "unknown_member: there is no such setting; the nearest is unknown_members"),
        ("unknown_members", "skp", "unknown_members: Must be one of: refuse, skip, skip_alien."),
        ("record_requests", "perhaps", "record_requests: Not a valid boolean. Allowed is true, false."),
        ("size", "large", "size: Not a valid integer. Allowed is from 1 to 9."),
        ("page_size", "1", "page_size: Not a valid integer. Allowed is from 0."),
        ("count", "many", "count: Not a valid integer. Allowed is a whole number."),
        ("colour", 3, "colour: Not a valid string. Allowed is text."),
    ],
)
def test_fault_names_the_setting_and_what_is_allowed(name: str, value: object, text: str) -> None:
    assert told(name, value) == text


def test_place_in_the_configuration_is_told() -> None:
    assert told("size", 0, {"size": "file a.toml", "colour": "file b.toml"}).startswith("size (file a.toml): Must be")


def test_fault_of_the_whole_is_told_as_it_is() -> None:
    assert settings_told(ValidationError({"_schema": ["Too many."]}), {}, {}) == "_schema: Too many."


def test_range_without_an_end() -> None:
    assert allowed(fields.Integer(validate=validate.Range(max=3))) == "to 3"
