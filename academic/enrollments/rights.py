"""Who may do what to an enrollment they see."""

from academic.enrollments.situations import Situation
from academic.model.states import EnrollmentRole
from tenants.door import Transaction
from tenants.model import Forbidden

_DECIDES = frozenset({EnrollmentRole.INSTRUCTOR, EnrollmentRole.ASSISTANT})


def require_writer(situation: Situation) -> None:
    """Refuses who may not write enrollments here."""
    if not situation.rights.writes:
        raise Forbidden("this takes the right to write enrollments here")


def require_own_or_writer(tx: Transaction, situation: Situation) -> None:
    """Refuses who is neither the person nor may write enrollments here."""
    if situation.user_id != tx.principal.user_id:
        require_writer(situation)


def require_decider(situation: Situation) -> None:
    rights = situation.rights
    if not rights.writes and rights.role not in _DECIDES:
        raise Forbidden("this takes the right to write enrollments here, or to teach the offering")


def require_recorder(situation: Situation) -> None:
    """Refuses who may not record results here: neither the right to, nor an instructor of the offering."""
    rights = situation.rights
    if not rights.records and rights.role is not EnrollmentRole.INSTRUCTOR:
        raise Forbidden("this takes the right to record results here, or to be the offering's instructor")
