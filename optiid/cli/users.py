"""`optiid user` with the commands of every module that adds some."""

from optiid.cli import hand_made, tombstones
from optiid.cli.directory import user

__all__ = ["hand_made", "tombstones", "user"]
