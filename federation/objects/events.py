"""Offerings of ours as Events (FEP-8a8e), where they are held, and their courses as pages for search engines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from federation.actors.documents import as_html, in_order
from federation.objects.asking import Asking, ask
from federation.protocol.addresses import Addresses
from federation.protocol.model import Addressing, CourseInstance, CoursePage, Event, Place
from federation.protocol.vocabulary import AS_PUBLIC, JoinMode
from federation.protocol.writing import Document, write_course, write_event, write_place
from federation.protocol.writing.contexts import EVENT_TERMS, context
from kernel.database.wire.client import Statement
from kernel.tables import SCHEMA
from tenants.model import Tenant

# schema.org's courseMode by OOAPI's modeOfDelivery.
_MODES = {
    "on_campus": "Onsite",
    "situated": "Onsite",
    "online": "Online",
    "distance_learning": "Online",
    "hybrid": "Blended",
}
_LAST_MOMENT = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class FoundOffering:
    """A public offering with its course, seats and term."""

    id: int
    facts: Mapping[str, Any]

    @property
    def course_id(self) -> int:
        """The course that it is an offering of."""
        return int(self.facts["course_id"])

    @property
    def title(self) -> Mapping[str, str]:
        """Its own title, or its course's."""
        title: Mapping[str, str] = self.facts["title"] or self.facts["course_title"]
        return title


async def find_offering(asking: Asking, tenant: Tenant, offering_id: int) -> FoundOffering | None:
    """An offering that everybody may see, of a course that everybody may see."""
    (found,) = await ask(asking, tenant, (f"{_OFFERINGS} and o.id = $2::bigint) x", (tenant.id, offering_id)))
    return next(iter(_offerings(found)), None)


def of_course(tenant: Tenant, course_id: int) -> Statement:
    """Asks for the newest 50 public offerings of a course."""
    return (
        f"{_OFFERINGS} and o.course_id = $2::bigint order by o.effective_starts_on desc, o.id desc limit 50) x",
        (tenant.id, course_id),
    )


def offerings_of(found: Sequence[Mapping[str, Any]]) -> list[FoundOffering]:
    """The offerings of what `of_course` gave, latest first."""
    return _offerings(found)


def event_document(
    offering: FoundOffering, group_address: str, followers: str, tenant: Tenant, here: Addresses
) -> Document:
    """The Event's document; the course's group speaks for it."""
    facts, address = offering.facts, here.offering(offering.id)
    description = in_order(facts["description"] or facts["course_description"], tenant.languages)
    return write_event(
        Event(
            id=address,
            attributed_to=group_address,
            name=in_order(offering.title, tenant.languages),
            start=starts_at(offering, tenant),
            end=ends_at(offering, tenant),
            timezone=tenant.time_zone,
            addressing=Addressing((AS_PUBLIC,), (followers,)),
            published=datetime.fromisoformat(facts["created_at"]),
            updated=datetime.fromisoformat(facts["updated_at"]),
            content={language: as_html(text) for language, text in description.items()},
            url=address,
            place=place_of(offering, here),
            is_online="online" in (facts["delivery_modes"] or facts["course_modes"] or ()),
            capacity=facts["capacity"],
            remaining=remaining(offering),
            join_mode=JoinMode.EXTERNAL,
            external_url=address,
            cancelled=facts["state"] == "cancelled",
            languages=tuple(facts["teaching_languages"] or facts["course_languages"]),
        )
    )


def place_document(place: Place) -> Document:
    """A Place by itself."""
    return {"@context": context(terms=EVENT_TERMS), **write_place(place)}


def place_of(offering: FoundOffering, here: Addresses) -> Place | None:
    """Where it is held, where that is known."""
    facts = offering.facts
    if facts["place_name"] is None and facts["latitude"] is None:
        return None
    name = facts["place_name"] or f"{facts['latitude']}, {facts['longitude']}"
    return Place(name, here.place(offering.id), None, facts["latitude"], facts["longitude"])


def course_document(
    course: Mapping[str, Any],
    page: str,
    offerings: Sequence[FoundOffering],
    tenant: Tenant,
    here: Addresses,
    language: str | None,
) -> Document:
    """schema.org's Course with its CourseInstances; `language` is that of the texts, first where a course has it."""
    languages = (language, *tenant.languages) if language else tenant.languages
    descriptions = in_order(course["description"], languages)
    return write_course(
        CoursePage(
            id=page,
            url=page,
            name=in_order(course["title"], languages),
            code=course["code"],
            provider_name=next(iter(in_order(tenant.name, languages).values())),
            provider_url=here.base,
            description=next(iter(descriptions.values()), None),
            language=next(iter(course["teaching_languages"]), None),
            instances=tuple(_instance(one, tenant, here, languages) for one in offerings),
        )
    )


def starts_at(offering: FoundOffering, tenant: Tenant) -> datetime:
    """The beginning of its first day, where the institution is."""
    day = date.fromisoformat(offering.facts["effective_starts_on"])
    return datetime.combine(day, time(), ZoneInfo(tenant.time_zone))


def ends_at(offering: FoundOffering, tenant: Tenant) -> datetime:
    """The end of its last day."""
    day = date.fromisoformat(offering.facts["effective_ends_on"])
    return datetime.combine(day, _LAST_MOMENT, ZoneInfo(tenant.time_zone))


def remaining(offering: FoundOffering) -> int | None:
    """The seats that are free; None where there is no limit."""
    capacity, taken = offering.facts["capacity"], offering.facts["taken"] or 0
    return None if capacity is None else max(capacity - taken, 0)


def _instance(
    offering: FoundOffering, tenant: Tenant, here: Addresses, languages: tuple[str, ...]
) -> CourseInstance:
    modes = {_MODES[mode] for mode in offering.facts["delivery_modes"] or offering.facts["course_modes"]}
    return CourseInstance(
        url=here.offering(offering.id),
        name=next(iter(in_order(offering.title, languages).values())),
        start=starts_at(offering, tenant),
        end=ends_at(offering, tenant),
        mode="Blended" if len(modes) > 1 else next(iter(modes), None),
        place=place_of(offering, here),
        capacity=offering.facts["capacity"],
    )


def _offerings(found: Sequence[Mapping[str, Any]]) -> list[FoundOffering]:
    return [FoundOffering(int(one["id"]), one) for one in found]


_OFFERINGS = f"""
select coalesce(json_agg(x.facts order by x.effective_starts_on desc, x.id desc), '[]')::text from (
select o.id, o.effective_starts_on, json_build_object(
  'id', o.id::text, 'course_id', o.course_id::text, 'code', o.code, 'title', o.title, 'description', o.description,
  'teaching_languages', o.teaching_languages, 'delivery_modes', o.delivery_modes, 'state', o.state,
  'effective_starts_on', o.effective_starts_on, 'effective_ends_on', o.effective_ends_on,
  'place_name', o.place_name, 'latitude', o.latitude, 'longitude', o.longitude,
  'created_at', o.created_at, 'updated_at', o.updated_at, 'capacity', s.capacity, 'taken', s.taken,
  'course_title', c.title, 'course_description', c.description, 'course_code', c.code,
  'course_languages', c.teaching_languages, 'course_modes', c.delivery_modes, 'term', t.title
) as facts
from {SCHEMA}.offerings o
join {SCHEMA}.courses c on c.tenant_id = $1 and c.id = o.course_id
join {SCHEMA}.academic_sessions t on t.tenant_id = $1 and t.id = o.academic_session_id
left join {SCHEMA}.offering_seats s on s.tenant_id = $1 and s.offering_id = o.id
where o.tenant_id = $1::bigint and o.state in ('published', 'cancelled') and o.visibility = 'public'
  and c.visibility = 'public'
"""
