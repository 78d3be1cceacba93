"""Our actors as documents: people, groups, organizations and the instance itself (ActivityPub section 4)."""

from federation.protocol.model import Actor, Multikey, PemKey, ProfileField
from federation.protocol.vocabulary import ActorKind
from federation.protocol.writing.contexts import ACTOR_TERMS, DID, MULTIKEY, SECURITY, context
from federation.protocol.writing.values import Document, moment, picture, present, texts


def write_actor(actor: Actor) -> Document:
    """The actor's document; one of no collections and no profile is what an instance actor looks like."""
    return {
        "@context": context(SECURITY, DID, MULTIKEY, terms=ACTOR_TERMS),
        "id": actor.id,
        "type": actor.kind.value,
        "preferredUsername": actor.username,
        **_profile(actor),
        **_places(actor),
        **_manners(actor),
        **_keys(actor),
    }


def _profile(actor: Actor) -> Document:
    return {
        **texts("name", actor.name),
        **texts("summary", actor.summary),
        **present(
            {
                "url": actor.url,
                "icon": picture(actor.icon),
                "image": picture(actor.image),
                "attachment": [_field(field) for field in actor.fields],
                "published": moment(actor.published),
                "updated": moment(actor.updated),
            }
        ),
    }


def _places(actor: Actor) -> Document:
    return present(
        {
            "inbox": actor.inbox,
            "outbox": actor.outbox,
            "followers": actor.followers,
            "following": actor.following,
            "liked": actor.liked,
            "featured": actor.featured,
            "moderators": actor.moderators,
            # Lemmy reads the moderators here, which is where it had them before it had a word for it.
            "attributedTo": actor.moderators,
            "endpoints": {"sharedInbox": actor.shared_inbox} if actor.shared_inbox else None,
        }
    )


def _manners(actor: Actor) -> Document:
    return {
        "manuallyApprovesFollowers": actor.manually_approves_followers,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        **present(
            {
                "postingRestrictedToMods": (
                    actor.posting_restricted_to_moderators if actor.kind is ActorKind.GROUP else None
                ),
                "alsoKnownAs": list(actor.also_known_as),
                "movedTo": actor.moved_to,
            }
        ),
    }


def _keys(actor: Actor) -> Document:
    return present(
        {
            "publicKey": _pem_key(actor.id, actor.pem_key) if actor.pem_key else None,
            "assertionMethod": [_multikey(actor.id, key) for key in actor.multikeys],
        }
    )


def _pem_key(owner: str, key: PemKey) -> Document:
    return {"id": key.id, "type": "CryptographicKey", "owner": owner, "publicKeyPem": key.pem}


def _multikey(controller: str, key: Multikey) -> Document:
    return {"id": key.id, "type": "Multikey", "controller": controller, "publicKeyMultibase": key.multibase}


def _field(field: ProfileField) -> Document:
    return {"type": "PropertyValue", "name": field.name, "value": field.value}
