"""Documents in the shape in which other software sends them, with names and hosts that nobody has."""

from typing import Any

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
PEM = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----\n"

MASTODON_CREATE: dict[str, Any] = {
    "@context": [
        "https://www.w3.org/ns/activitystreams",
        {
            "ostatus": "http://ostatus.org#",
            "sensitive": "as:sensitive",
            "toot": "http://joinmastodon.org/ns#",
        },
    ],
    "id": "https://masto.example/users/ada/statuses/1101/activity",
    "type": "Create",
    "actor": "https://masto.example/users/ada",
    "published": "2026-03-01T09:30:00Z",
    "to": [PUBLIC],
    "cc": ["https://masto.example/users/ada/followers", "https://uni.example/actors/7"],
    "object": {
        "id": "https://masto.example/users/ada/statuses/1101",
        "type": "Note",
        "summary": "exam",
        "inReplyTo": "https://uni.example/posts/12",
        "published": "2026-03-01T09:30:00Z",
        "url": "https://masto.example/@ada/1101",
        "attributedTo": "https://masto.example/users/ada",
        "to": [PUBLIC],
        "cc": ["https://masto.example/users/ada/followers", "https://uni.example/actors/7"],
        "sensitive": True,
        "atomUri": "https://masto.example/users/ada/statuses/1101",
        "conversation": "tag:masto.example,2026-03-01:objectId=55:objectType=Conversation",
        "content": "<p>Viel Erfolg <a href='https://uni.example/tags/exam' class='mention hashtag'>#Exam</a></p>",
        "contentMap": {
            "de": "<p>Viel Erfolg <a href='https://uni.example/tags/exam' class='mention hashtag'>#Exam</a></p>"
        },
        "attachment": [
            {
                "type": "Document",
                "mediaType": "image/png",
                "url": "https://files.masto.example/1.png",
                "name": "a full hall",
                "blurhash": "UBL_:rOpGG",
                "width": 640,
                "height": 480,
            }
        ],
        "tag": [
            {"type": "Mention", "href": "https://uni.example/actors/7", "name": "@cs@uni.example"},
            {"type": "Hashtag", "href": "https://masto.example/tags/exam", "name": "#Exam"},
            {
                "id": "https://masto.example/emojis/3",
                "type": "Emoji",
                "name": ":owl:",
                "updated": "2025-01-01T00:00:00Z",
                "icon": {
                    "type": "Image",
                    "mediaType": "image/png",
                    "url": "https://files.masto.example/owl.png",
                },
            },
        ],
        "replies": {
            "id": "https://masto.example/users/ada/statuses/1101/replies",
            "type": "Collection",
            "first": {"type": "CollectionPage", "items": []},
        },
    },
    "signature": {"type": "RsaSignature2017", "signatureValue": "AAAA"},
}

MASTODON_QUESTION: dict[str, Any] = {
    "id": "https://masto.example/users/ada/statuses/1102",
    "type": "Question",
    "attributedTo": "https://masto.example/users/ada",
    "to": [PUBLIC],
    "content": "<p>Tea?</p>",
    "published": "2026-03-01T09:30:00Z",
    "endTime": "2026-03-02T09:30:00Z",
    "votersCount": 4,
    "oneOf": [
        {"type": "Note", "name": "yes", "replies": {"type": "Collection", "totalItems": 3}},
        {"type": "Note", "name": "no", "replies": {"type": "Collection", "totalItems": 1}},
    ],
}

MASTODON_DELETE: dict[str, Any] = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "id": "https://masto.example/users/ada/statuses/1101#delete",
    "type": "Delete",
    "actor": "https://masto.example/users/ada",
    "to": [PUBLIC],
    "object": {
        "id": "https://masto.example/users/ada/statuses/1101",
        "type": "Tombstone",
        "atomUri": "https://masto.example/users/ada/statuses/1101",
    },
}

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

LEMMY_ANNOUNCE: dict[str, Any] = {
    "@context": ["https://join-lemmy.org/context.json", "https://www.w3.org/ns/activitystreams"],
    "actor": "https://lemmy.example/c/algebra",
    "to": [PUBLIC],
    "object": {
        "actor": "https://masto.example/users/ada",
        "to": ["https://lemmy.example/c/algebra", PUBLIC],
        "object": {
            "type": "Page",
            "id": "https://masto.example/posts/9",
            "attributedTo": "https://masto.example/users/ada",
            "to": ["https://lemmy.example/c/algebra", PUBLIC],
            "name": "Groups",
            "cc": [],
            "content": "<p>why</p>",
            "mediaType": "text/html",
            "source": {"content": "why", "mediaType": "text/markdown"},
            "attachment": [{"type": "Link", "href": "https://proof.example/groups"}],
            "image": {"type": "Image", "url": "https://lemmy.example/pictrs/1.webp"},
            "sensitive": False,
            "published": "2026-03-01T09:30:00.123456+00:00",
            "language": {"identifier": "fr", "name": "Français"},
            "audience": "https://lemmy.example/c/algebra",
            "commentsEnabled": True,
        },
        "cc": ["https://lemmy.example/c/algebra"],
        "type": "Create",
        "id": "https://masto.example/activities/create/5",
        "audience": "https://lemmy.example/c/algebra",
    },
    "cc": ["https://lemmy.example/c/algebra/followers"],
    "type": "Announce",
    "id": "https://lemmy.example/activities/announce/1",
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

PEERTUBE_VIDEO: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/activitystreams", {"pt": "https://joinpeertube.org/ns#"}],
    "type": "Video",
    "id": "https://tube.example/videos/watch/1",
    "name": "Lecture 1",
    "duration": "PT1H2M3S",
    "uuid": "1",
    "category": {"identifier": "15", "name": "Science"},
    "language": {"identifier": "en", "name": "English"},
    "views": 12,
    "sensitive": False,
    "commentsEnabled": True,
    "published": "2026-03-01T09:30:00.000Z",
    "updated": "2026-03-02T09:30:00.000Z",
    "mediaType": "text/markdown",
    "content": "**Sets** and *maps*",
    "tag": [{"type": "Hashtag", "name": "sets"}],
    "url": [
        {"type": "Link", "mediaType": "text/html", "href": "https://tube.example/videos/watch/1"},
        {
            "type": "Link",
            "mediaType": "application/x-mpegURL",
            "href": "https://tube.example/streaming/1.m3u8",
            "tag": [{"type": "Infohash", "name": "x"}],
        },
        {"type": "Link", "mediaType": "video/mp4", "href": "https://tube.example/1.mp4", "height": 720},
    ],
    "likes": "https://tube.example/videos/watch/1/likes",
    "comments": "https://tube.example/videos/watch/1/comments",
    "attributedTo": [
        {"type": "Group", "id": "https://tube.example/video-channels/maths"},
        {"type": "Person", "id": "https://tube.example/accounts/emmy"},
    ],
    "to": [PUBLIC],
    "cc": ["https://tube.example/accounts/emmy/followers"],
}

MOBILIZON_EVENT: dict[str, Any] = {
    "@context": [
        "https://www.w3.org/ns/activitystreams",
        {"mz": "https://joinmobilizon.org/ns#", "@language": "und"},
    ],
    "type": "Event",
    "id": "https://events.example/events/8c",
    "actor": "https://events.example/@club",
    "attributedTo": "https://events.example/@club",
    "to": [PUBLIC],
    "cc": ["https://events.example/@club/followers"],
    "name": "Open day",
    "content": "<p>Come</p>",
    "mediaType": "text/html",
    "inLanguage": "fr",
    "startTime": "2026-09-01T10:00:00+02:00",
    "endTime": "2026-09-01T12:00:00+02:00",
    "timezone": "Europe/Paris",
    "joinMode": "restricted",
    "externalParticipationUrl": None,
    "maximumAttendeeCapacity": 40,
    "remainingAttendeeCapacity": 12,
    "participantCount": 28,
    "ical:status": "CONFIRMED",
    "repliesModerationOption": "allow_all",
    "commentsEnabled": True,
    "draft": False,
    "location": {
        "type": "Place",
        "id": "https://events.example/address/2",
        "name": "Hall 1",
        "latitude": 48.85,
        "longitude": 2.35,
        "address": {
            "type": "PostalAddress",
            "streetAddress": "1 rue X",
            "postalCode": "75000",
            "addressLocality": "Paris",
            "addressCountry": "France",
        },
    },
    "tag": [{"type": "Hashtag", "name": "#open", "href": "https://events.example/tags/open"}],
    "url": "https://events.example/events/8c",
    "uuid": "8c",
    "published": "2026-03-01T09:30:00Z",
}

PLEROMA_REACTION: dict[str, Any] = {
    "@context": [
        "https://www.w3.org/ns/activitystreams",
        "https://pleroma.example/schemas/litepub-0.1.jsonld",
        {"@language": "und"},
    ],
    "actor": "https://pleroma.example/users/kurt",
    "cc": ["https://www.w3.org/ns/activitystreams#Public"],
    "content": "🎉",
    "context": "https://pleroma.example/contexts/1",
    "id": "https://pleroma.example/activities/2",
    "object": "https://uni.example/posts/12",
    "published": "2026-03-01T09:30:00.5",
    "to": ["https://uni.example/actors/7"],
    "type": "EmojiReact",
}

MISSKEY_CREATE: dict[str, Any] = {
    "@context": [
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/v1",
        {"misskey": "https://misskey-hub.net/ns#"},
    ],
    "id": "https://misskey.example/notes/9x/activity",
    "actor": "https://misskey.example/users/9a",
    "type": "Create",
    "published": "2026-03-01T09:30:00.000Z",
    "object": {
        "id": "https://misskey.example/notes/9x",
        "type": "Note",
        "attributedTo": "https://misskey.example/users/9a",
        "summary": None,
        "content": "<p><span>これは</span></p>",
        "_misskey_content": "これは",
        "source": {"content": "これは", "mediaType": "text/x.misskeymarkdown"},
        "_misskey_quote": "https://uni.example/posts/12",
        "quoteUrl": "https://uni.example/posts/12",
        "published": "2026-03-01T09:30:00.000Z",
        "to": ["https://misskey.example/users/9a/followers"],
        "cc": ["as:Public"],
        "inReplyTo": None,
        "attachment": [],
        "sensitive": False,
        "tag": [],
    },
    "to": ["https://misskey.example/users/9a/followers"],
    "cc": ["as:Public"],
}

MISSKEY_LIKE: dict[str, Any] = {
    "type": "Like",
    "id": "https://misskey.example/likes/1",
    "actor": "https://misskey.example/users/9a",
    "object": "https://uni.example/posts/12",
    "content": ":owl:",
    "_misskey_reaction": ":owl:",
}

GOTOSOCIAL_FOLLOW: dict[str, Any] = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "actor": "https://gts.example/users/sonja",
    "id": "https://gts.example/users/sonja/follow/01",
    "object": "https://uni.example/actors/7",
    "to": "https://uni.example/actors/7",
    "type": "Follow",
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

FRIENDICA_ACCEPT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/activitystreams", {"vcard": "http://www.w3.org/2006/vcard/ns#"}],
    "id": "https://friendica.example/activity/7",
    "type": "Accept",
    "actor": "https://friendica.example/profile/otto",
    "object": {
        "id": "https://uni.example/activities/3",
        "type": "Follow",
        "actor": "https://uni.example/actors/7",
        "object": "https://friendica.example/profile/otto",
    },
    "instrument": {"type": "Application", "name": "Friendica", "url": "https://friendica.example"},
    "to": ["https://uni.example/actors/7"],
}

WORDPRESS_CREATE: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/activitystreams", {"Hashtag": "as:Hashtag"}],
    "id": "https://blog.example/?p=5#activity-create-2026",
    "type": "Create",
    "actor": "https://blog.example/?author=1",
    "published": "2026-03-01T09:30:00Z",
    "to": [PUBLIC],
    "object": {
        "id": "https://blog.example/?p=5",
        "type": "Article",
        "name": "On sets",
        "nameMap": {"en": "On sets"},
        "attributedTo": ["https://blog.example/?author=1"],
        "content": "<h2>Sets</h2><p>and maps</p>",
        "contentMap": {"en": "<h2>Sets</h2><p>and maps</p>"},
        "summaryMap": {"en_US": "short"},
        "to": [PUBLIC],
        "url": "https://blog.example/on-sets",
        "published": "2026-03-01T09:30:00Z",
        "attachment": [{"type": "Image", "url": "https://blog.example/1.jpg", "mediaType": "image/jpeg"}],
        "tag": [{"type": "Hashtag", "href": "https://blog.example/tag/sets", "name": "#Sets"}],
        "mediaType": "text/html",
    },
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

ACTIVITIES = [
    MASTODON_CREATE,
    MASTODON_DELETE,
    LEMMY_ANNOUNCE,
    PLEROMA_REACTION,
    MISSKEY_CREATE,
    MISSKEY_LIKE,
    GOTOSOCIAL_FOLLOW,
    FRIENDICA_ACCEPT,
    WORDPRESS_CREATE,
]
POSTS = [
    MASTODON_CREATE["object"],
    MASTODON_QUESTION,
    LEMMY_ANNOUNCE["object"]["object"],
    PEERTUBE_VIDEO,
    MOBILIZON_EVENT,
    MISSKEY_CREATE["object"],
    WORDPRESS_CREATE["object"],
]
ACTORS = [MASTODON_PERSON, LEMMY_GROUP, MITRA_PERSON]
