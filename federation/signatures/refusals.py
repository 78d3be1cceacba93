"""Why a signature or a key is not accepted: one error, and a closed set of reasons that metrics may count by."""

from enum import StrEnum

from kernel.errors import ErrorCode, FediflowError


class Why(StrEnum):
    """The closed set of reasons; each value is safe as a metric's label."""

    NO_SIGNATURE = "no_signature"
    MALFORMED = "malformed"
    DUPLICATED = "duplicated"
    KEY_ID_MISSING = "key_id_missing"
    ALGORITHM_UNSUPPORTED = "algorithm_unsupported"
    ALGORITHM_MISMATCH = "algorithm_mismatch"
    COMPONENT_UNSUPPORTED = "component_unsupported"
    COMPONENT_ABSENT = "component_absent"
    METHOD_NOT_SIGNED = "method_not_signed"
    TARGET_NOT_SIGNED = "target_not_signed"
    HOST_NOT_SIGNED = "host_not_signed"
    TIME_NOT_SIGNED = "time_not_signed"
    DIGEST_NOT_SIGNED = "digest_not_signed"
    DIGEST_ABSENT = "digest_absent"
    DIGEST_UNSUPPORTED = "digest_unsupported"
    DIGEST_MISMATCH = "digest_mismatch"
    WRONG_HOST = "wrong_host"
    TOO_OLD = "too_old"
    IN_FUTURE = "in_future"
    EXPIRED = "expired"
    KEY_UNREADABLE = "key_unreadable"
    KEY_UNSUPPORTED = "key_unsupported"
    KEY_WEAK = "key_weak"
    BAD_SIGNATURE = "bad_signature"
    REPLAYED = "replayed"


class SignatureRefused(FediflowError):
    """The request is not shown to come from the holder of the key; `why` says what is wrong with it."""

    code = ErrorCode.UNAUTHENTICATED

    def __init__(self, why: Why, message: str) -> None:
        super().__init__(message, why=why.value)
        self.why = why
