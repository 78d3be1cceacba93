"""The one sentence for every token that does not hold, so that the answer tells nothing about why."""

from tenants.model import Unauthenticated


def refused_token() -> Unauthenticated:
    """For a token that is malformed, unknown, expired, ended, revoked, or of somebody who may not sign in."""
    return Unauthenticated("the token is not valid; sign in again")


def refused_password() -> Unauthenticated:
    """For an unknown person, a wrong password, and somebody who may not sign in."""
    return Unauthenticated("the name or the password is wrong")
