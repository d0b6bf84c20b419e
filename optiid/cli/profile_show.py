"""`optiid profile show`: all that a profile says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from optiid.cli.context import folder_of, settings_for_command
from optiid.cli.guides import mapping_of, sample_guide
from optiid.cli.output import plain, show_json, show_list, show_record, with_output
from optiid.profiles.describing import settings_of
from optiid.profiles.loading import load_chain

if TYPE_CHECKING:
    from optiid.profiles.profile import Profile
    from optiid.settings import Settings

# Shown below the facts, each in a way of its own.
SECTIONS = ("settings", "mapping", "guide")


@click.command()
@click.argument("name")
@with_output
def show(name: str, output: str) -> None:
    """Show what a profile does: hooks, policies, settings with their defaults, attribute mapping, guide.

    Example: optiid profile show acme
    """
    settings = settings_for_command()
    chain = load_chain(folder_of(settings), name, settings.profiles, settings.profile_origins)
    told = described(chain.get(name), settings)
    if output == "json":
        show_json(told)
        return
    show_record(output, {fact: value for fact, value in told.items() if fact not in SECTIONS})
    click.echo("\nSettings of a connection\n")
    show_list(output, told["settings"], ["name", "default", "origin", "allowed", "help"])
    click.echo("\nAttribute mapping\n")
    show_record(output, told["mapping"] or {"none": "the guide has no table of it"})
    click.echo(f"\nGuide\n\n{told['guide']}")


def described(profile: Profile, settings: Settings) -> dict[str, Any]:
    """Return all facts of a profile as plain values."""
    info, chosen = profile.info, profile.settings({})
    guide = profile.setup_guide(sample_guide(profile, settings))
    in_use = settings.profiles_enabled is None or profile.name in ("standard", *settings.profiles_enabled)
    return {
        "name": profile.name,
        "title": info.title,
        "vendor": info.vendor,
        "summary": info.summary,
        "documentation_url": info.documentation_url,
        "source": profile.source,
        "enabled": in_use,
        "chain": " -> ".join(profile.chain),
        "hooks": ", ".join(profile.own_hooks),
        "recognition": "recognise_request" in profile.own_hooks,
        "deactivation": plain(profile.deactivation_policy(chosen)),
        "rate_limit": plain(profile.rate_limit_policy(chosen)),
        "settings": [plain(one) for one in settings_of(profile)],
        "mapping": mapping_of(guide),
        "guide": guide,
    }
