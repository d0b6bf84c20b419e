"""`optiid user` with the commands of every module that adds some."""

from optiid.cli import tombstones
from optiid.cli.directory import user

__all__ = ["tombstones", "user"]
