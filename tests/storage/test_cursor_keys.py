"""An organization has one secret of its own, whoever asks for it first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from optiid.services import organizations
from optiid.storage.cursor_keys import SECRET_BYTES, cursor_key


def test_secret_is_made_once(service: Any) -> None:
    organization = service.connect().organization
    made = cursor_key(service.database, organization)
    assert len(made) == SECRET_BYTES
    with service.database.counting() as seen:
        assert cursor_key(service.database, organization) == made
    assert len(seen) == 1
    assert cursor_key(service.database, service.connect().organization) != made


def test_of_many_who_ask_at_once_all_get_the_same(service: Any) -> None:
    organization, together = service.connect().organization, threading.Barrier(6)

    def ask(_: int) -> bytes:
        together.wait(10)
        found = cursor_key(service.database, organization)
        service.database.release()
        return found

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(ask, range(6)))) == 1


def test_no_list_of_organizations_shows_it(service: Any) -> None:
    organization = service.connect().organization
    secret = cursor_key(service.database, organization).hex()
    assert secret not in repr(organizations.list_all(service.database))
