"""`optiid doctor`: what is right, what may become wrong, what is wrong, and what to do."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optiid.cli.context import profiles_of, settings_for_command
from optiid.cli.output import show_json, with_output
from optiid.clock import now, timestamp
from optiid.errors import OptiidError
from optiid.services import (
    adoptions,
    clients,
    connections,
    counting,
    holds,
    hook_faults,
    organization_rules,
    organizations,
    recognitions,
    relocating,
    request_log,
    shard_upkeep,
    tokens,
)
from optiid.services.expiry_notices import SOON
from optiid.settings import machine
from optiid.storage.database import open_database
from optiid.storage.migrating import ensure_ready, status
from optiid.storage.safe_sqlite import check_sharing, version_text
from optiid.storage.sessions import lost, most_connections
from optiid.storage.shards import Shards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optiid.settings import Settings
    from optiid.storage.database import Database

# The one that answers probes, and the one that writes the logbook.
OTHER_THREADS = 2
WORDS = {"failed": "failed", "slow": "was slow"}


@dataclass(frozen=True)
class Finding:
    """One line: `ok`, `warn` or `fail`, about what, and what to do."""

    level: str
    about: str
    text: str


@click.command()
@with_output
@click.pass_context
def doctor(ctx: click.Context, output: str) -> None:
    """Look at settings, database, profiles and tokens; exit status 1 when something fails."""
    settings = settings_for_command()
    found = list(findings(settings))
    if output == "json":
        show_json([vars(one) for one in found])
    else:
        for one in found:
            click.echo(f"{one.level:<4}  {one.about:<10}  {one.text}")
    ctx.exit(1 if any(one.level == "fail" for one in found) else 0)


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield what is found, from the ground up."""
    yield Finding("ok", "python", sys.version.split()[0])
    for about, check in (
        ("home", check_home),
        ("server", check_server),
        ("sqlite", check_sqlite),
        ("url", check_url),
        ("profiles", check_profiles),
    ):
        yield from guarded(about, settings, check)
    if not settings.shards:
        yield from look_into(lambda: open_database(settings), settings)
        return
    try:
        shards = Shards(settings)
    except OptiidError as error:
        yield Finding("fail", "database", str(error))
        return
    for text in shard_upkeep.faults(shards):
        yield Finding("warn", "shards", text)
    for organization in organizations.list_all(shards.first):
        if organization_rules.of_organization(shards.first, organization.id).unique_names == "installation":
            text = f"organization {organization.name!r}: names are unique on one shard only, not in the installation"
            yield Finding("warn", "names", text)
    for name in shards.names:
        for one in look_into(lambda: shards.get(name), settings):  # noqa: B023 - called at once
            yield Finding(one.level, one.about, f"shard {name}: {one.text}")


def look_into(opened: Callable[[], Database], settings: Settings) -> Iterator[Finding]:
    """Yield what is found in one database."""
    try:
        database = opened()
        ensure_ready(database)
    except OptiidError as error:
        yield Finding("fail", "database", str(error))
        return
    try:
        yield from check_database(database)
        yield from check_pool(database, settings)
        yield from check_connections(database, settings)
        yield from check_traffic(database)
        yield from check_hooks(database)
        yield from check_holds(database)
        yield from check_owners(database)
        yield from check_lists(database)
    finally:
        database.close()


def guarded(about: str, settings: Settings, check: Callable[[Settings], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield the findings of a check; an error it raises is one."""
    try:
        yield from check(settings)
    except OptiidError as error:
        yield Finding("fail", about, str(error))


def check_home(settings: Settings) -> Iterator[Finding]:
    """Yield whether the data folder can be written."""
    home = Path(settings.home).resolve()
    nearest = next(place for place in (home, *home.parents) if place.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        yield Finding("ok", "home", str(home))
    else:
        yield Finding("fail", "home", f"{home} cannot be written: change its owner, or set OPTIID_HOME")


def check_server(settings: Settings) -> Iterator[Finding]:
    """Yield how many workers and threads there are, and what the machine has for them."""
    processors, memory = machine.processors(), machine.memory()
    given = f"{settings.workers} workers of {settings.threads} threads"
    fitting = (
        f"{machine.best_workers(processors, memory)} fit {processors:g} processors and {memory // machine.MIB} MiB"
    )
    if settings.workers * machine.WORKER_MEMORY > memory:
        yield Finding("warn", "server", f"{given} may need more memory than there is: {fitting}")
    else:
        yield Finding("ok", "server", f"{given}; {fitting}")
    if settings.database_url.startswith("postgres") and settings.threads + OTHER_THREADS > settings.database_pool:
        needed = settings.threads + OTHER_THREADS
        yield Finding("warn", "server", f"threads wait for connections: set database_pool to {needed} or more")


def check_sqlite(settings: Settings) -> Iterator[Finding]:
    """Yield whether SQLite may be shared by the workers."""
    if settings.database_url.startswith("postgres"):
        return
    check_sharing(settings)
    yield Finding("ok", "sqlite", f"{version_text()}, {settings.workers} workers")


def check_url(settings: Settings) -> Iterator[Finding]:
    """Yield whether identity providers can be told the URL."""
    url = settings.scim_base_url
    if settings.public_url.startswith("https://"):
        yield Finding("ok", "url", url)
    else:
        yield Finding("warn", "url", f"{url} is not https: set OPTIID_PUBLIC_URL to what identity providers reach")


def check_profiles(settings: Settings) -> Iterator[Finding]:
    """Yield each profile, in use or switched off."""
    for listing in profiles_of(settings).listing():
        state = "in use" if listing.enabled else "switched off: its connections are answered 503"
        yield Finding("ok" if listing.enabled else "warn", "profile", f"{listing.name}: {state}")


def check_database(database: Database) -> Iterator[Finding]:
    """Yield the kind of the database and its newest migration."""
    yield Finding("ok", "database", f"{database.dialect.name}, migration {status(database).applied[-1]}")


def check_pool(database: Database, settings: Settings) -> Iterator[Finding]:
    """Yield whether the server takes the connections that the workers may ask for, and what those say of themselves."""
    most, asked = most_connections(database), settings.workers * settings.database_pool
    if most is not None:
        told = f"{settings.workers} workers may open {asked} connections, the server takes {most}"
        advice = ": lower database_pool, or raise max_connections"
        yield Finding("warn", "pool", told + advice) if asked > most else Finding("ok", "pool", told)
    for name, statement in lost(database).items():
        yield Finding("warn", "pool", f"a pooler loses {name} of connections: {statement}")


def check_connections(database: Database, settings: Settings) -> Iterator[Finding]:
    """Yield what keeps connections from working, now or soon."""
    try:
        registry = profiles_of(settings)
    except OptiidError:
        return  # told of the profiles already, and nothing works before that is right
    for connection in connections.list_all(database):
        about = f"connection {connection.name!r} ({connection.id})"
        try:
            registry.get(connection.profile).settings(connection.settings)
        except OptiidError as error:
            yield Finding("fail", "connection", f"{about}: {error}")
        yield from check_credentials(database, connection.id, about)


def check_credentials(database: Database, connection: str, about: str) -> Iterator[Finding]:
    """Yield whether an identity provider can come in by a connection, and for how much longer."""
    ends = {
        one.expires_at: f"token rotate {connection}"
        for one in tokens.list_all(database, connection)
        if one.revoked_at is None
    }
    ends |= {clients.works_until(one): f"client rotate {one.id}" for one in clients.list_all(database, connection)}
    last, moment = max(ends, default=""), now()
    if last <= timestamp(moment):
        text = f"{about} has no token and no client that works: optiid token create {connection}"
        yield Finding("warn", "token", text)
    elif last < timestamp(moment + SOON):
        yield Finding("warn", "token", f"{about}: the last credential expires on {last[:10]}: optiid {ends[last]}")


def check_traffic(database: Database) -> Iterator[Finding]:
    """Yield connections whose requests are not those of their profile, and those that still record requests."""
    for connection in connections.list_all(database):
        about = f"connection {connection.name!r} ({connection.id})"
        seen = recognitions.of_connection(database, connection)
        if seen is not None:
            yield Finding(
                "warn",
                "profile",
                f"{about}, profile {connection.profile}, looks like {seen.profile}: {seen.reason}"
                f" (since {seen.first_seen_at[:10]}); if so, make a connection with that profile",
            )
        kept = request_log.count(database, connection)
        if kept:
            yield Finding(
                "warn",
                "recording",
                f"{about}: {kept} recorded requests hold personal data: optiid connection forget {connection.id}",
            )


def check_holds(database: Database) -> Iterator[Finding]:
    """Yield connections whose removals wait for a decision."""
    for organization in organizations.list_all(database):
        for seen in holds.waiting(database, organization.id):
            yield Finding(
                "warn",
                "hold",
                f"connection {seen.connection}: {seen.number} removals wait since {seen.since[:19]}Z:"
                f" optiid hold list --organization {organization.id}",
            )


def check_owners(database: Database) -> Iterator[Finding]:
    """Yield adoptions that wait for a decision, and connections whose users are half on their way."""
    for organization in organizations.list_all(database):
        waiting = [one for one in adoptions.list_all(database, organization.id) if one.state == "proposed"]
        if waiting:
            text = f"{len(waiting)} wait for a decision: optiid adoption list --organization {organization.id}"
            yield Finding("warn", "adoption", text)
    for sentence in relocating.unfinished(database):
        yield Finding("warn", "move", sentence)


def check_lists(database: Database) -> Iterator[Finding]:
    """Yield lists that are told to have another number of resources than they have."""
    for organization in organizations.list_all(database):
        for sentence in counting.faults(database, organization.id):
            yield Finding("fail", "list", f"organization {organization.name!r}: {sentence}: optiid db recount")


def check_hooks(database: Database) -> Iterator[Finding]:
    """Yield hooks of profiles that failed or were slow in the last days."""
    for connection in connections.list_all(database):
        for seen in hook_faults.recent(database, connection):
            yield Finding(
                "warn",
                "hook",
                f"connection {connection.name!r} ({connection.id}): profile {seen.profile}: {seen.hook}"
                f" {WORDS[seen.kind]} ({seen.reason}), {seen.times} times or more since {seen.first_seen_at[:10]},"
                f" last at {seen.last_seen_at[:19]}Z; the log tells more, and optiid profile check {seen.profile}",
            )
