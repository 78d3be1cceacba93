"""Actors of ours as documents."""

from collections.abc import Mapping

from federation.actors.rows import ActorRow
from federation.actors.shown import ShownActor
from federation.content.anchors import Anchors, no_hashtag_page
from federation.content.paragraphs import render_paragraphs
from federation.content.sanitising import sanitised
from federation.protocol.addresses import Addresses, Collection
from federation.protocol.model import Actor, Picture, ProfileField, Tombstone
from federation.protocol.vocabulary import UNDETERMINED, ActorKind
from federation.protocol.writing import Document, write_actor, write_tombstone

_KINDS = {"person": ActorKind.PERSON, "group": ActorKind.GROUP, "application": ActorKind.APPLICATION}
_NO_ANCHORS = Anchors({}, no_hashtag_page)


def actor_document(shown: ShownActor, here: Addresses, languages: tuple[str, ...]) -> Document:
    """The document of an actor; texts have the first of the institution's `languages` that they are in before the others."""
    return write_actor(actor_model(shown, here, languages))


def actor_model(shown: ShownActor, here: Addresses, languages: tuple[str, ...]) -> Actor:
    """The actor as the protocol sees it."""
    row = shown.row
    is_group = row.kind == "group"
    return Actor(
        id=row.address,
        kind=_KINDS.get(row.kind, ActorKind.SERVICE),
        username=row.preferred_username,
        name=in_order(shown.names, languages) or {UNDETERMINED: row.display_name or row.preferred_username},
        summary=_summary(shown, languages),
        url=row.profile_url,
        inbox=here.shared_inbox if row.is_institution else row.collection(Collection.INBOX),
        outbox=row.collection(Collection.OUTBOX),
        shared_inbox=here.shared_inbox,
        followers=row.collection(Collection.FOLLOWERS),
        following=row.collection(Collection.FOLLOWING),
        liked=None if is_group else row.collection(Collection.LIKED),
        featured=row.collection(Collection.FEATURED),
        moderators=row.collection(Collection.MODERATORS) if is_group else None,
        icon=Picture(row.avatar_url) if row.avatar_url else None,
        fields=tuple(ProfileField(one["name"], one["value"]) for one in row.attachments),
        pem_key=shown.keys.pem,
        multikeys=shown.keys.multikeys,
        also_known_as=row.also_known_as,
        moved_to=row.moved_to,
        manually_approves_followers=row.approves_followers,
        discoverable=row.is_discoverable,
        indexable=row.is_discoverable,
        posting_restricted_to_moderators=False if is_group else None,
        published=row.created_at,
        updated=row.updated_at,
    )


def actor_tombstone(row: ActorRow) -> Document:
    """What is left of an actor that has gone."""
    kind = _KINDS.get(row.kind, ActorKind.SERVICE)
    return write_tombstone(Tombstone(row.address, kind.value, row.updated_at))


def in_order(texts: Mapping[str, str] | None, languages: tuple[str, ...]) -> dict[str, str]:
    """The texts with those in the institution's languages first, in its order."""
    found = dict(texts or {})
    first = {language: found[language] for language in languages if language in found}
    return {**first, **found}


def as_html(text: str) -> str:
    """A plain text as sanitised HTML."""
    return sanitised(render_paragraphs(text, _NO_ANCHORS))


def _summary(shown: ShownActor, languages: tuple[str, ...]) -> dict[str, str]:
    if shown.description:
        ordered = in_order(shown.description, languages)
        return {language: as_html(text) for language, text in ordered.items()}
    return {UNDETERMINED: shown.row.biography} if shown.row.biography else {}
