"""`optiid user` with the commands of every module that adds some."""

from optiid.cli import explaining, hand_made, tombstones
from optiid.cli.directory import user

__all__ = ["explaining", "hand_made", "tombstones", "user"]
