"""The promises without pytest; that each finds what breaks it is shown in test_contract.py."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from optiid.profiles import promises
from optiid.profiles.contract import ProfileContract
from optiid.profiles.loading import load_chain
from tests.profiles.profile_folder import write_plugin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def broken(folder: Path, hook: str, promise: Callable[[promises.Subject], None]) -> str:
    write_plugin(folder, "acme", f"\n@hookimpl\ndef {hook}\n")
    with pytest.raises(promises.PromiseBrokenError) as told:
        promise(promises.Subject(load_chain(folder, "acme").get("acme")))
    return str(told.value)


def test_contract_has_a_test_for_each_promise() -> None:
    tests = {name.removeprefix("test_") for name in vars(ProfileContract) if name.startswith("test_")}
    assert tests == {promise.__name__ for promise in promises.PROMISES}


@pytest.mark.parametrize("promise", promises.PROMISES)
def test_each_promise_is_told_in_a_sentence(promise: Callable[[promises.Subject], None]) -> None:
    assert promise.__doc__


def test_failure_texts_name_the_hook_and_what_is_missing(tmp_path: Path) -> None:
    text = broken(
        tmp_path / "guide", "setup_guide(guide): return guide.token_hint", promises.guide_names_base_url_and_token
    )
    assert text == "the guide lacks the base URL (guide.base_url)"
    text = broken(
        tmp_path / "query", "normalise_query(query, context): return Query()", promises.lawful_queries_stay_as_they_are
    )
    assert text.startswith("normalise_query changes lawful input: ")
    slow = "normalise_patch(operations, context): return __import__('time').sleep(0.02) or operations"
    assert broken(tmp_path / "slow", slow, promises.hooks_are_quick).startswith("normalise_patch is slow: ")


@pytest.mark.parametrize("hook", ["shape_response(answer)", "shape_error(error)", "shape_discovery(document)"])
def test_failure_that_the_service_gets_over_is_told(tmp_path: Path, hook: str) -> None:
    text = broken(tmp_path, f"{hook}: return 1 / 0", promises.answers_stay_answers)
    assert text == f"{hook.partition('(')[0]} failed: ZeroDivisionError: division by zero"


def test_failing_recognition_is_told(tmp_path: Path) -> None:
    text = broken(tmp_path, "recognise_request(request): return 1 / 0", promises.foreign_requests_are_not_recognised)
    assert text == "recognise_request failed: ZeroDivisionError: division by zero"


def test_tests_beside_a_plugin_may_import_what_they_need(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme").rename(tmp_path / "__init__.py")
    (tmp_path / "acme").mkdir()
    (tmp_path / "__init__.py").rename(tmp_path / "acme" / "__init__.py")
    (tmp_path / "acme" / "tests").mkdir()
    (tmp_path / "acme" / "tests" / "test_acme.py").write_text("import pytest\n")
    subject = promises.Subject(load_chain(tmp_path, "acme").get("acme"))
    promises.only_the_interface_is_imported(subject)
    (tmp_path / "acme" / "other.py").write_text("import pytest\n")
    with pytest.raises(promises.PromiseBrokenError, match=r"other\.py imports pytest"):
        promises.only_the_interface_is_imported(subject)


def test_transcripts_are_the_json_files_of_a_folder(tmp_path: Path) -> None:
    assert promises.transcripts_in(None) == ()
    for name in ("b.json", "a.json", "c.txt"):
        (tmp_path / name).write_text(json.dumps({}))
    assert [path.name for path in promises.transcripts_in(tmp_path)] == ["a.json", "b.json"]
