"""The enterprise extension says what RFC 7643 says, attribute by attribute."""

from __future__ import annotations

from scim2_models import EnterpriseUser

from optiid.scim.schemas.enterprise_user import EnterpriseUserSchema
from tests.scim.schemas.oracle import COMPLEX, READ_ONLY, REFERENCE, differences, expected, flat, flat_model

DESCRIPTION = EnterpriseUserSchema.describe()
RFC = expected(
    """employeeNumber costCenter organization division department
    manager manager.value manager.$ref manager.displayName""",
    {"manager": COMPLEX, "manager.$ref": REFERENCE, "manager.displayName": READ_ONLY},
)


def test_characteristics_are_those_of_the_rfc_but_for_these() -> None:
    # An id is caseExact (section 3.1).
    assert differences(flat(DESCRIPTION), RFC) == {("manager.value", "caseExact", True, False)}


def test_characteristics_are_those_of_an_independent_model_but_for_these() -> None:
    """Section 4.3 calls both RECOMMENDED and section 8.7.1 says `required: false`; the model requires them."""
    assert differences(flat(DESCRIPTION), flat_model(EnterpriseUser)) == {
        ("manager.value", "required", False, True),
        ("manager.$ref", "required", False, True),
    }


def test_manager_is_a_user() -> None:
    manager = DESCRIPTION.attribute("manager")
    assert manager is not None
    reference = manager.sub("$ref")
    assert reference is not None
    assert reference.reference_types == ("User",)


def test_head_of_the_schema() -> None:
    assert DESCRIPTION.urn == "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    assert (DESCRIPTION.name, DESCRIPTION.description) == ("EnterpriseUser", "Enterprise User")
