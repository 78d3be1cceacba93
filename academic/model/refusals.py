"""Why somebody could not enrol: a closed set of reasons and the error that carries one."""

from enum import StrEnum

from kernel.errors import ErrorCode, FediflowError


class Refusal(StrEnum):
    """Why somebody could not enrol."""

    OFFERING_DRAFT = "offering_draft"
    OFFERING_CANCELLED = "offering_cancelled"
    OFFERING_ARCHIVED = "offering_archived"
    NOT_AUDIENCE = "not_audience"
    WINDOW_NOT_OPEN = "window_not_open"
    WINDOW_CLOSED = "window_closed"
    ALREADY_ENROLLED = "already_enrolled"
    ALREADY_COMPLETED = "already_completed"
    DENIED = "denied"
    FULL = "full"
    WAITLIST_FULL = "waitlist_full"


class UnableToEnrol(FediflowError):
    """There is no place for this person, for the reason named."""

    code = ErrorCode.CONFLICT

    def __init__(self, reason: Refusal) -> None:
        super().__init__(_SENTENCES[reason], reason=reason)
        self.reason = reason


_SENTENCES = {
    Refusal.OFFERING_DRAFT: "the offering is not published yet",
    Refusal.OFFERING_CANCELLED: "the offering was cancelled",
    Refusal.OFFERING_ARCHIVED: "the offering is archived",
    Refusal.NOT_AUDIENCE: "enrollment is not open to this audience",
    Refusal.WINDOW_NOT_OPEN: "enrollment has not opened yet",
    Refusal.WINDOW_CLOSED: "enrollment is closed",
    Refusal.ALREADY_ENROLLED: "this person is already enrolled in the offering",
    Refusal.ALREADY_COMPLETED: "this person has already completed the offering",
    Refusal.DENIED: "this person's request was denied",
    Refusal.FULL: "the offering is full and nobody can wait",
    Refusal.WAITLIST_FULL: "the offering and its waitlist are full",
}
