"""The `@context` of what we send: addresses that libraries carry with them, and inline terms for everything else.

Nobody should have to fetch anything to read us, and several libraries refuse to.
"""

from typing import Any

ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams"
SECURITY = "https://w3id.org/security/v1"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
MULTIKEY = "https://w3id.org/security/multikey/v1"
DID = "https://www.w3.org/ns/did/v1"

# The security vocabulary comes first of the added: the ones after it protect terms that it would otherwise redefine.
_ORDER = (ACTIVITY_STREAMS, SECURITY, DID, MULTIKEY, DATA_INTEGRITY)

_SENSITIVE = {"sensitive": "as:sensitive"}
_TAGS = {"Hashtag": "as:Hashtag"}

POST_TERMS: dict[str, Any] = {
    **_TAGS,
    **_SENSITIVE,
    "ostatus": "http://ostatus.org#",
    "conversation": "ostatus:conversation",
}

ACTOR_TERMS: dict[str, Any] = {
    **_TAGS,
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "movedTo": {"@id": "as:movedTo", "@type": "@id"},
    "toot": "http://joinmastodon.org/ns#",
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "schema": "http://schema.org#",
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    "lemmy": "https://join-lemmy.org/ns#",
    "moderators": {"@id": "lemmy:moderators", "@type": "@id"},
    "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
}

EVENT_TERMS: dict[str, Any] = {
    **_TAGS,
    **_SENSITIVE,
    "sc": "http://schema.org#",
    "VirtualLocation": "sc:VirtualLocation",
    "PostalAddress": "sc:PostalAddress",
    "address": "sc:address",
    "streetAddress": "sc:streetAddress",
    "postalCode": "sc:postalCode",
    "addressLocality": "sc:addressLocality",
    "addressRegion": "sc:addressRegion",
    "addressCountry": "sc:addressCountry",
    "inLanguage": "sc:inLanguage",
    "maximumAttendeeCapacity": "sc:maximumAttendeeCapacity",
    "remainingAttendeeCapacity": "sc:remainingAttendeeCapacity",
    "ical": "http://www.w3.org/2002/12/cal/ical#",
    "status": "ical:status",
    "mz": "https://joinmobilizon.org/ns#",
    "timezone": "mz:timezone",
    "joinMode": "mz:joinMode",
    "isOnline": "mz:isOnline",
    "externalParticipationUrl": "mz:externalParticipationUrl",
    "attendees": {"@id": "https://event-federation.eu/ns/attendees", "@type": "@id"},
}

Context = str | list[Any]


def context(*addresses: str, terms: dict[str, Any] | None = None) -> Context:
    """ActivityStreams, then these addresses, then the inline terms; the bare address where there is no more."""
    wanted = {ACTIVITY_STREAMS, *addresses}
    parts: list[Any] = [address for address in _ORDER if address in wanted]
    if terms:
        parts.append(terms)
    return parts[0] if len(parts) == 1 else parts


def joined(*contexts: Context | None) -> Context:
    """One context for a document that embeds others: what each of theirs has."""
    addresses: list[str] = []
    terms: dict[str, Any] = {}
    for part in (part for given in contexts if given for part in _parts(given)):
        if isinstance(part, str):
            addresses.append(part)
        else:
            terms |= part
    return context(*addresses, terms=terms)


def provable(document: dict[str, Any]) -> dict[str, Any]:
    """The document as one that a proof is made for (FEP-8b32), which signs the context as it finds it."""
    return {**document, "@context": joined(document.get("@context"), [DATA_INTEGRITY])}


def _parts(given: Context) -> list[Any]:
    return given if isinstance(given, list) else [given]
