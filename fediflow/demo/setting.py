"""What every generator of one university works from: its definition, its calendar, its ids, and chance from the seed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from random import Random
from zoneinfo import ZoneInfo

from fediflow.demo.calendar import Calendar, calendar_around
from fediflow.demo.moments import DAY, PastIds, as_datetime, midnight
from fediflow.demo.rows import as_texts
from fediflow.demo.universities import University
from fediflow.demo.words.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Setting:
    """One university on one day. Everything in it has happened before `now`, the midnight that began the day."""

    university: University
    seed: int
    today: date
    calendar: Calendar
    ids: PastIds

    @property
    def now(self) -> int:
        """The moment the data is of."""
        return int(datetime.combine(self.today, time(), UTC).timestamp()) * 1000

    @property
    def founded(self) -> int:
        """When the university was entered, well before anybody enrolled."""
        return midnight(self.calendar.past.starts_on, ZoneInfo("UTC")) - 200 * DAY

    @property
    def founded_at(self) -> datetime:
        """The same as a time."""
        return as_datetime(self.founded)

    def chance(self, part: str) -> Random:
        """Chance for one part of the data, so that a change of one part leaves the others as they were."""
        return Random(f"{self.seed}/{self.university.slug}/{part}")

    def texts(self, text: Text) -> str:
        """A language-tagged text of the university."""
        return as_texts(self.university.languages, text)


def setting_of(university: University, *, seed: int, today: date) -> Setting:
    """The university on that day."""
    calendar = calendar_around(university.calendar, today)
    return Setting(university, seed, today, calendar, PastIds(university.node))
