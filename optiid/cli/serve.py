"""`optiid serve`."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from optiid.cli.context import profiles_of, settings_for_command
from optiid.cli.output import show_json, with_output
from optiid.serving import serve as run
from optiid.serving import serve_reloading


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", type=click.IntRange(1), help="Number of worker processes.")
@click.option("--threads", type=click.IntRange(1), help="Number of threads of each worker.")
@click.option(
    "--reload",
    "reloads",
    is_flag=True,
    help="For development only: one worker, which begins anew when a plugin or the code changes.",
)
@with_output
def serve(
    host: str | None, port: int | None, workers: int | None, threads: int | None, reloads: bool, output: str
) -> None:
    """Serve identity providers under gunicorn, until stopped.

    Example: optiid serve --host 0.0.0.0 --port 8000
    """
    if reloads and workers is not None:
        raise click.UsageError("--reload runs one worker: leave --workers out")
    chosen = {"host": host, "port": port, "workers": workers, "threads": threads}
    given: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    settings = dataclasses.replace(settings_for_command(), **given)
    profiles_of(settings)  # a profile that cannot be loaded is told here in a line, not by each worker in a traceback
    if output == "json":
        show_json({"base_url": settings.scim_base_url, "host": settings.host, "port": settings.port})
    click.echo(f"optiid serves {settings.scim_base_url} on {settings.host}:{settings.port}", err=True)
    if reloads:
        click.echo("For development only: clients see the traceback of a plugin that cannot be loaded.", err=True)
        serve_reloading(settings)
    run(settings)
