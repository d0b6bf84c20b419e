"""optiid: a self-hosted SCIM 2.0 provisioning service."""

__version__ = "0.1.0"
