from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.profiles.describing import settings_of
from optiid.profiles.loading import load_profiles
from tests.profiles.profile_folder import write_plugin

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = """
from marshmallow import fields, validate

class AcmeSettings(VendorSettings):
    size = fields.Integer(load_default=3, validate=validate.Range(min=1, max=9), metadata={"help": "How large."})
    count = fields.Integer(load_default=3)
    colour = fields.String(load_default="red")

@hookimpl
def settings_schema():
    return AcmeSettings
"""


def test_settings_have_default_allowed_values_and_help(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", SCHEMA)
    origins = {"acme": {"unknown_members": "file optiid.toml"}}
    profile = load_profiles(tmp_path, ("acme",), {"acme": {"unknown_members": "skip"}}, origins).get("acme")
    told = {one.name: one for one in settings_of(profile)}
    assert (told["unknown_members"].default, told["unknown_members"].allowed) == ("skip", "refuse, skip, skip_alien")
    assert told["unknown_members"].help.startswith("Member ids that no user or group has")
    assert (told["size"].default, told["size"].allowed, told["size"].help) == (3, "from 1 to 9", "How large.")
    assert (told["unknown_members"].origin, told["size"].origin) == ("file optiid.toml", "schema")
    assert told["page_size"].allowed == "from 0"
    assert told["count"].allowed == "a whole number"
    assert (told["colour"].allowed, told["colour"].help) == ("text", "")
    assert told["record_requests"].allowed == "true, false"
