"""Actors and a key in the shape in which other software sends them, with names and hosts that nobody has."""

from typing import Any

PEM = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----\n"

MASTODON_PERSON: dict[str, Any] = {
    "@context": [
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/v1",
        {"toot": "http://joinmastodon.org/ns#", "schema": "http://schema.org#"},
    ],
    "id": "https://masto.example/users/ada",
    "type": "Person",
    "following": "https://masto.example/users/ada/following",
    "followers": "https://masto.example/users/ada/followers",
    "inbox": "https://masto.example/users/ada/inbox",
    "outbox": "https://masto.example/users/ada/outbox",
    "featured": "https://masto.example/users/ada/collections/featured",
    "featuredTags": "https://masto.example/users/ada/collections/tags",
    "preferredUsername": "ada",
    "name": "Ada",
    "summary": "<p>counts</p>",
    "url": "https://masto.example/@ada",
    "manuallyApprovesFollowers": False,
    "discoverable": True,
    "indexable": False,
    "memorial": False,
    "published": "2024-05-01T00:00:00Z",
    "alsoKnownAs": ["https://old.example/users/ada"],
    "publicKey": {
        "id": "https://masto.example/users/ada#main-key",
        "owner": "https://masto.example/users/ada",
        "publicKeyPem": PEM,
    },
    "tag": [],
    "attachment": [
        {"type": "PropertyValue", "name": "Web", "value": '<a href="https://ada.example">ada</a>'}
    ],
    "endpoints": {"sharedInbox": "https://masto.example/inbox"},
    "icon": {"type": "Image", "mediaType": "image/jpeg", "url": "https://files.masto.example/a.jpg"},
}

LEMMY_GROUP: dict[str, Any] = {
    "@context": ["https://join-lemmy.org/context.json", "https://www.w3.org/ns/activitystreams"],
    "type": "Group",
    "id": "https://lemmy.example/c/algebra",
    "preferredUsername": "algebra",
    "inbox": "https://lemmy.example/c/algebra/inbox",
    "followers": "https://lemmy.example/c/algebra/followers",
    "publicKey": {
        "id": "https://lemmy.example/c/algebra#main-key",
        "owner": "https://lemmy.example/c/algebra",
        "publicKeyPem": PEM,
    },
    "name": "Algebra",
    "summary": "<p>groups</p>",
    "source": {"content": "groups", "mediaType": "text/markdown"},
    "sensitive": False,
    "attributedTo": "https://lemmy.example/c/algebra/moderators",
    "postingRestrictedToMods": True,
    "outbox": "https://lemmy.example/c/algebra/outbox",
    "endpoints": {"sharedInbox": "https://lemmy.example/inbox"},
    "featured": "https://lemmy.example/c/algebra/featured",
    "language": [{"identifier": "en", "name": "English"}],
    "published": "2025-01-01T00:00:00.000001Z",
}

GOTOSOCIAL_KEY: dict[str, Any] = {
    "@context": ["https://w3id.org/security/v1", "https://www.w3.org/ns/activitystreams"],
    "id": "https://gts.example/users/sonja",
    "preferredUsername": "sonja",
    "publicKey": {
        "id": "https://gts.example/users/sonja/main-key",
        "owner": "https://gts.example/users/sonja",
        "publicKeyPem": PEM,
    },
    "type": "Person",
}

MITRA_PERSON: dict[str, Any] = {
    **MASTODON_PERSON,
    "assertionMethod": [
        {
            "id": "https://masto.example/users/ada#ed25519-key",
            "type": "Multikey",
            "controller": "https://masto.example/users/ada",
            "publicKeyMultibase": "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
        }
    ],
}

ACTORS = [MASTODON_PERSON, LEMMY_GROUP, MITRA_PERSON]
