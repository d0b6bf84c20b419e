"""The core User schema (RFC 7643, section 4.1)."""

from optiid.scim.fields import SimpleField, complex_of, plural_of, simple
from optiid.scim.schemas.base import ScimSchema


def _primary() -> SimpleField:
    return simple("Whether this is the preferred value; at most one is", "boolean")


def _display() -> SimpleField:
    return simple("The value as people read it")


class NameSchema(ScimSchema):
    """Sub-attributes of `name`."""

    formatted = simple("The whole name, formatted for display")
    familyName = simple("The last name")
    givenName = simple("The first name")
    middleName = simple("The middle names")
    honorificPrefix = simple("Titles before the name")
    honorificSuffix = simple("Suffixes after the name")


class EmailSchema(ScimSchema):
    """Sub-attributes of `emails`."""

    value = simple("An e-mail address")
    display = _display()
    type = simple("What the address is for", canonical_values=("work", "home", "other"))
    primary = _primary()


class PhoneNumberSchema(ScimSchema):
    """Sub-attributes of `phoneNumbers`."""

    value = simple("A phone number")
    display = _display()
    type = simple("What the number is for", canonical_values=("work", "home", "mobile", "fax", "pager", "other"))
    primary = _primary()


class InstantMessagingSchema(ScimSchema):
    """Sub-attributes of `ims`."""

    value = simple("An instant messaging address")
    display = _display()
    type = simple(
        "The service the address is of",
        canonical_values=("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
    )
    primary = _primary()


class PhotoSchema(ScimSchema):
    """Sub-attributes of `photos`."""

    value = simple("The URL of a picture", "reference", reference_types=("external",), case_exact=True)
    display = _display()
    type = simple("How large the picture is", canonical_values=("photo", "thumbnail"))
    primary = _primary()


class AddressSchema(ScimSchema):
    """Sub-attributes of `addresses`."""

    formatted = simple("The whole address, formatted for display")
    streetAddress = simple("Street, house number, apartment")
    locality = simple("The city")
    region = simple("The state or region")
    postalCode = simple("The postal code")
    country = simple("The country")
    type = simple("What the address is for", canonical_values=("work", "home", "other"))
    primary = _primary()


class UserGroupSchema(ScimSchema):
    """Sub-attributes of `groups`, all computed from memberships."""

    value = simple("The id of the group", mutability="readOnly", case_exact=True)
    ref = simple(
        "The URL of the group", "reference", data_key="$ref", mutability="readOnly", reference_types=("User", "Group"),
        case_exact=True,
    )  # fmt: skip
    display = simple("The name of the group", mutability="readOnly")
    type = simple(
        "Whether the user is a member itself or through another group",
        mutability="readOnly",
        canonical_values=("direct", "indirect"),
    )


class ValueSchema(ScimSchema):
    """Sub-attributes of `entitlements` and `roles`."""

    value = simple("The value")
    display = _display()
    type = simple("What kind of value it is")
    primary = _primary()


class CertificateSchema(ScimSchema):
    """Sub-attributes of `x509Certificates`."""

    value = simple("A certificate (DER, base64)", "binary", case_exact=True)
    display = _display()
    type = simple("What the certificate is for")
    primary = _primary()


class UserSchema(ScimSchema):
    """A person."""

    URN = "urn:ietf:params:scim:schemas:core:2.0:User"
    NAME = "User"
    DESCRIPTION = "User Account"

    userName = simple(
        "What the user is known by, unique in the organization",
        required=True, uniqueness="server", identifier=True, one_direction=True, max_length=256,
    )  # fmt: skip
    name = complex_of(NameSchema, "The parts of the user's name")
    displayName = simple("The name as shown to people")
    nickName = simple("What friends call the user")
    profileUrl = simple("A page about the user", "reference", reference_types=("external",), case_exact=True)
    title = simple("The position in the company")
    userType = simple("The relation to the company, such as Employee or Contractor")
    preferredLanguage = simple("The preferred language")
    locale = simple("The place whose formats for numbers, dates and money are used")
    timezone = simple("The time zone (IANA name)")
    active = simple("Whether the user may come in", "boolean")
    password = simple("Taken and discarded at once", mutability="writeOnly", returned="never", case_exact=True)
    emails = plural_of(EmailSchema, "E-mail addresses", indexed=True)
    phoneNumbers = plural_of(PhoneNumberSchema, "Phone numbers")
    ims = plural_of(InstantMessagingSchema, "Instant messaging addresses")
    photos = plural_of(PhotoSchema, "URLs of pictures")
    addresses = plural_of(AddressSchema, "Postal addresses")
    groups = plural_of(UserGroupSchema, "The groups the user is in", mutability="readOnly")
    entitlements = plural_of(ValueSchema, "What the user is entitled to; data, never a grant here")
    roles = plural_of(ValueSchema, "Roles as the identity provider names them; data, never a grant here")
    x509Certificates = plural_of(CertificateSchema, "Certificates of the user")
