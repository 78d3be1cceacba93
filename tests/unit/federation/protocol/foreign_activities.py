"""Activities in the shape in which other software sends them, with names and hosts that nobody has."""

from typing import Any

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"

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
