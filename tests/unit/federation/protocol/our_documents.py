"""An actor of ours, a post and an event, and what activities about them begin with."""

from datetime import UTC, datetime
from typing import Any

import orjson

from federation.protocol.model import (
    Actor,
    Addressing,
    Attachment,
    Event,
    Hashtag,
    Mention,
    Multikey,
    PemKey,
    Picture,
    Place,
    Post,
    PostalAddress,
    ProfileField,
    Source,
)
from federation.protocol.vocabulary import AS_PUBLIC, ActorKind, JoinMode, ObjectKind

HOST = "https://uni.example"
ADA = f"{HOST}/actors/1"
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ACTOR = Actor(
    id=ADA,
    kind=ActorKind.GROUP,
    username="algebra",
    inbox=f"{ADA}/inbox",
    outbox=f"{ADA}/outbox",
    name={"en": "Algebra", "de": "Algebra für alle"},
    summary={"en": "<p>groups</p>"},
    url=f"{HOST}/@algebra",
    shared_inbox=f"{HOST}/inbox",
    followers=f"{ADA}/followers",
    following=f"{ADA}/following",
    liked=f"{ADA}/liked",
    featured=f"{ADA}/featured",
    moderators=f"{ADA}/moderators",
    icon=Picture(f"{HOST}/icon.png", "image/png", "a ring"),
    image=Picture(f"{HOST}/header.png"),
    fields=(ProfileField("Room", "<p>12</p>"),),
    pem_key=PemKey(f"{ADA}#main-key", "-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----\n"),
    multikeys=(Multikey(f"{ADA}#ed25519-key", "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"),),
    also_known_as=("https://old.example/u",),
    moved_to="https://new.example/u",
    manually_approves_followers=True,
    discoverable=True,
    indexable=True,
    posting_restricted_to_moderators=True,
    published=NOW,
    updated=NOW,
)

POST = Post(
    id=f"{HOST}/posts/2",
    kind=ObjectKind.ARTICLE,
    attributed_to=ADA,
    content={"de": "<p>Hallo</p>", "en": "<p>Hello</p>"},
    addressing=Addressing((AS_PUBLIC,), (f"{ADA}/followers",), (f"{HOST}/actors/9",)),
    published=NOW,
    name={"de": "Titel"},
    summary={"de": "Warnung"},
    sensitive=True,
    source=Source("Hallo", "text/markdown"),
    url=f"{HOST}/@algebra/2",
    updated=NOW,
    in_reply_to="https://masto.example/1",
    conversation=f"{HOST}/posts/1/context",
    tags=(
        Mention("https://masto.example/users/ada", "@ada@masto.example"),
        Hashtag("Prüfung", f"{HOST}/tags/prüfung"),
    ),
    attachments=(Attachment(f"{HOST}/1.png", "image/png", "a ring", 10, 20),),
    replies=f"{HOST}/posts/2/replies",
    likes=f"{HOST}/posts/2/likes",
    shares=f"{HOST}/posts/2/shares",
)

EVENT = Event(
    id=f"{HOST}/offerings/3",
    attributed_to=ADA,
    name={"de": "Algebra"},
    start=datetime(2026, 10, 1, 8, 15, tzinfo=UTC),
    end=datetime(2027, 1, 31, 9, 45, tzinfo=UTC),
    timezone="Europe/Berlin",
    addressing=Addressing((AS_PUBLIC,)),
    published=NOW,
    content={"de": "<p>Ringe</p>"},
    url=f"{HOST}/courses/3",
    place=Place("Hall 1", None, PostalAddress("Weg 1", "10115", "Berlin", None, "DE"), 52.5, 13.4),
    online_url="https://meet.example/algebra",
    capacity=40,
    remaining=0,
    join_mode=JoinMode.RESTRICTED,
    external_url=f"{HOST}/enrol/3",
    cancelled=True,
    languages=("de", "en"),
)
OURS = {"id": f"{HOST}/activities/5", "actor": ADA}
THEIRS = "https://masto.example/users/ada"
EVERYBODY = Addressing((AS_PUBLIC,), (f"{ADA}/followers",))


def sent(document: dict[str, Any]) -> dict[str, Any]:
    """The document as it arrives: only what JSON has survives."""
    received = orjson.loads(orjson.dumps(document))
    assert isinstance(received, dict)
    return received
