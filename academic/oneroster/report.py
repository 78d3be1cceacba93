"""What an import did, or would have done: counts by file, and everything that was wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from academic.oneroster.faults import Fault
from academic.oneroster.records import Flavour

Progress = Callable[[str, int, int], None]
"""Hears the file being loaded, how many of its rows are in the database's hands, and how many it has."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the rows of one file.

    `archived` is archived, suspended, withdrawn or taken back. `ended` rows say that something is over or to be deleted
    which nobody has here; `repeated` ones say what another row says. Why a row was `skipped` a fault says.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    archived: int = 0
    ended: int = 0
    repeated: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(getattr(self, field.name) for field in fields(self))

    @property
    def changed(self) -> int:
        """Those that made a difference."""
        return self.created + self.updated + self.archived


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of one import. `faults` holds the first of each kind, the counts hold all.

    With an error nothing is loaded; `counts` then say how far it came, for a person to read beside the faults.
    """

    flavour: Flavour
    dry_run: bool
    counts: Mapping[
        str, Counts
    ]  # by file: orgs, academicSessions, courses, classes, users, roles, enrollments
    faults: tuple[Fault, ...]
    error_count: int
    warning_count: int
    rows: int
    seconds: float

    @property
    def is_refused(self) -> bool:
        """The set has errors, so nothing of it was loaded."""
        return self.error_count > 0

    @property
    def is_loaded(self) -> bool:
        """The set is in the database now."""
        return not self.dry_run and not self.is_refused
