"""When, where and for how many an Event is (FEP-8a8e, and Mobilizon's words that it took up)."""

from zoneinfo import available_timezones

from federation.protocol.origins import origin_of
from federation.protocol.reading.shapes.activities import Document
from federation.protocol.reading.shapes.posts import RemotePlace, RemoteSchedule
from federation.protocol.reading.times import moment
from federation.protocol.reading.values import count, each, first, identifier, member, number, text
from federation.protocol.vocabulary import JoinMode

MOST_PLACES = 10
LONGEST_PLACE = 500


def schedule_of(document: Document) -> RemoteSchedule:
    """The schedule; what is missing or senseless is None. An end before the start is none."""
    start, end = moment(document.get("startTime")), moment(document.get("endTime"))
    return RemoteSchedule(
        start=start,
        end=None if start and end and end < start else end,
        timezone=_timezone(document),
        capacity=count(document.get("maximumAttendeeCapacity")),
        remaining=count(document.get("remainingAttendeeCapacity")),
        join_mode=_join_mode(document),
        external_url=_address_of_page(document.get("externalParticipationUrl")),
        status=_status(document),
        places=tuple(place for one in each(document.get("location"), MOST_PLACES) if (place := _place(one))),
    )


def _timezone(document: Document) -> str | None:
    name = text(document.get("timezone"), _LONGEST_WORD)
    return name if name in available_timezones() else None


def _join_mode(document: Document) -> JoinMode | None:
    given = (text(document.get("joinMode"), _LONGEST_WORD) or "").removeprefix("mz:").lower()
    return next((mode for mode in JoinMode if mode.value == given), None)


def _status(document: Document) -> str | None:
    """`ical:status`, or schema.org's word for it."""
    given = text(member(document, "ical:status", "status", "eventStatus"), _LONGEST_WORD)
    word = (given or "").rpartition("/")[2].removeprefix("Event").upper()
    return {"SCHEDULED": "CONFIRMED", "POSTPONED": "TENTATIVE", "RESCHEDULED": "CONFIRMED"}.get(
        word, word if word in _STATUSES else None
    )


def _place(value: object) -> RemotePlace | None:
    if isinstance(value, str):
        url = value if origin_of(value) else None
        name = None if url else text(value, LONGEST_PLACE)
        return RemotePlace(name, None, None, None, url) if url or name else None
    if not isinstance(value, dict):
        return None
    latitude, longitude = _position(value)
    return RemotePlace(
        name=text(value.get("name"), LONGEST_PLACE),
        address=_address(value.get("address")),
        latitude=latitude,
        longitude=longitude,
        url=_address_of_page(value.get("url")) or _address_of_page(value.get("id")),
    )


def _position(place: Document) -> tuple[float | None, float | None]:
    """Both or none: half a position is nowhere."""
    latitude = number(place.get("latitude"), low=-90, high=90)
    longitude = number(place.get("longitude"), low=-180, high=180)
    return (None, None) if latitude is None or longitude is None else (latitude, longitude)


def _address(value: object) -> str | None:
    one = first(value)
    if not isinstance(one, dict):
        return text(one, LONGEST_PLACE)
    parts = (text(one.get(name), LONGEST_PLACE) for name in _ADDRESS_PARTS)
    return ", ".join(part for part in parts if part)[:LONGEST_PLACE] or None


def _address_of_page(value: object) -> str | None:
    found = identifier(value)
    return found if found is not None and origin_of(found) else None


_LONGEST_WORD = 100
_STATUSES = frozenset({"CONFIRMED", "TENTATIVE", "CANCELLED"})
_ADDRESS_PARTS = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")
