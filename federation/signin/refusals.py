"""Why a sign-in at a provider does not go on: what was wrong is named, no value is told."""

from kernel.errors import ErrorCode, FediflowError


class NoSuchSignIn(FediflowError):
    """What came back belongs to no sign-in that this browser began and that is still under way."""

    code = ErrorCode.BAD_REQUEST


class ProviderRefused(FediflowError):
    """The provider let nobody in, or what it said does not hold (OpenID Connect Core 1.0 section 3.1.3.7)."""

    code = ErrorCode.UNAUTHENTICATED


class ProviderAway(FediflowError):
    """The provider does not answer, or answers what cannot be read; it may go better later."""

    code = ErrorCode.UNAVAILABLE


class UnableToSignIn(FediflowError):
    """The provider knows the person, and the institution's rule does not let them in."""

    code = ErrorCode.FORBIDDEN
