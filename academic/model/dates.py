"""Which dates hold for a section: its own, else its offering's, else its term's."""

from dataclasses import dataclass
from datetime import date

from kernel.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class DateSpan:
    """First and last day, both included; None says nothing about that end."""

    starts_on: date | None = None
    ends_on: date | None = None

    @property
    def is_ordered(self) -> bool:
        """False where the end is known to come before the start."""
        return self.starts_on is None or self.ends_on is None or self.starts_on <= self.ends_on

    def contains(self, day: date) -> bool:
        """Whether the day lies within; an open end has no limit."""
        return (self.starts_on is None or self.starts_on <= day) and (
            self.ends_on is None or day <= self.ends_on
        )


def effective_dates(section: DateSpan | None, offering: DateSpan, term: DateSpan) -> DateSpan:
    """Each end by itself from the nearest that says one; raises where that puts the end before the start."""
    nearest = (section or DateSpan(), offering, term)
    span = DateSpan(
        next((each.starts_on for each in nearest if each.starts_on is not None), None),
        next((each.ends_on for each in nearest if each.ends_on is not None), None),
    )
    if not span.is_ordered:
        raise InvalidInput(
            f"the dates that would hold end on {span.ends_on}, before they start on {span.starts_on}",
            path="endsOn",
        )
    return span
