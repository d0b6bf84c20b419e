"""Rows of teams: found by the group, the instance, and the name without suffix, within a connection."""

from __future__ import annotations

from typing import Any

from optiid.services import products
from optiid.storage import teams
from optiid.storage.resources import Scope


def test_teams_are_found_by_group_instance_and_name(service: Any) -> None:
    database, scim = service.database, service.scim()
    scope = Scope(scim.connected.organization, scim.connected.connection)
    products.create(database, scope.organization, "cms")
    products.create_instance(database, scope.organization, "cms", "cms-prod")
    team, group = scim.a_group("Editors::cms-prod")["id"], scim.a_group("Plain")["id"]
    assert teams.instance_of(database, scope.organization, team) == "cms-prod"
    assert teams.instance_of(database, scope.organization, group) is None
    assert teams.count_of_instance(database, scope.organization, "cms-prod") == 1
    assert teams.full_names(database, scope, "EDITORS", 5) == ["Editors::cms-prod"]
    assert teams.full_names(database, Scope(scope.organization, "another"), "Editors", 5) == []
    database.transaction(lambda: teams.rename(database, scope.organization, team, "Writers"))
    assert teams.full_names(database, scope, "Editors", 5) == []
    assert teams.full_names(database, scope, "writers", 0) == []
    scim.delete(f"/Groups/{team}")
    assert teams.instance_of(database, scope.organization, team) is None
    assert teams.count_of_instance(database, scope.organization, "cms-prod") == 0
