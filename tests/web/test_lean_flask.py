"""Flask's routes without its contexts: what is left of it works, and nothing relies on the rest."""

from __future__ import annotations

from typing import Any


def test_nothing_is_registered_that_would_never_be_called(service: Any) -> None:
    app = service.app
    assert not any((app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs))
    assert not any((app.url_value_preprocessors, app.teardown_appcontext_funcs, app.error_handler_spec))


def test_host_header_decides_nothing(service: Any) -> None:
    for host in ("evil.example", "[", "a b", ""):
        answer = service.app.test_client().get("/healthz", headers={"Host": host})
        assert answer.status_code == 200
    scim = service.scim()
    user = scim.a_user()
    replied = scim.get(f"/Users/{user['id']}", headers={"Host": "evil.example"})
    assert replied.body["meta"]["location"] == user["meta"]["location"]


def test_answers_bear_their_length_and_no_cookie(service: Any) -> None:
    answer = service.app.test_client().get("/healthz")
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert "Set-Cookie" not in answer.headers


def test_error_of_an_unknown_path_is_told(service: Any) -> None:
    answer = service.app.test_client().get("/nowhere")
    assert answer.status_code == 404
    assert answer.json["detail"].endswith(f"({answer.headers['X-Request-Id']})")
