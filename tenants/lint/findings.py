"""What the lint says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that an object of the database breaks, in one sentence."""

    rule: str
    object: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.object}: {self.sentence} ({self.rule})"
