"""A person's history as a command."""

from __future__ import annotations

from typing import Any


def test_history_is_told_in_sentences(run: Any, ask: Any) -> None:
    ask("organization", "create", "Acme")
    made = ask("user", "create", "ada@example.com", "--organization", "Acme")
    ask("user", "change", "ada@example.com", "--organization", "Acme", "--set", "title=Engineer")
    ask("user", "remove", "ada@example.com", "--organization", "Acme")
    status, out, _ = run("user", "explain", made["id"], "--organization", "Acme")
    assert status == 0
    assert out.splitlines()[0] == f"ada@example.com ({made['id']})"
    assert [line.partition("  ")[2] for line in out.splitlines()[3:]] == [
        "An administrator (command line) created the user.",
        "An administrator (command line) changed title.",
        "An administrator (command line) deleted the user: access ended.",
    ]
    found = ask("user", "explain", "ada@example.com", "--organization", "Acme")
    assert (found["state"], len(found["history"])) == ("gone", 3)
    assert run("user", "explain", "nobody", "--organization", "Acme")[0] == 1
