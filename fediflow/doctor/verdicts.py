"""What an examination says."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How serious it is."""

    OK = "ok"
    WARNING = "warning"  # works, and somebody should know
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, where, and what was found."""

    where: str
    what: str
    verdict: Verdict
    found: str


def judged(where: str, what: str, is_fine: bool, found: str, *, otherwise: Verdict = Verdict.BAD) -> Check:
    """A check that is fine or not."""
    return Check(where, what, Verdict.OK if is_fine else otherwise, found)
