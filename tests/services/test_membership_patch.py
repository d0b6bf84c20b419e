"""Members of a group under PATCH: each operation sees what those before it did, and nobody is loaded in vain."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import pytest

from optiid.services.membership import MOST_SCANS

NAMES = ("Anna", "Abel", "Bert", "Carl")


@dataclass
class Staff:
    """A client, four users and a group that can be members, by name."""

    scim: Any
    idents: dict[str, str]

    def group(self, *members: str) -> dict[str, Any]:
        return self.scim.a_group(members=[self.idents[name] for name in members])

    def members(self, group: dict[str, Any]) -> set[str]:
        names = {ident: name for name, ident in self.idents.items()}
        found = self.scim.get(f"/Groups/{group['id']}").body.get("members", [])
        return {names[member["value"]] for member in found}

    def patched(self, group: dict[str, Any], *operations: dict[str, Any]) -> set[str]:
        reply = self.scim.patch(f"/Groups/{group['id']}", *operations)
        assert reply.status == 200, reply.body
        return self.members(group)

    def add(self, *names: str) -> dict[str, Any]:
        return {"op": "add", "path": "members", "value": [{"value": self.idents[name]} for name in names]}

    def replace(self, *names: str) -> dict[str, Any]:
        return self.add(*names) | {"op": "replace"}


def remove(text: str) -> dict[str, Any]:
    return {"op": "remove", "path": f"members[{text}]"}


@pytest.fixture
def staff(service: Any) -> Staff:
    scim = service.scim()
    idents = {name: scim.a_user(displayName=name)["id"] for name in NAMES}
    return Staff(scim, idents | {"Team": scim.a_group("Team")["id"]})


def test_removal_by_a_filter_sees_members_added_before(staff: Staff) -> None:
    assert staff.patched(staff.group("Bert"), staff.add("Carl"), remove('type eq "User"')) == set()
    assert staff.patched(staff.group("Bert"), staff.add("Anna", "Team"), remove('display sw "A"')) == {"Bert", "Team"}
    assert staff.patched(staff.group("Bert"), staff.replace("Carl", "Team"), remove('type eq "User"')) == {"Team"}
    only_anna = f'value eq "{staff.idents["Anna"]}" and type eq "User"'
    assert staff.patched(staff.group("Bert"), staff.add("Anna"), remove(only_anna)) == {"Bert"}


def test_member_added_after_the_removal_stays(staff: Staff) -> None:
    group = staff.group("Anna", "Bert")
    assert staff.patched(group, staff.add("Carl"), remove('type eq "User"'), staff.add("Anna")) == {"Anna"}


def test_addition_that_a_filter_takes_back_is_no_change(staff: Staff) -> None:
    group = staff.group("Bert")
    reply = staff.scim.patch(f"/Groups/{group['id']}", staff.add("Anna"), remove('display eq "anna"'))
    assert (reply.status, reply.body["meta"]) == (200, group["meta"])


@pytest.mark.parametrize("text", ['type eq "Group"', 'display sw "Z"', 'value eq "nobody"', "not (value pr)"])
def test_removal_that_selects_nobody_succeeds_and_changes_nothing(staff: Staff, text: str) -> None:
    group = staff.group("Anna", "Bert")
    reply = staff.scim.patch(f"/Groups/{group['id']}", remove(text))
    assert (reply.status, reply.body) == (200, group)


def test_refused_name_takes_the_change_of_members_back(staff: Staff) -> None:
    staff.scim.a_group("Taken")
    group = staff.group("Anna")
    rename = {"op": "replace", "path": "displayName", "value": "taken"}
    reply = staff.scim.patch(f"/Groups/{group['id']}", staff.replace("Bert"), rename, remove('type eq "Group"'))
    assert (reply.status, reply.body["scimType"]) == (409, "uniqueness")
    assert staff.scim.get(f"/Groups/{group['id']}").body == group


@pytest.mark.parametrize("part", ["value", "type", "$ref", "display"])
def test_parts_of_a_member_cannot_be_changed(staff: Staff, part: str) -> None:
    group = staff.group("Anna", "Bert")
    for path in (f"members.{part}", f'members[value eq "{staff.idents["Anna"]}"].{part}'):
        for operation in ({"op": "replace", "path": path, "value": "x"}, {"op": "remove", "path": path}):
            reply = staff.scim.patch(f"/Groups/{group['id']}", staff.add("Carl"), operation)
            assert (reply.status, reply.body["scimType"]) == (400, "mutability")
    assert staff.scim.get(f"/Groups/{group['id']}").body == group


def filters(idents: dict[str, str]) -> dict[str, set[str]]:
    """Return filters, and whom each of them selects."""
    anna, team = idents["Anna"], idents["Team"]
    return {
        'type eq "User"': set(NAMES),
        'type eq "group"': {"Team"},
        'display sw "A"': {"Anna", "Abel"},
        f'value eq "{anna}"': {"Anna"},
        f'value eq "{anna}" and type eq "Group"': set(),
        f'value eq "{team}" and type eq "Group"': {"Team"},
        f'not (value eq "{anna}" or display eq "BERT")': {"Abel", "Carl", "Team"},
        f'value ne "{anna}" and type eq "User"': {"Abel", "Bert", "Carl"},
    }


@pytest.mark.parametrize("seed", range(12))
def test_operations_in_sequence_do_what_they_do_one_by_one(staff: Staff, seed: int) -> None:
    chance = random.Random(seed)
    selections = filters(staff.idents)
    names = [*NAMES, "Team"]
    members = set(chance.sample(names, 2))
    group, operations = staff.group(*sorted(members)), []
    for _ in range(5):
        some = chance.sample(names, chance.randint(1, 3))
        text = chance.choice(list(selections))
        kind = chance.choice(["add", "remove", "remove", "replace"])
        operations.append(remove(text) if kind == "remove" else staff.add(*some) | {"op": kind})
        members = members - selections[text] if kind == "remove" else set(some) | (members if kind == "add" else set())
    assert staff.patched(group, *operations) == members


def test_filter_for_one_member_reads_no_other(service: Any, staff: Staff) -> None:
    group = staff.group(*NAMES)
    text = f'value eq "{staff.idents["Anna"]}" and type eq "User"'
    with service.database.counting() as seen:
        reply = staff.scim.patch(f"/Groups/{group['id']}?attributes=id", remove(text))
    assert (reply.status, reply.body) == (200, {"schemas": group["schemas"], "id": group["id"]})
    assert not [sql for sql in seen if "SELECT u.id FROM membership" in sql]
    assert staff.members(group) == {"Abel", "Bert", "Carl"}


def test_filters_that_look_at_all_members_are_bounded(staff: Staff) -> None:
    path = f"/Groups/{staff.group('Anna')['id']}"
    assert staff.scim.patch(path, *[remove('type eq "Group"')] * MOST_SCANS).status == 200
    assert staff.scim.patch(path, *[remove('type eq "Group"')] * (MOST_SCANS + 1)).status == 413
