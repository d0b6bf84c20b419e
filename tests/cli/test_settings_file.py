"""The settings file as text: the list changes, whatever else is in it does not."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.cli.settings_file import edited, read, save
from optiid.errors import ConflictError, InvalidInputError, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

MANY_LINES = """# who may
profiles_enabled = [
    "standard",  # always
    "old",       # goes with its line
    # the last one
    "kept",
]  # end
[limits]
page_limit = 5
"""
CASES = [
    ("", "profiles_enabled = [{}]\n"),
    ('home = "x"', 'home = "x"\nprofiles_enabled = [{}]\n'),
    (
        '# about\nhome = "x"  # why\n\n# limits\n[limits]\n',
        '# about\nhome = "x"  # why\nprofiles_enabled = [{}]\n\n# limits\n[limits]\n',
    ),
    ("[limits]\npage_limit = 5\n", "profiles_enabled = [{}]\n\n[limits]\npage_limit = 5\n"),
    ("a = 1\r\n[limits]\r\n", "a = 1\r\nprofiles_enabled = [{}]\r\n\r\n[limits]\r\n"),
    ('  profiles_enabled=["a", "#b"] # why\nz = 1\n', "  profiles_enabled=[{}] # why\nz = 1\n"),
    ('"profiles_enabled" = "a,b"\n', '"profiles_enabled" = [{}]\n'),
    ("'profiles_enabled' = []\n", "'profiles_enabled' = [{}]\n"),
    (
        'note = """\nprofiles_enabled = ["no"]\n[x]\n"""\nprofiles_enabled = ["yes"]\n',
        'note = """\nprofiles_enabled = ["no"]\n[x]\n"""\nprofiles_enabled = [{}]\n',
    ),
    ('[other]\nprofiles_enabled = ["no"]\n', 'profiles_enabled = [{}]\n\n[other]\nprofiles_enabled = ["no"]\n'),
]


@pytest.mark.parametrize(("before", "after"), CASES)
def test_only_the_list_changes(before: str, after: str) -> None:
    assert edited(before, ["standard", "acme"]) == after.format('"standard", "acme"')


def test_list_of_several_lines_keeps_its_comments() -> None:
    assert edited(MANY_LINES, ["standard", "kept", "new"]) == MANY_LINES.replace(
        '    "old",       # goes with its line\n', ""
    ).replace('    "standard"', '    "new",\n    "standard"')


def test_last_of_several_lines_may_go() -> None:
    text = 'profiles_enabled = [\n  "a",\n  "b"\n]\n'
    assert edited(text, ["a"]) == 'profiles_enabled = [\n  "a",\n]\n'
    assert edited(text, []) == "profiles_enabled = [\n]\n"
    assert edited("profiles_enabled = [\n  # none\n]\n", ["a"]) == 'profiles_enabled = [\n    "a",\n  # none\n]\n'


@given(
    st.lists(st.sampled_from(["a", "b-c", "d"]), unique=True), st.sampled_from([MANY_LINES, *(one for one, _ in CASES)])
)
def test_result_reads_as_wanted(names: list[str], text: str) -> None:
    made = tomllib.loads(edited(text, names))
    assert sorted(made.pop("profiles_enabled")) == sorted(names)
    others = tomllib.loads(text)
    others.pop("profiles_enabled", None)
    assert made == others


def test_what_cannot_be_done_safely_is_left_to_people() -> None:
    with pytest.raises(ConflictError, match=r'write profiles_enabled = \["a"\] into it yourself'):
        edited('"profiles\\u005fenabled" = ["b"]\n', ["a"])


def test_file_keeps_its_rights_and_its_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "optiid.toml"
    real.write_text("port = 1\n")
    real.chmod(0o640)
    link.symlink_to(real)
    save(link, "port = 2\r\n")
    assert (read(link), link.is_symlink(), real.stat().st_mode & 0o777) == ("port = 2\r\n", True, 0o640)
    assert read(tmp_path / "none.toml") == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["optiid.toml", "real.toml"]


def test_file_that_would_not_load_is_not_put_in_place(tmp_path: Path) -> None:
    file = tmp_path / "optiid.toml"
    file.write_text("port = 1\n")
    with pytest.raises(SettingsError, match=r"optiid\.toml: there is no setting 'prt'"):
        save(file, "prt = 1\n")
    with pytest.raises(InvalidInputError, match="cannot be written"):
        save(tmp_path / "nowhere" / "optiid.toml", "port = 1\n")
    assert (file.read_text(), list(tmp_path.iterdir())) == ("port = 1\n", [file])
