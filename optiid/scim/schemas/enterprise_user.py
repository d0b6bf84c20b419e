"""The enterprise extension of User (RFC 7643, section 4.3)."""

from optiid.scim.fields import complex_of, simple
from optiid.scim.schemas.base import ScimSchema


class ManagerSchema(ScimSchema):
    """Sub-attributes of `manager`."""

    value = simple("The id of the manager", case_exact=True)
    ref = simple("The URL of the manager", "reference", data_key="$ref", reference_types=("User",), case_exact=True)
    displayName = simple("The name of the manager", mutability="readOnly")


class EnterpriseUserSchema(ScimSchema):
    """What companies know of their people."""

    URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    NAME = "EnterpriseUser"
    DESCRIPTION = "Enterprise User"

    employeeNumber = simple("The number the company knows the person by")
    costCenter = simple("The cost center")
    organization = simple("The organization")
    division = simple("The division")
    department = simple("The department")
    manager = complex_of(ManagerSchema, "The person's manager")
