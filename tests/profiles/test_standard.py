from __future__ import annotations

from marshmallow import Schema, fields

from optiid.profiles import standard
from optiid.profiles.contract import ProfileContract
from optiid.profiles.loading import load_profiles


class TestStandard(ProfileContract):
    name = "standard"


def test_each_setting_has_a_default_and_a_text_for_administrators() -> None:
    for schema in (standard.StandardSettings, standard.VendorSettings):
        for name, field in schema().fields.items():
            assert field.load_default is not None, name
            assert isinstance(field, (fields.String, fields.Boolean, fields.Integer)), name
    for name, field in standard.StandardSettings().fields.items():
        assert field.metadata["help"], name


def test_vendor_settings_are_the_common_ones_with_other_defaults() -> None:
    assert set(standard.VendorSettings().fields) == set(standard.StandardSettings().fields)


def test_standard_is_always_there() -> None:
    profile = load_profiles(None, (), {}).get("standard")
    assert profile.source == "built in"
    assert issubclass(standard.settings_schema(), Schema)
    assert profile.settings({})["inactive"] == "delete"
