"""Posts, videos and events in the shape in which other software sends them, with names and hosts that nobody has."""

from typing import Any

from foreign_activities import LEMMY_ANNOUNCE, MASTODON_CREATE, MISSKEY_CREATE, PUBLIC, WORDPRESS_CREATE

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

POSTS = [
    MASTODON_CREATE["object"],
    MASTODON_QUESTION,
    LEMMY_ANNOUNCE["object"]["object"],
    PEERTUBE_VIDEO,
    MOBILIZON_EVENT,
    MISSKEY_CREATE["object"],
    WORDPRESS_CREATE["object"],
]
