"""A request with an Idempotency-Key is carried out once, also when it comes twenty times at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from optiid import clock
from optiid.clock import new_id
from optiid.errors import ConflictError, InvalidInputError, UnavailableError, UnconfirmedError
from optiid.services import api_keys, idempotency
from optiid.services.api_keys import Holder
from optiid.services.idempotency import Kept, Sent

ANSWER = Kept(201, {"id": "x"}, {"ETag": "1"})


@pytest.fixture
def sent(service: Any) -> Sent:
    organization = service.connect().organization
    made, _ = api_keys.create(service.database, organization, "one", "write")
    return Sent(Holder(made.id, organization, "one", "write"), new_id(), "digest")


class Work:
    def __init__(self, error: Exception | None = None) -> None:
        self.runs, self.error = 0, error

    def __call__(self) -> Kept:
        self.runs += 1
        if self.error:
            raise self.error
        return ANSWER


def test_second_time_the_answer_is_the_first_one(service: Any, sent: Sent) -> None:
    work = Work()
    assert idempotency.once(service.database, sent, work) is None
    assert idempotency.once(service.database, sent, work) == ANSWER
    assert work.runs == 1


def test_other_request_under_the_same_key_is_refused(service: Any, sent: Sent) -> None:
    idempotency.once(service.database, sent, Work())
    with pytest.raises(InvalidInputError, match="another request"):
        idempotency.once(service.database, Sent(sent.holder, sent.name, "other"), Work())


@pytest.mark.parametrize("error", [ConflictError("no"), UnavailableError("busy")])
def test_what_changed_nothing_can_be_sent_again(service: Any, sent: Sent, error: Exception) -> None:
    with pytest.raises(type(error)):
        idempotency.once(service.database, sent, Work(error))
    assert idempotency.once(service.database, sent, Work()) is None


def test_what_may_have_been_done_is_not_done_again(service: Any, sent: Sent) -> None:
    with pytest.raises(UnconfirmedError):
        idempotency.once(service.database, sent, Work(UnconfirmedError("perhaps")))
    with pytest.raises(ConflictError, match="not answered yet"):
        idempotency.once(service.database, sent, Work())


def test_of_many_at_once_one_is_carried_out(service: Any, sent: Sent) -> None:
    work, barrier = Work(), threading.Barrier(8)

    def send(_: int) -> str:
        barrier.wait()
        try:
            return "done" if idempotency.once(service.database, sent, work) is None else "replayed"
        except ConflictError:
            return "busy"
        finally:
            service.database.release()

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(send, range(8)))
    assert work.runs == told.count("done") == 1


def test_requests_are_forgotten_after_a_day(service: Any, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    idempotency.once(service.database, sent, Work())
    later = clock.now() + timedelta(hours=24, minutes=1)
    monkeypatch.setattr(idempotency, "now", lambda: later)
    assert idempotency.once(service.database, sent, Work()) is None
    assert idempotency.forget_expired(service.database, sent.owner.organization) == 1
