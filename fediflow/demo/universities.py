"""The demo's three universities: where they are, how they count the year, credits and marks. All of it is invented."""

from dataclasses import dataclass
from random import Random
from zoneinfo import ZoneInfo

from fediflow.demo.calendar import CalendarRule, Semester
from fediflow.demo.moments import LAST_NODE, PastIds
from fediflow.demo.words.arabic import ARABIC
from fediflow.demo.words.german import GERMAN
from fediflow.demo.words.japanese import JAPANESE
from fediflow.demo.words.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Grading:
    """A country's marks from best to worst, how often each is given, and how many of them pass."""

    scheme: str
    values: tuple[str, ...]
    weights: tuple[int, ...]
    passing: int

    def draw(self, random: Random, *, passed: bool = False) -> tuple[str, bool]:
        """A mark and whether it passes."""
        many = self.passing if passed else len(self.values)
        place = random.choices(range(many), self.weights[:many])[0]
        return self.values[place], place < self.passing


@dataclass(frozen=True, slots=True)
class Place:
    """Where teaching happens."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class University:
    """One tenant of the demo."""

    id: int
    node: int  # of the ids of its rows
    slug: str
    region: str
    subdivision: str  # ISO 3166-2
    time_zone: str
    languages: tuple[str, str]
    words: Vocabulary
    calendar: CalendarRule
    grading: Grading
    credit_scheme: str
    places: tuple[Place, ...]

    @property
    def zone(self) -> ZoneInfo:
        """Its clock."""
        return ZoneInfo(self.time_zone)

    @property
    def domains(self) -> tuple[str, ...]:
        """Its addresses, the primary one first."""
        return f"{self.slug}.localhost", f"{self.slug}.example"


_ids = PastIds(LAST_NODE)

AUENFELS = University(
    id=_ids.at(0),
    node=LAST_NODE - 1,
    slug="auenfels",
    region="DE",
    subdivision="DE-HE",
    time_zone="Europe/Berlin",
    languages=("de", "en"),
    words=GERMAN,
    calendar=CalendarRule(
        year=("Studienjahr {year}/{next}", "Academic Year {year}/{next}"),
        first=Semester(
            "WS{start}",
            ("Wintersemester {year}/{next}", "Winter Semester {year}/{next}"),
            (10, 1),
            ((10, 13), (2, 6)),
        ),
        second=Semester(
            "SS{start}", ("Sommersemester {start}", "Summer Semester {start}"), (4, 1), ((4, 13), (7, 17))
        ),
        period=("{number}. Vorlesungshälfte", "Teaching half {number}"),
    ),
    grading=Grading(
        "de-1-5",
        ("1.0", "1.3", "1.7", "2.0", "2.3", "2.7", "3.0", "3.3", "3.7", "4.0", "5.0"),
        (6, 9, 12, 14, 14, 13, 10, 8, 6, 4, 9),
        passing=10,
    ),
    credit_scheme="ects",
    places=(
        Place("Hauptgebäude am Fluss", 51.2134, 9.7761),
        Place("Campus Felsenhang", 51.2249, 9.8012),
        Place("Technikum", 51.2087, 9.7915),
        Place("Haus der Geisteswissenschaften", 51.2158, 9.7702),
    ),
)
AOIHAMA = University(
    id=_ids.at(0),
    node=LAST_NODE - 2,
    slug="aoihama",
    region="JP",
    subdivision="JP-23",
    time_zone="Asia/Tokyo",
    languages=("ja", "en"),
    words=JAPANESE,
    calendar=CalendarRule(
        year=("{year}年度", "Academic Year {year}"),
        first=Semester("{year}-1", ("{year}年度前期", "Spring Semester {year}"), (4, 1), ((4, 8), (7, 31))),
        second=Semester(
            "{year}-2", ("{year}年度後期", "Autumn Semester {year}"), (9, 21), ((9, 25), (1, 31))
        ),
        period=("第{number}クォーター", "Quarter {number}"),
    ),
    grading=Grading("jp-sabcf", ("S", "A", "B", "C", "F"), (12, 30, 32, 17, 9), passing=4),
    credit_scheme="jp-credit",
    places=(
        Place("浜辺キャンパス本館", 34.6712, 137.1874),
        Place("海洋実験棟", 34.6655, 137.1921),
        Place("工学部1号館", 34.6748, 137.1809),
        Place("文学部棟", 34.6731, 137.1852),
    ),
)
ZITOUN = University(
    id=_ids.at(0),
    node=LAST_NODE - 3,
    slug="zitoun",
    region="TN",
    subdivision="TN-11",
    time_zone="Africa/Tunis",
    languages=("ar", "fr"),
    words=ARABIC,
    calendar=CalendarRule(
        year=("السنة الجامعية {year}-{next}", "Année universitaire {year}-{next}"),
        first=Semester(
            "S1-{year}",
            ("السداسي الأول {year}-{next}", "Premier semestre {year}-{next}"),
            (9, 1),
            ((9, 15), (1, 15)),
        ),
        second=Semester(
            "S2-{year}",
            ("السداسي الثاني {year}-{next}", "Second semestre {year}-{next}"),
            (2, 1),
            ((2, 5), (6, 5)),
        ),
        period=("الفترة {number}", "Période {number}"),
    ),
    grading=Grading(
        "tn-20",
        tuple(f"{quarters / 4:.2f}" for quarters in range(76, 15, -3)),
        (1, 1, 2, 3, 4, 6, 8, 10, 12, 12, 11, 10, 9, 6, 4, 3, 2, 1, 1, 1, 1),
        passing=13,  # 10.00 is the last
    ),
    credit_scheme="ects",
    places=(
        Place("المركب الجامعي مرسى الزيتون", 36.8412, 10.4127),
        Place("مخابر كلية العلوم", 36.8437, 10.4091),
        Place("مدرج كلية الهندسة", 36.8389, 10.4063),
        Place("الضيعة التجريبية", 36.8301, 10.3958),
    ),
)

UNIVERSITIES = (AUENFELS, AOIHAMA, ZITOUN)
