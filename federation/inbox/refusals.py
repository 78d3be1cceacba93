"""Why an activity is not taken in, or was taken in and then not stored: closed sets that metrics may count by."""

from enum import StrEnum

from kernel.errors import ErrorCode, FediflowError


class NotTaken(StrEnum):
    """Why the gateway sends an activity away."""

    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"  # of the body
    UNREADABLE = "unreadable"
    BLOCKED = "blocked"
    RATE_LIMITED = "rate_limited"
    UNSIGNED = "unsigned"
    BAD_SIGNATURE = "bad_signature"
    NO_KEY = "no_key"
    OTHER_KEY = "other_key"  # of somebody else than who acts
    REPLAYED = "replayed"
    NOT_NOW = "not_now"  # the key's server, or our directory, does not answer


class InboxRefused(FediflowError):
    """An activity was not taken in. `why` is out of a closed set, `detail` names what was wrong with it more closely."""

    code = ErrorCode.FORBIDDEN

    def __init__(
        self, why: NotTaken, message: str, *, detail: str | None = None, retry_after: int = 0
    ) -> None:
        super().__init__(message, why=why.value, detail=detail)
        self.why = why
        self.detail = detail
        self.retry_after = retry_after  # seconds


class NotStored(StrEnum):
    """Why an activity that was taken in was not stored; kept for operators to see."""

    UNREADABLE = "unreadable"
    UNSUPPORTED = "unsupported"  # an activity or an object of a kind that means nothing here
    CLOSED = "closed"  # the institution does not federate
    NOT_ALLOWED = "not_allowed"  # by its list of servers
    BLOCKED = "blocked"  # a server, by the institution
    SUSPENDED = "suspended"  # an actor, by its moderators
    BLOCKED_BY_PERSON = "blocked_by_person"
    NOT_THEIRS = "not_theirs"  # the actor has no say in it
    NOBODY_HERE = "nobody_here"  # concerns nobody of the institution
    UNKNOWN_OBJECT = "unknown_object"
    NOT_FETCHED = "not_fetched"  # what it is about could not be had, after all attempts
    UNPROVEN = "unproven"  # claims what only another server can say
    DEFECT = "defect"  # ours: it was set aside, and an operator gave it up


class Refused(FediflowError):
    """An activity means nothing here; it is not worked on again."""

    code = ErrorCode.FORBIDDEN

    def __init__(self, why: NotStored, message: str) -> None:
        super().__init__(message, why=why.value)
        self.why = why
