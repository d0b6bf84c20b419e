"""`optiid group` with the commands of every module that adds some."""

from optiid.cli import hand_made
from optiid.cli.directory import group

__all__ = ["group", "hand_made"]
