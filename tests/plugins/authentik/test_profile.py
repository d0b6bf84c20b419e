from dataclasses import replace
from pathlib import Path

import pytest

from optiid.profiles.contract import ProfileContract
from optiid.profiles.types import Answer, RequestFacts
from optiid.scim.resource_types import GROUP, USER

WIRE = Path(__file__).resolve().parents[2] / "wire"
EMPTY = Answer(200, {"id": "1", "displayName": "Sailors"}, {"ETag": 'W/"1"'})


class TestAuthentik(ProfileContract):
    name = "authentik"
    transcripts = WIRE / "authentik"

    def test_client_is_known_by_its_name(self) -> None:
        for agent, known in (("authentik@2025.12.3", True), ("curl (not authentik@1)", False)):
            seen = self.profile.recognise_request(RequestFacts("GET", "/scim/v2/Users", "", agent))
            assert (seen is not None) == known

    def test_group_without_members_says_so(self) -> None:
        shaped = self.profile.shape_response(EMPTY, replace(self.context("get", GROUP), request=PLAIN))
        assert shaped == replace(EMPTY, body={"id": "1", "displayName": "Sailors", "members": []})

    @pytest.mark.parametrize(
        ("answer", "operation", "query"),
        [
            (replace(EMPTY, body={"members": [{"value": "2"}]}), "get", ""),
            (replace(EMPTY, behind=("members",)), "get", ""),
            (EMPTY, "get", "excludedAttributes=members"),
            (EMPTY, "create", ""),
            (Answer(204, None, {}), "get", ""),
        ],
    )
    def test_other_answers_stay(self, answer: Answer, operation: str, query: str) -> None:
        context = replace(self.context(operation, GROUP), request=replace(PLAIN, query=query))
        assert self.profile.shape_response(answer, context) == answer

    def test_users_have_no_members(self) -> None:
        assert self.profile.shape_response(EMPTY, self.context("get", USER)) == EMPTY


PLAIN = RequestFacts("GET", "/scim/v2/Groups/1", "", "authentik@2025.12.3")
