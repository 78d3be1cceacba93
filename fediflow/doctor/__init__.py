"""Whether an installation is well: what `fediflow doctor` asks of its databases, Redis and clocks."""

from fediflow.doctor.examination import examine
from fediflow.doctor.verdicts import Check, Verdict

__all__ = ["Check", "Verdict", "examine"]
