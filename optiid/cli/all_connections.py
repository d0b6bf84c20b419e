"""`optiid connection` with the commands of every module that adds some."""

from optiid.cli import moves, plans
from optiid.cli.connections import connection

__all__ = ["connection", "moves", "plans"]
