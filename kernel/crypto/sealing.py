"""What can go wrong with what is stored encrypted: a closed family. No message ever holds a value or a key."""

from kernel.errors import ErrorCode, FediflowError


class SealedError(FediflowError):
    """Something that is stored encrypted cannot be used."""

    code = ErrorCode.INTERNAL


class KeyLost(SealedError):
    """The key is not there; the message names it by its id and says what the operator can do."""

    code = ErrorCode.UNAVAILABLE


class CiphertextMoved(SealedError):
    """The ciphertext was not made for this tenant, table and column, or not as it is now."""


class CiphertextDamaged(SealedError):
    """The ciphertext has no form that was ever written."""
