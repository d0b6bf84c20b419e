"""`optiid profile check`: is a profile ready to be used? Needs neither pytest nor a database of yours."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from optiid import logs
from optiid.application import create_app
from optiid.cli.context import folder_of, open_ready, settings_for_command
from optiid.cli.guides import mapping_of, sample_guide
from optiid.cli.output import show_json, with_output
from optiid.errors import OptiidError
from optiid.profiles.loading import load_chain
from optiid.profiles.promises import PROMISES, PromiseBrokenError, Subject, transcripts_in
from optiid.profiles.replaying.player import Player, Reply
from optiid.services import connections, organizations, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optiid.profiles.profile import Profile
    from optiid.profiles.registry import ProfileRegistry
    from optiid.settings import Settings

BASE = "/scim/v2"


@dataclass(frozen=True)
class Line:
    """One line of the outcome: `ok`, `miss` (works, but lacks something) or `fail`."""

    level: str
    about: str
    text: str = ""


@click.command()
@click.argument("name")
@click.option(
    "--transcripts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of its transcripts; without it the folder transcripts beside the plugin.",
)
@with_output
@click.pass_context
def check(ctx: click.Context, name: str, transcripts: Path | None, output: str) -> None:
    """Hold a profile to its promises and replay its transcripts, on a database that is thrown away.

    The profile need not be in use. Exit status 1 when something fails.

    Example: optiid profile check acme
    """
    settings = dataclasses.replace(settings_for_command(), log_level="critical")
    logs.configure(settings)  # what fails is told below, line by line
    found = list(lines(settings, name, transcripts))
    if output == "json":
        show_json([vars(one) for one in found])
    else:
        for one in found:
            click.echo(f"{one.level:<4}  {one.about}" + (f": {one.text}" if one.text else ""))
    ctx.exit(1 if any(one.level == "fail" for one in found) else 0)


def lines(settings: Settings, name: str, folder: Path | None) -> Iterator[Line]:
    """Yield what is right, what is missing and what is wrong."""
    try:
        registry = load_chain(folder_of(settings), name, settings.profiles, settings.profile_origins)
    except OptiidError as error:
        yield Line("fail", "it can be loaded", str(error))
        return
    profile = registry.get(name)
    yield Line("ok", "it can be loaded", profile.source)
    if folder is None and profile.file is not None:
        folder = profile.file.parent / "transcripts"
    files = transcripts_in(folder)
    read = {path: _read(path) for path in files}
    good = {path: document for path, document in read.items() if isinstance(document, dict)}
    yield from promises_kept(Subject(profile, tuple(good)))
    yield from what_is_missing(profile, settings)
    if profile.name != "standard" and not files:
        yield Line(
            "miss", "transcripts", f"there is none in {folder}; optiid profile record makes one of real requests"
        )
    for path, problem in read.items():
        if path not in good:
            yield Line("fail", f"transcript {path.name}", str(problem))
    yield from replayed(settings, registry, profile, good)


def promises_kept(subject: Subject) -> Iterator[Line]:
    """Yield a line for each promise."""
    for promise in PROMISES:
        about = promise.__name__.replace("_", " ")
        try:
            promise(subject)
        except (PromiseBrokenError, OptiidError) as error:
            yield Line("fail", about, str(error))
        except Exception as error:  # noqa: BLE001 - a plugin can raise anything
            yield Line("fail", about, f"{type(error).__name__}: {error}")
        else:
            yield Line("ok", about)


def what_is_missing(profile: Profile, settings: Settings) -> Iterator[Line]:
    """Yield what a profile can do without, and its administrators cannot."""
    if profile.name == "standard":
        return
    for hook, text in (
        ("recognise_request", "no recognition: nobody is warned when a connection has the wrong profile"),
        ("setup_guide", "no set-up guide of its own"),
    ):
        if hook not in profile.own_hooks:
            yield Line("miss", hook, text)
    try:
        guide = profile.setup_guide(sample_guide(profile, settings))
    except OptiidError:
        return  # told as a broken promise
    if not mapping_of(guide):
        yield Line("miss", "setup_guide", "the guide has no table that says which attribute is mapped to which")


def replayed(
    settings: Settings, registry: ProfileRegistry, profile: Profile, transcripts: dict[Path, dict[str, Any]]
) -> Iterator[Line]:
    """Yield how each conversation goes, with a service in this process."""
    if not transcripts:
        return
    with TemporaryDirectory(prefix="optiid-check-") as home:
        thrown_away = dataclasses.replace(
            settings, home=home, database_url="", shards=(), profiles_enabled=tuple(profile.chain), trace_hooks=False
        )
        send = _sender(thrown_away)
        for path, transcript in transcripts.items():
            token = _new_token(thrown_away, registry, profile.name, path.stem)
            about = f"transcript {path.name}"
            try:
                problem = Player(send, token).play(transcript, "r1")
            except Exception as error:  # noqa: BLE001 - what is written by hand can have any shape
                problem = f"it cannot be played ({type(error).__name__}: {error})"
            yield Line("fail", about, problem) if problem else Line("ok", about)


def _read(path: Path) -> dict[str, Any] | str:
    """Return a transcript, or what is wrong with the file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return f"it cannot be read ({error})"
    steps = document.get("steps") if isinstance(document, dict) else None
    if not isinstance(steps, list) or not all(isinstance(step, dict) and _is_request(step) for step in steps):
        return "it must be an object with a list named steps, each with a request that has method and path"
    whole: dict[str, Any] = document
    return whole


def _is_request(step: dict[str, Any]) -> bool:
    request = step.get("request")
    return isinstance(request, dict) and all(isinstance(request.get(name), str) for name in ("method", "path"))


def _sender(settings: Settings) -> Callable[[str, str, dict[str, str], bytes | None], Reply]:
    client = create_app(settings).test_client()

    def send(method: str, path: str, headers: dict[str, str], body: bytes | None) -> Reply:
        answer = client.open(BASE + path, method=method, headers=headers, data=body)
        known = {name.lower(): value for name, value in answer.headers}
        return Reply(answer.status_code, known, json.loads(answer.data) if answer.data else None)

    return send


def _new_token(settings: Settings, registry: ProfileRegistry, profile: str, name: str) -> str:
    """Return the token of a connection that no other transcript has seen."""
    with open_ready(settings) as database:
        owner = organizations.create(database, name)
        made = connections.create(database, owner.id, registry.get(profile))
        return tokens.create(database, made.id)[1]
