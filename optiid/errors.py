"""The errors of optiid that are not SCIM errors.

OptiidError
├── SettingsError        a setting is unknown or has a wrong value: the start stops
├── NotFoundError        an organization, connection, token or resource that is not there
├── ConflictError        a name that is taken, or a state that forbids the act
│   └── OutdatedError    the version that a change was meant for is not the current one
├── InvalidInputError    an administrator's input that cannot be used
├── TooManyRequestsError more requests than somebody may send: 429 with Retry-After
├── UnauthenticatedError a request without a usable token
│   └── RefusedTokenError  a token that was genuine, and is revoked or expired
├── ForbiddenError       a key whose scope does not allow the act
├── ProfileError         a profile that cannot be loaded or broke its contract
│   └── ProfileUnavailableError  a connection whose profile is switched off
└── UnavailableError     an inner fault that passes by itself: 503 with Retry-After, never 4xx (rule R19)
    ├── UnconfirmedError a change that the database did not confirm: whether it was made is not known
    └── ChangedMeanwhileError  what a write went by was changed at the same moment: nothing was done
"""


class OptiidError(Exception):
    """Any fault that optiid explains in one line."""


class SettingsError(OptiidError):
    """A setting is unknown or has a wrong value."""


class NotFoundError(OptiidError):
    """What was named does not exist here."""


class ConflictError(OptiidError):
    """A name is taken, or the state forbids the act."""


class OutdatedError(ConflictError):
    """The version that a change was meant for is not the current one, or none was named where one is required."""


class InvalidInputError(OptiidError):
    """An administrator's input cannot be used."""


class TooManyRequestsError(OptiidError):
    """Somebody sends more requests than a limit allows; the next may come after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnauthenticatedError(OptiidError):
    """The request carries no usable token."""


class RefusedTokenError(UnauthenticatedError):
    """A genuine token of a connection that was revoked or has expired."""

    def __init__(self, message: str, organization: str, connection: str, profile: str) -> None:
        super().__init__(message)
        self.organization, self.connection, self.profile = organization, connection, profile


class ForbiddenError(OptiidError):
    """The key that was sent may not do this."""


class ProfileError(OptiidError):
    """A profile cannot be loaded or broke its contract."""


class ProfileUnavailableError(ProfileError):
    """The profile of a connection is switched off or missing."""


class UnavailableError(OptiidError):
    """An inner fault that passes by itself; the client may try again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnconfirmedError(UnavailableError):
    """The database did not confirm a change: it may have been made or not."""


class ChangedMeanwhileError(UnavailableError):
    """What a write went by was changed at the same moment: who acts, or what is acted on. Nothing was done."""
