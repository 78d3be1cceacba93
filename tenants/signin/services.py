"""What the operations of signing in need besides their transaction; made once per process."""

from dataclasses import dataclass

from kernel.crypto.passwords import Passwords
from tenants.signin.access_tokens import AccessTokens
from tenants.signin.limits import SignInLimits
from tenants.signin.revocations import Revocations


@dataclass(frozen=True, slots=True)
class SignInServices:
    """Passwords and their limits, what issues access tokens, and what takes them back."""

    passwords: Passwords
    limits: SignInLimits
    access_tokens: AccessTokens
    revocations: Revocations
