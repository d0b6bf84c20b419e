"""`optiid access`: what somebody may do and why, and who has a role."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.directory import of_organization, show_in
from optiid.cli.output import show_json, show_list, show_record, with_output
from optiid.services import access as service
from optiid.services import organizations


@click.group()
def access() -> None:
    """Access: the roles of a person with the reason for each, and the people who have a role."""


@access.command()
@click.argument("id_or_name")
@of_organization
@with_output
def show(id_or_name: str, organization: str | None, output: str) -> None:
    """Show what a person may do, and why.

    Example: optiid access show ada@example.com
    """
    found = show_in(lambda *asked: asdict(service.access_of(*asked)), id_or_name, organization)
    if output == "json":
        show_json(found)
        return
    groups = ", ".join(group["name"] for group in found["groups"])
    show_record(output, {name: found[name] for name in ("user_name", "id", "state", "allowed")} | {"groups": groups})
    click.echo()
    show_list(output, _reasons(found), ["product", "instance", "role", "why"])


@access.command()
@click.argument("instance_id")
@click.argument("role")
@click.option("--organization", required=True, help="Id or name of the organization.")
@click.option("--after", default="", help="Begin after this id.")
@click.option("--limit", type=click.IntRange(1, 10000), default=200, help="How many at most.")
@with_output
def who(instance_id: str, role: str, organization: str, after: str, limit: int, output: str) -> None:
    """List the people who have a role in an instance, and why."""
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization).id
        found = service.who_has(database, owner, instance_id, role, after, limit)
    records = [asdict(one) for one in found]
    for record in records:
        record["why"] = "; ".join(reason["why"] for reason in _reasons(record))
    show_list(output, records, ["id", "user_name", "why"])


def _reasons(record: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"product": held["product"], "instance": held["instance"], "role": held["role"], "why": reason["text"]}
        for held in record["roles"]
        for reason in held["reasons"]
    ]
