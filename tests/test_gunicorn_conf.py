"""gunicorn's settings: bounds of a request's head, and what follows from the settings of optiid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gunicorn.config import Config

from optiid import gunicorn_conf
from optiid.gunicorn_conf import options
from optiid.logs import TextFormatter
from tests.running import settings_in

if TYPE_CHECKING:
    from pathlib import Path


def test_gunicorn_takes_each_option(tmp_path: Path) -> None:
    found = Config()
    for name, value in options(settings_in(tmp_path, workers=3, threads=7, port=9000)).items():
        found.set(name, value)
    assert (found.workers, found.threads, found.address) == (3, 7, [("127.0.0.1", 9000)])
    assert found.worker_class_str == "optiid.serving_worker.ScimWorker"


def test_heads_are_bounded_and_nothing_is_kept_in_the_home_folder(tmp_path: Path) -> None:
    found = options(settings_in(tmp_path))
    assert found["limit_request_line"] == found["limit_request_field_size"] == 8190
    assert found["limit_request_fields"] == 64
    assert found["control_socket_disable"] is True
    assert found["header_map"] == "drop"
    assert found["accesslog"] is None


def test_address_of_version_6_is_bracketed(tmp_path: Path) -> None:
    assert options(settings_in(tmp_path, host="::1"))["bind"] == "[::1]:8000"


def test_log_has_the_form_of_the_settings(tmp_path: Path) -> None:
    log = options(settings_in(tmp_path, log_format="text"))["logconfig_dict"]
    assert log["formatters"]["optiid"] == {"()": TextFormatter}


def test_module_is_a_file_of_gunicorn_settings() -> None:
    assert vars(gunicorn_conf)["worker_class"] == "optiid.serving_worker.ScimWorker"
