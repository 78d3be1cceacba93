"""Why an integrity proof is not accepted: one error, and a closed set of reasons that metrics may count by."""

from enum import StrEnum

from kernel.errors import ErrorCode, FediflowError


class Why(StrEnum):
    """The closed set of reasons; each value is safe as a metric's label."""

    NO_PROOF = "no_proof"
    MALFORMED = "malformed"
    TYPE_UNSUPPORTED = "type_unsupported"
    CRYPTOSUITE_UNSUPPORTED = "cryptosuite_unsupported"
    WRONG_PURPOSE = "wrong_purpose"
    CONTEXT_MISMATCH = "context_mismatch"
    NOT_CANONICAL = "not_canonical"
    IN_FUTURE = "in_future"
    EXPIRED = "expired"
    KEY_UNSUPPORTED = "key_unsupported"
    BAD_SIGNATURE = "bad_signature"


class ProofRefused(FediflowError):
    """The document is not shown to be the work of the holder of the key; `why` says what is wrong with its proof."""

    code = ErrorCode.UNAUTHENTICATED

    def __init__(self, why: Why, message: str) -> None:
        super().__init__(message, why=why.value)
        self.why = why
