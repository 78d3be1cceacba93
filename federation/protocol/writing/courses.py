"""A public course page for search engines: schema.org Course and CourseInstance as JSON-LD."""

from datetime import datetime

from federation.protocol.model import CourseInstance, CoursePage
from federation.protocol.writing.events import write_place
from federation.protocol.writing.values import Document, present

_SCHEMA = "https://schema.org"


def write_course(page: CoursePage) -> Document:
    """The JSON-LD of a course with its offerings, to stand in a page's `<script type="application/ld+json">`."""
    return {
        "@context": _SCHEMA,
        "@type": "Course",
        "@id": page.id,
        **present(
            {
                "url": page.url,
                "name": next(iter(page.name.values()), ""),
                "alternateName": list(page.name.values())[1:],
                "courseCode": page.code,
                "description": page.description,
                "inLanguage": page.language,
            }
        ),
        "provider": {"@type": "CollegeOrUniversity", "name": page.provider_name, "url": page.provider_url},
        **present({"hasCourseInstance": [_instance(instance) for instance in page.instances]}),
    }


def _instance(instance: CourseInstance) -> Document:
    return {
        "@type": "CourseInstance",
        **present(
            {
                "url": instance.url,
                "name": instance.name,
                "startDate": _day(instance.start),
                "endDate": _day(instance.end),
                "courseMode": instance.mode,
                "courseWorkload": instance.workload,
                "location": _location(instance),
                "maximumAttendeeCapacity": instance.capacity,
            }
        ),
    }


def _location(instance: CourseInstance) -> Document | None:
    """A Place in schema.org's words, which has coordinates in an object of their own."""
    if instance.place is None:
        return None
    place = write_place(instance.place)
    address = place.get("address")
    if isinstance(address, dict):
        address = {
            "@type": "PostalAddress",
            **{name: part for name, part in address.items() if name != "type"},
        }
    geo = present({"latitude": place.get("latitude"), "longitude": place.get("longitude")})
    return {
        "@type": "Place",
        **present({"name": place.get("name"), "address": address}),
        **({"geo": {"@type": "GeoCoordinates", **geo}} if geo else {}),
    }


def _day(value: datetime | None) -> str | None:
    return value.date().isoformat() if value else None
