from __future__ import annotations

import re

import pytest

from optiid.errors import SettingsError
from optiid.settings import load_settings


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"OPTIID_PORT": "eighty"}, "OPTIID_PORT must be a whole number, not 'eighty'"),
        ({"OPTIID_PORT": "0"}, "OPTIID_PORT must be at least 1, not '0'"),
        ({"OPTIID_PORT": "70000"}, "OPTIID_PORT must be at most 65535, not '70000'"),
        ({"OPTIID_WORKERS": "-1"}, "OPTIID_WORKERS must be a whole number"),
        ({"OPTIID_BUSY_TIMEOUT_SECONDS": "soon"}, "OPTIID_BUSY_TIMEOUT_SECONDS must be a number, not 'soon'"),
        ({"OPTIID_RATE_LIMIT_ENABLED": "maybe"}, "OPTIID_RATE_LIMIT_ENABLED must be true or false, not 'maybe'"),
        ({"OPTIID_LOG_LEVEL": "loud"}, "OPTIID_LOG_LEVEL must be one of debug, info, warning, error, critical"),
        ({"OPTIID_PUBLIC_URL": "scim.example.com"}, "OPTIID_PUBLIC_URL must look like https://scim.example.com"),
        ({"OPTIID_PUBLIC_URL": "https://a.example/?x=1"}, "OPTIID_PUBLIC_URL must look like"),
        ({"OPTIID_TRUSTED_PROXIES": "10.0.0.0/8,here"}, "must name addresses such as 10.0.0.0/8, not 'here'"),
    ],
)
def test_wrong_value_is_named(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)):
        load_settings(environ)


@pytest.mark.parametrize(
    ("text", "names"), [("one,two", ("one", "two")), (" one , ", ("one",)), ("", None), (" , ", None)]
)
def test_profiles_enabled_is_a_list_of_names(text: str, names: tuple[str, ...] | None) -> None:
    assert load_settings({"OPTIID_PROFILES_ENABLED": text}).profiles_enabled == names


@pytest.mark.parametrize("text", ["east=postgresql://a/b west=sqlite:///c", "east=postgresql://a/b,\nwest=sqlite:///c"])
def test_shards_have_names_and_urls(text: str) -> None:
    assert load_settings({"OPTIID_SHARDS": text}).shards == (("east", "postgresql://a/b"), ("west", "sqlite:///c"))


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:secret@a/b",
        "East=sqlite:///c",
        "first=sqlite:///c",
        "a=sqlite:///c a=sqlite:///d",
        "a=mysql://x",
    ],
)
def test_shards_that_cannot_be_are_refused_without_their_secrets(text: str) -> None:
    with pytest.raises(SettingsError, match="OPTIID_SHARDS must be NAME=URL for each shard") as error:
        load_settings({"OPTIID_SHARDS": text})
    assert "secret" not in str(error.value)
