"""Change which profiles are in use in a settings file, and nothing else: comments, order and spelling stay.

The file is edited as text. What comes out must read as the old settings with the new list; then it takes the old file's
place in one step, so that a start at any moment finds a whole file.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tomllib
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from optiid.errors import ConflictError, InvalidInputError, SettingsError
from optiid.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAME = "profiles_enabled"
KEY = re.compile(rf"^[ \t]*(?:{NAME}|\"{NAME}\"|'{NAME}')[ \t]*=[ \t]*", re.MULTILINE)
TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
# A comment, or a name in quotes.
PART = re.compile(r"#[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")
COMMENTS_BEFORE = re.compile(r"(?:^[ \t]*(?:#[^\n]*)?\r?\n)+\Z", re.MULTILINE)
LIST_ENDS = "]\"'"
# Anybody may read a list of names, as with a file that an editor makes.
READABLE = 0o644


def edited(text: str, names: Sequence[str]) -> str:
    """Return the text of a settings file with another list of profiles. Raises ConflictError when it cannot be done."""
    others = {key: value for key, value in tomllib.loads(text).items() if key != NAME}
    for candidate in _candidates(text, names):
        with contextlib.suppress(tomllib.TOMLDecodeError):
            document = tomllib.loads(candidate)
            if sorted(document.pop(NAME, [])) == sorted(names) and document == others:
                return candidate
    raise ConflictError(f"The file cannot be changed safely: write {_line(names)} into it yourself")


def save(path: Path, text: str) -> None:
    """Put a text in the place of a settings file, if it can be loaded. Raises SettingsError and InvalidInputError."""
    target = path.resolve()  # a link stays a link
    try:
        with NamedTemporaryFile("wb", dir=target.parent, prefix=".optiid-", suffix=".toml", delete=False) as made:
            made.write(text.encode())
            made.flush()
            os.fsync(made.fileno())
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written ({error.strerror})") from error
    new = Path(made.name)
    try:
        load_settings(environ={}, file=new)
        _keep_access(target, new)
        new.replace(target)
        _sync(target.parent)
    except SettingsError as error:
        raise SettingsError(str(error).replace(str(new), str(path))) from error
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be replaced ({error.strerror})") from error
    finally:
        new.unlink(missing_ok=True)


def read(path: Path) -> str:
    """Return the text of a settings file with its line ends; a missing one is empty."""
    return path.read_bytes().decode() if path.exists() else ""


def _candidates(text: str, names: Sequence[str]) -> Iterator[str]:
    """Yield the text with the list in each place that may be meant; only one that reads as wanted is taken."""
    for key in KEY.finditer(text):
        end = _end_of_value(text, key.end())
        if end:
            yield text[: key.end()] + _changed(text[key.end() : end], names) + text[end:]
    first_table = TABLE.search(text)
    before = text[: first_table.start()] if first_table else text
    comments = COMMENTS_BEFORE.search(before) if first_table else None
    for place in (comments.start() if comments else len(before), 0):
        yield _inserted(text, place, _line(names))


def _inserted(text: str, place: int, line: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    before, after = text[:place], text[place:]
    gap = "" if not before or before.endswith("\n") else newline
    parting = newline if after and after.strip() and not after[0].isspace() else ""
    return f"{before}{gap}{line}{newline}{parting}{after}"


def _end_of_value(text: str, start: int) -> int | None:
    """Return where the value that begins at `start` ends: at the first place up to which it can be read."""
    for end in range(start + 1, len(text) + 1):
        if text[end - 1] in LIST_ENDS:
            with contextlib.suppress(tomllib.TOMLDecodeError):
                tomllib.loads(f"value = {text[start:end]}")
                return end
    return None


def _changed(value: str, names: Sequence[str]) -> str:
    """Return a list with other names: of several lines, only those of names that come or go are touched."""
    if "\n" not in value or "[" not in value:
        return _array(names)
    kept: list[str] = []
    for part in list(PART.finditer(value))[::-1]:
        if part[0].startswith("#"):
            continue
        name = tomllib.loads(f"value = {part[0]}")["value"]
        if name in names:
            kept.append(name)
        else:
            value = _without(value, part.start(), part.end())
    for name in names:
        if name not in kept:
            value = _with(value, name)
    return value


def _without(value: str, start: int, end: int) -> str:
    """Take a name out with its comma, and with its line and comment when it stands there alone."""
    end += len(re.match(r"[ \t]*,?", value[end:])[0])  # type: ignore[index]  # it matches always
    line_start = value.rfind("\n", 0, start) + 1
    rest = re.match(r"[ \t]*(?:#[^\n]*)?\r?\n", value[end:])
    if rest and line_start and not value[line_start:start].strip():
        return value[:line_start] + value[end + rest.end() :]
    return value[:start] + value[end:].lstrip(" \t")


def _with(value: str, name: str) -> str:
    """Put a name before the first, in a line of its own, so that comments stay with the names they are about."""
    first = next((part for part in PART.finditer(value) if not part[0].startswith("#")), None)
    newline = "\r\n" if "\r\n" in value else "\n"
    if first is None:
        return f"[{newline}    {_text(name)},{value[1:]}"
    indent = re.search(r"[ \t]*\Z", value[: first.start()])[0]  # type: ignore[index]  # it matches always
    return f"{value[: first.start()]}{_text(name)},{newline}{indent or '    '}{value[first.start() :]}"


def _line(names: Sequence[str]) -> str:
    return f"{NAME} = {_array(names)}"


def _array(names: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, names))}]"


def _text(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _keep_access(old: Path, new: Path) -> None:
    """Give the new file the owner and the rights of the old one, as far as this user may."""
    known: Any = old.stat() if old.exists() else None
    new.chmod(known.st_mode & 0o7777 if known else READABLE)
    if known:
        with contextlib.suppress(PermissionError):
            os.chown(new, known.st_uid, known.st_gid)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
