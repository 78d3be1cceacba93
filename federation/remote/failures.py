"""Why something of another server could not be had."""

from enum import StrEnum

from kernel.errors import ErrorCode, FediflowError


class FetchFailure(StrEnum):
    """The closed set of reasons; each value is safe as a metric's label."""

    AWAY = "away"  # no answer, or one that says: later
    BUSY = "busy"  # we wait for enough answers of this host already
    GONE = "gone"  # 404 and 410
    FORBIDDEN = "forbidden"  # also to a signed request
    REFUSED = "refused"  # an address that is not asked, a redirect that is not followed, any other status
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"  # no ActivityPub document
    WRONG_ID = "wrong_id"  # another document than was asked for
    UNREADABLE = "unreadable"
    NO_KEY = "no_key"  # the actor does not name that key


class NotFetched(FediflowError):
    """A document of another server could not be had; `why` says the reason, and `is_temporary` whether to ask again."""

    code = ErrorCode.UNAVAILABLE

    def __init__(self, why: FetchFailure, message: str) -> None:
        super().__init__(message, why=why.value)
        self.why = why

    @property
    def is_temporary(self) -> bool:
        """Whether the same may be had in a while."""
        return self.why in (FetchFailure.AWAY, FetchFailure.BUSY)
