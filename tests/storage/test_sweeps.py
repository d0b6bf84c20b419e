from __future__ import annotations

from typing import Any

from optiid.storage import sweeps


def test_what_is_to_be_swept_is_kept_until_it_is_done(service: Any) -> None:
    database, organization, other = service.database, service.connect().organization, service.connect().organization
    for place, text in ((organization, "ada"), (organization, "bob"), (other, "eve")):
        database.transaction(lambda place=place, text=text: sweeps.keep(database, place, [text], {"Å"}))
    first, second = database.reading(lambda: sweeps.pending(database, organization))
    assert (first.texts, first.searched, second.texts) == (["ada"], ["Å"], ["bob"])
    database.transaction(lambda: sweeps.done(database, first))
    assert database.reading(lambda: sweeps.pending(database, organization)) == [second]
    assert len(database.reading(lambda: sweeps.pending(database, other))) == 1
