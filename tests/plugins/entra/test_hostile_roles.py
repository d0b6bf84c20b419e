from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("text", ['{"value":"\\ud800"}', '{"value":"a\\u0000b"}'])
def test_role_text_that_no_database_takes_is_refused(service: Any, text: str) -> None:
    scim = service.scim("entra")
    user = scim.a_user()
    roles = [{"value": text}]
    assert scim.post("/Users", {"userName": "hostile@example.com", "roles": roles}).status == 400
    assert scim.patch(f"/Users/{user['id']}", {"op": "Add", "path": "roles", "value": roles}).status == 400
