"""The facts a course or an offering carries: credits, levels, fields of study, delivery, visibility, place, zone."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from math import isfinite
from zoneinfo import available_timezones

from kernel.errors import InvalidInput

_SCHEME = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
_ISCED_F = re.compile(r"(?:0[0-9]|10|99)[0-9]{0,2}", re.ASCII)  # broad fields 00-10, and 99 for "unknown"
_MOST_HUNDREDTHS = 100_000_00
_LONGEST_LEVEL = 64
_NOT_ZONES = frozenset({"Factory", "localtime"})  # in the zone database, but no place


class Visibility(StrEnum):
    """Who may find something, each including those before it."""

    PRIVATE = "private"
    TENANT = "tenant"
    FEDERATION = "federation"
    PUBLIC = "public"


class DeliveryMode(StrEnum):
    """How teaching reaches people: the five values of OOAPI v5 `modeOfDelivery`."""

    DISTANCE_LEARNING = "distance_learning"
    ON_CAMPUS = "on_campus"
    ONLINE = "online"
    HYBRID = "hybrid"
    SITUATED = "situated"

    @property
    def ooapi(self) -> str:
        """As OOAPI spells it."""
        return {"distance_learning": "distance-learning", "on_campus": "on campus"}.get(self, str(self))


@dataclass(frozen=True, slots=True)
class Credit:
    """An amount of study in one scheme; hundredths, because numbers that are filtered are integers."""

    scheme: str
    hundredths: int
    level: str | None = None

    def __post_init__(self) -> None:
        if not _SCHEME.fullmatch(self.scheme):
            raise InvalidInput(f"{self.scheme[:32]!r} is not the name of a credit scheme", path="scheme")
        if not 0 <= self.hundredths <= _MOST_HUNDREDTHS:
            raise InvalidInput("credits lie between 0 and 100000", path="value")
        if self.level is not None and not (self.level.strip() and len(self.level) <= _LONGEST_LEVEL):
            raise InvalidInput(f"a credit's level has 1 to {_LONGEST_LEVEL} characters", path="level")

    @classmethod
    def of(cls, *, scheme: str, value: str | int | Decimal, level: str | None = None) -> "Credit":
        """From a decimal with at most two places, and the scheme in any case."""
        return cls(scheme.lower(), _hundredths(value), level)

    @property
    def value(self) -> Decimal:
        """The amount with two places."""
        return Decimal(self.hundredths).scaleb(-2)


@dataclass(frozen=True, slots=True)
class Point:
    """A place on earth in WGS 84 degrees."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        for name, degrees, most in (("latitude", self.latitude, 90), ("longitude", self.longitude, 180)):
            if not isfinite(degrees) or abs(degrees) > most:
                raise InvalidInput(f"{name} lies between -{most} and {most}", path=name, value=degrees)


def eqf_level(value: int) -> int:
    """A level of the European Qualifications Framework, 1 to 8."""
    if not 1 <= value <= 8:
        raise InvalidInput("an EQF level lies between 1 and 8", path="eqfLevel", value=value)
    return value


def isced_f(value: str) -> str:
    """A field of the ISCED-F 2013 classification: two digits (broad), three (narrow) or four (detailed)."""
    if not _ISCED_F.fullmatch(value):
        raise InvalidInput("an ISCED-F code has 2 to 4 digits and starts with 00 to 10 or 99", path="iscedF")
    return value


def delivery_modes(values: list[str]) -> tuple[DeliveryMode, ...]:
    """Each mode once, in the order given, in our spelling or OOAPI's."""
    return tuple(dict.fromkeys(_delivery_mode(value) for value in values))


def time_zone(value: str) -> str:
    """The name of a zone of the IANA database that this machine carries, in its exact spelling."""
    if value not in _zones():
        raise InvalidInput(f"{value[:64]!r} is not the name of a time zone", path="timeZone")
    return value


def _hundredths(value: str | int | Decimal) -> int:
    try:
        exact = Decimal(value)
    except InvalidOperation:
        exact = Decimal("NaN")
    # Sizes first: multiplying an exponent of a million would make a number of a million digits.
    if not exact.is_finite() or abs(exact) > _MOST_HUNDREDTHS or exact != round(exact, 2):
        raise InvalidInput("credits are a number with at most two decimal places", path="value")
    return int(exact * 100)


def _delivery_mode(value: str) -> DeliveryMode:
    for mode in DeliveryMode:
        if value in (mode, mode.ooapi):
            return mode
    raise InvalidInput(
        f"{value[:32]!r} is not a mode of delivery ({', '.join(DeliveryMode)})", path="deliveryModes"
    )


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_ZONES
