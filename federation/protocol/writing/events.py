"""Our offerings as documents: an Event and its Place (FEP-8a8e)."""

from federation.protocol.model import Event, Place, PostalAddress
from federation.protocol.writing.contexts import EVENT_TERMS, context
from federation.protocol.writing.values import (
    Document,
    addressed,
    attachment,
    local_moment,
    moment,
    present,
    single,
    tag,
    texts,
)


def write_event(event: Event) -> Document:
    """The event's document; times carry the offset of its time zone, which is named beside them."""
    return {
        "@context": context(terms=EVENT_TERMS),
        "id": event.id,
        "type": "Event",
        "attributedTo": event.attributed_to,
        **addressed(event.addressing),
        "published": moment(event.published),
        **texts("name", event.name),
        **texts("summary", event.summary),
        **texts("content", event.content),
        "mediaType": "text/html",
        **_schedule(event),
        **_entering(event),
        "tag": [tag(value) for value in event.tags],
        "attachment": [attachment(value) for value in event.attachments],
    }


def write_place(place: Place) -> Document:
    """A Place without a context, to stand inside an event."""
    address = place.address
    return present(
        {
            "id": place.id,
            "type": "Place",
            "name": place.name,
            "address": _address(address) if isinstance(address, PostalAddress) else address,
            "latitude": place.latitude,
            "longitude": place.longitude,
        }
    )


def _schedule(event: Event) -> Document:
    return present(
        {
            "updated": moment(event.updated),
            "url": event.url,
            "startTime": local_moment(event.start, event.timezone),
            "endTime": local_moment(event.end, event.timezone),
            "timezone": event.timezone,
            "status": "CANCELLED" if event.cancelled else "CONFIRMED",
            "location": _locations(event),
            "isOnline": event.is_online or event.online_url is not None,
            "inLanguage": single(event.languages),
        }
    )


def _locations(event: Event) -> Document | list[Document] | None:
    places = [write_place(event.place)] if event.place else []
    if event.online_url:
        places.append({"type": "VirtualLocation", "url": event.online_url})
    return (places[0] if len(places) == 1 else places) or None


def _entering(event: Event) -> Document:
    return present(
        {
            "maximumAttendeeCapacity": event.capacity,
            "remainingAttendeeCapacity": event.remaining,
            "joinMode": event.join_mode.value if event.join_mode else None,
            "externalParticipationUrl": event.external_url,
            "attendees": event.attendees,
        }
    )


def _address(address: PostalAddress) -> Document:
    return present(
        {
            "type": "PostalAddress",
            "streetAddress": address.street,
            "postalCode": address.postal_code,
            "addressLocality": address.locality,
            "addressRegion": address.region,
            "addressCountry": address.country,
        }
    )
