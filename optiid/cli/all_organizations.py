"""`optiid organization` with the commands of every module that adds some."""

from optiid.cli import portable
from optiid.cli.organizations import organization

__all__ = ["organization", "portable"]
