"""What software of the social web sends is read as what it means."""

from datetime import UTC, datetime

import foreign_activities
import foreign_actors
import foreign_posts
import orjson
import pytest

from federation.protocol.reading import (
    RemoteKey,
    cited_activity,
    read_activity,
    read_actor,
    read_key,
    read_post,
    read_tombstone,
)
from federation.protocol.vocabulary import AS_PUBLIC, ActivityKind, ActorKind, JoinMode, KeyKind, ObjectKind


@pytest.mark.parametrize("sample", foreign_activities.ACTIVITIES, ids=lambda sample: f"{sample['id']}")
def test_each_activity_keeps_its_document(sample: dict[str, object]) -> None:
    activity = read_activity(orjson.dumps(sample))
    assert activity.document == sample
    assert (activity.id, activity.actor, activity.original_type) == (
        sample["id"],
        sample["actor"],
        sample["type"],
    )
    assert activity.kind is not ActivityKind.OTHER


def test_a_note_of_mastodon() -> None:
    activity = read_activity(orjson.dumps(foreign_activities.MASTODON_CREATE))
    assert activity.object is not None
    assert activity.object.document is not None
    post = read_post(activity.object.document, author=activity.actor, where=activity.object.where)
    assert post.kind is ObjectKind.NOTE
    assert post.attributed_to == activity.actor
    assert list(post.content) == ["de"]
    assert post.summary == {"und": "exam"}
    assert post.sensitive
    assert post.url == "https://masto.example/@ada/1101"
    assert post.in_reply_to == "https://uni.example/posts/12"
    assert post.conversation == "tag:masto.example,2026-03-01:objectId=55:objectType=Conversation"
    assert [mention.uri for mention in post.mentions] == ["https://uni.example/actors/7"]
    assert post.hashtags == ("Exam",)
    assert [(emoji.name, emoji.url) for emoji in post.emojis] == [
        ("owl", "https://files.masto.example/owl.png")
    ]
    assert [(one.type, one.name, one.width) for one in post.attachments] == [("Image", "a full hall", 640)]
    assert post.published == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert post.replies == "https://masto.example/users/ada/statuses/1101/replies"
    assert post.addressees.to == (AS_PUBLIC,)


def test_a_question_of_mastodon() -> None:
    poll = read_post(foreign_posts.MASTODON_QUESTION).poll
    assert poll is not None
    assert [(option.name, option.votes) for option in poll.options] == [("yes", 3), ("no", 1)]
    assert (poll.multiple, poll.closed, poll.voters) == (False, False, 4)
    assert poll.ends == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_a_delete_of_mastodon() -> None:
    activity = read_activity(orjson.dumps(foreign_activities.MASTODON_DELETE))
    assert activity.object is not None
    assert activity.object.type == "Tombstone"
    assert activity.object.document is not None
    assert read_tombstone(activity.object.document).id == "https://masto.example/users/ada/statuses/1101"


def test_a_person_of_mastodon() -> None:
    actor = read_actor(foreign_actors.MASTODON_PERSON)
    assert (actor.kind, actor.username, actor.name) == (ActorKind.PERSON, "ada", {"und": "Ada"})
    assert actor.shared_inbox == "https://masto.example/inbox"
    assert actor.keys == (RemoteKey(f"{actor.id}#main-key", actor.id, KeyKind.PEM, foreign_actors.PEM, None),)
    assert actor.also_known_as == ("https://old.example/users/ada",)
    assert (actor.discoverable, actor.indexable, actor.manually_approves_followers) == (True, False, False)
    assert [(field.name, field.value) for field in actor.fields] == [
        ("Web", '<a href="https://ada.example">ada</a>')
    ]
    assert actor.icon is not None
    assert actor.icon.url == "https://files.masto.example/a.jpg"
    assert actor.moderators is None


def test_a_group_and_its_announce_of_lemmy() -> None:
    group = read_actor(foreign_actors.LEMMY_GROUP)
    assert (group.kind, group.moderators) == (ActorKind.GROUP, "https://lemmy.example/c/algebra/moderators")
    assert group.posting_restricted_to_moderators
    assert group.name == {"en": "Algebra"}

    announce = read_activity(orjson.dumps(foreign_activities.LEMMY_ANNOUNCE))
    assert announce.object is not None
    cited = cited_activity(announce.object)
    assert cited is not None
    assert (cited.kind, cited.actor) == (ActivityKind.CREATE, "https://masto.example/users/ada")
    assert cited.object is not None
    assert cited.object.where == "$.object.object"
    assert cited.object.document is not None
    page = read_post(cited.object.document, where=cited.object.where)
    assert (page.kind, page.name, list(page.content)) == (ObjectKind.PAGE, {"fr": "Groups"}, ["fr"])
    assert page.source is not None
    assert page.source.media_type == "text/markdown"
    assert page.addressees.audience == ("https://lemmy.example/c/algebra",)
    assert [one.url for one in page.attachments] == [
        "https://proof.example/groups",
        "https://lemmy.example/pictrs/1.webp",
    ]
    assert page.published == datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)


def test_a_video_of_peertube_is_its_authors_before_its_channels() -> None:
    video = read_post(foreign_posts.PEERTUBE_VIDEO)
    assert video.kind is ObjectKind.VIDEO
    assert video.attributed_to == "https://tube.example/accounts/emmy"
    assert video.authors == (
        "https://tube.example/accounts/emmy",
        "https://tube.example/video-channels/maths",
    )
    assert video.url == "https://tube.example/videos/watch/1"
    assert video.content_type == "text/markdown"
    assert video.hashtags == ("sets",)
    assert [(one.media_type, one.duration) for one in video.attachments] == [
        ("application/x-mpegurl", 3723.0),
        ("video/mp4", 3723.0),
    ]


def test_an_event_of_mobilizon() -> None:
    event = read_post(foreign_posts.MOBILIZON_EVENT)
    schedule = event.schedule
    assert schedule is not None
    assert schedule.start == datetime(2026, 9, 1, 8, tzinfo=UTC)
    assert schedule.end == datetime(2026, 9, 1, 10, tzinfo=UTC)
    assert (schedule.timezone, schedule.capacity, schedule.remaining) == ("Europe/Paris", 40, 12)
    assert (schedule.join_mode, schedule.status) == (JoinMode.RESTRICTED, "CONFIRMED")
    (place,) = schedule.places
    assert (place.name, place.latitude, place.longitude) == ("Hall 1", 48.85, 2.35)
    assert place.address == "1 rue X, 75000, Paris, France"
    assert event.name == {"fr": "Open day"}


def test_reactions_carry_their_sign() -> None:
    reaction = read_activity(orjson.dumps(foreign_activities.PLEROMA_REACTION))
    assert (reaction.kind, reaction.content) == (ActivityKind.EMOJI_REACT, "🎉")
    assert reaction.published == datetime(2026, 3, 1, 9, 30, 0, 500000, tzinfo=UTC)
    assert read_activity(orjson.dumps(foreign_activities.MISSKEY_LIKE)).content == ":owl:"


def test_a_note_of_misskey_is_unlisted_and_quotes() -> None:
    activity = read_activity(orjson.dumps(foreign_activities.MISSKEY_CREATE))
    assert activity.addressees.cc == (AS_PUBLIC,)
    assert activity.object is not None
    assert activity.object.document is not None
    post = read_post(activity.object.document)
    assert post.quote == "https://uni.example/posts/12"
    assert post.summary == {}
    assert post.in_reply_to is None


def test_a_follow_of_gotosocial_has_one_addressee_and_its_key_is_found_by_its_own_address() -> None:
    follow = read_activity(orjson.dumps(foreign_activities.GOTOSOCIAL_FOLLOW))
    assert follow.addressees.to == ("https://uni.example/actors/7",)
    key = read_key(foreign_actors.GOTOSOCIAL_KEY)
    assert (key.id, key.owner) == (
        "https://gts.example/users/sonja/main-key",
        "https://gts.example/users/sonja",
    )


def test_an_accept_of_friendica_cites_our_follow() -> None:
    accept = read_activity(orjson.dumps(foreign_activities.FRIENDICA_ACCEPT))
    assert accept.object is not None
    cited = cited_activity(accept.object)
    assert cited is not None
    assert (cited.kind, cited.id) == (ActivityKind.FOLLOW, "https://uni.example/activities/3")
    assert cited.object is not None
    assert cited.object.uri == "https://friendica.example/profile/otto"


def test_an_article_of_wordpress() -> None:
    activity = read_activity(orjson.dumps(foreign_activities.WORDPRESS_CREATE))
    assert activity.object is not None
    assert activity.object.document is not None
    article = read_post(activity.object.document)
    assert (article.kind, article.name, article.summary) == (
        ObjectKind.ARTICLE,
        {"en": "On sets"},
        {"en-US": "short"},
    )


def test_an_ed25519_key_stands_beside_the_rsa_key() -> None:
    keys = read_actor(foreign_actors.MITRA_PERSON).keys
    assert [key.kind for key in keys] == [KeyKind.PEM, KeyKind.MULTIKEY]
