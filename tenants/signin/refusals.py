"""The one sentence for every token that does not hold, so that the answer tells nothing about why."""

from tenants.model import Unauthenticated

_SENTENCE = "the token is not valid; sign in again"


class NeverAgain(Unauthenticated):
    """This token will not hold later either: there is no need to ask the database about it again."""


def refused_token() -> Unauthenticated:
    """For a token that is malformed, unknown, expired, ended, revoked, or of somebody who may not sign in."""
    return Unauthenticated(_SENTENCE)


def never_again() -> NeverAgain:
    """For a token that is unknown, expired or revoked: to its bearer the same."""
    return NeverAgain(_SENTENCE)


def refused_password() -> Unauthenticated:
    """For an unknown person, a wrong password, and somebody who may not sign in."""
    return Unauthenticated("the name or the password is wrong")
