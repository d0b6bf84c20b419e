"""The settings of a process: one table, read from a TOML file and OPTIID_* variables into a frozen Settings.

Rules of an organization and settings of a connection are not here: they live in the database.
"""

from optiid.settings.reading import CONFIG_FILE, CONFIG_VARIABLE, load_settings
from optiid.settings.spelling import nearest
from optiid.settings.table import SETTINGS, Setting, Settings

__all__ = ["CONFIG_FILE", "CONFIG_VARIABLE", "SETTINGS", "Setting", "Settings", "load_settings", "nearest"]
