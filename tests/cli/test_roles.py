"""Products, roles, grants and access, as commands make and show them."""

from __future__ import annotations

from typing import Any

THERE = ("--organization", "Acme")


def test_from_a_product_to_the_access_of_a_person(ask: Any, run: Any) -> None:
    ask("organization", "create", "Acme")
    made = ask("product", "create", "CMS", *THERE, "--name", "Content", "--role", "Editor", "--role", "Viewer")
    assert (made["id"], made["roles"], made["built_in"]) == ("cms", ["Editor", "Viewer"], False)
    assert ask("instance", "create", "cms", "cms-prod", *THERE, "--name", "Production")["product"] == "cms"
    ask("user", "create", "ada@example.com", *THERE)
    ask("group", "create", "Crew::cms-prod", *THERE, "--member", "ada@example.com")
    ask("group", "create", "All crews", *THERE, "--member", "Crew::cms-prod")
    ask("role", "create", "cms", "Owner", *THERE)
    granted = ask("role", "grant", "cms-prod", "editor", *THERE, "--group", "all crews")
    assert (granted["new"], granted["role"], granted["subject_name"]) == (True, "Editor", "All crews")
    ask("role", "grant", "cms-prod", "Viewer", *THERE, "--everyone")
    ask("role", "grant", "admin-center", "administrator", *THERE, "--user", "ada@example.com")
    shown = ask("access", "show", "ada@example.com")
    assert {held["role"]: [reason["text"] for reason in held["reasons"]] for held in shown["roles"]} == {
        "administrator": ["granted directly"],
        "Editor": ["through group Crew::cms-prod in group All crews"],
        "Viewer": ["granted to Everyone"],
    }
    status, out, _ = run("access", "show", "ADA@example.com")
    assert (status, "through group Crew::cms-prod in group All crews" in out, "allowed    yes" in out) == (
        0,
        True,
        True,
    )
    assert [one["user_name"] for one in ask("access", "who", "cms-prod", "Editor", *THERE)] == ["ada@example.com"]
    assert "through group" in run("access", "who", "cms-prod", "Editor", *THERE)[1]
    assert [one["role"] for one in ask("role", "list", "--instance", "cms-prod")] == ["Editor", "Viewer"]
    assert len(ask("role", "list", *THERE)) == 3
    assert [one["id"] for one in ask("product", "list")] == ["admin-center", "cms"]
    assert [one["id"] for one in ask("instance", "list")] == ["admin-center", "cms-prod"]
    assert "Everyone" in run("role", "list")[1]

    status, _, err = run("role", "revoke", "admin-center", "administrator", *THERE, "--user", "ada@example.com")
    assert (status, "Nobody would administer" in err) == (1, True)
    status, _, err = run("instance", "remove", "cms-prod", *THERE)
    assert (status, "teams (1)" in err) == (1, True)
    assert ask("role", "revoke", "cms-prod", "Viewer", *THERE, "--everyone")["revoked"] is True
    ask("role", "remove", "cms", "Owner", *THERE)
    ask("group", "remove", "Crew::cms-prod", *THERE)
    ask("instance", "remove", "cms-prod", *THERE)
    ask("product", "remove", "cms", *THERE)
    assert len(ask("role", "list")) == 1


def test_what_cannot_be_is_told_in_a_line(ask: Any, run: Any) -> None:
    ask("organization", "create", "Acme")
    for arguments, status in (
        (("role", "grant", "admin-center", "administrator", *THERE), 2),
        (("role", "grant", "admin-center", "administrator", *THERE, "--user", "x", "--everyone"), 2),
        (("role", "grant", "admin-center", "administrator", *THERE, "--user", "x"), 1),
        (("role", "grant", "nowhere", "administrator", *THERE, "--everyone"), 1),
        (("role", "revoke", "admin-center", "administrator", *THERE, "--everyone"), 1),
        (("role", "create", "cms", "Editor", *THERE), 1),
        (("product", "create", "a::b", *THERE), 1),
        (("product", "create", "admin-center", *THERE), 1),
        (("product", "remove", "admin-center", *THERE), 1),
        (("instance", "create", "cms", "cms-prod", *THERE), 1),
        (("group", "create", "Crew::nowhere", *THERE), 1),
        (("access", "show", "nobody"), 1),
        (("access", "who", "admin-center", "owner", *THERE), 1),
    ):
        found, out, err = run(*arguments)
        assert (found, out, "Traceback" in err) == (status, "", False), arguments


def test_grant_of_a_user_who_is_gone_can_end(ask: Any) -> None:
    ask("organization", "create", "Acme")
    ask("product", "create", "cms", *THERE, "--role", "Editor")
    ask("instance", "create", "cms", "cms-prod", *THERE)
    made = ask("user", "create", "ada@example.com", *THERE)["id"]
    ask("role", "grant", "cms-prod", "Editor", *THERE, "--user", made)
    ask("user", "remove", made, *THERE)
    assert ask("access", "show", made)["allowed"] is False
    assert ask("role", "revoke", "cms-prod", "Editor", *THERE, "--user", made)["revoked"] is True
