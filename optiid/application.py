"""The application factory: logs, database, profiles, doors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from optiid import logs
from optiid.profiles.loading import load_profiles
from optiid.services.bound_profiles import BoundProfiles
from optiid.settings import Settings, load_settings
from optiid.storage.database import open_database
from optiid.storage.migrating import ensure_ready
from optiid.web import admin, failures, http, oauth, ops, scim
from optiid.web.lean_flask import LeanFlask
from optiid.web.service import Service

if TYPE_CHECKING:
    from flask import Flask

    from optiid.profiles.registry import ProfileRegistry
    from optiid.storage.database import Database


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI application; without settings they are read from file and environment.

    Raises SettingsError, ProfileError and OptiidError (database behind this version) with a sentence for people.
    """
    settings = settings or load_settings()
    logs.configure(settings)
    database = open_database(settings)
    ensure_ready(database)
    database.close()  # the connection of the thread that starts, which answers no requests
    return build_app(settings, database, registry_of(settings))


def registry_of(settings: Settings) -> ProfileRegistry:
    """Return the profiles of the settings, as a service uses them. Raises SettingsError and ProfileError."""
    return load_profiles(
        Path(settings.profiles_folder) if settings.profiles_folder else None,
        settings.profiles_enabled,
        settings.profiles,
        settings.profile_origins,
        trace=settings.trace_hooks,
    )


def build_app(settings: Settings, database: Database, registry: ProfileRegistry) -> Flask:
    """Return the application that serves one database, which is ready."""
    app = LeanFlask((scim.tell, admin.tell, oauth.tell), failures.answer_failure)
    Service.build(settings, database, BoundProfiles(registry)).install(app)
    http.install(app, database)
    app.register_blueprint(ops.blueprint())
    app.register_blueprint(oauth.blueprint())
    scim.install(app)
    admin.install(app)
    return app
