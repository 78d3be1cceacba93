"""Our posts as documents: Note, Article, Page, and the Tombstone that is left of one."""

from federation.protocol.model import Post, Source, Tombstone
from federation.protocol.writing.contexts import POST_TERMS, context
from federation.protocol.writing.values import Document, addressed, attachment, moment, present, tag, texts


def write_post(post: Post) -> Document:
    """The post's document; a content warning is its `summary`, as all of the social web has it."""
    return {
        "@context": context(terms=POST_TERMS),
        "id": post.id,
        "type": post.kind.value,
        "attributedTo": post.attributed_to,
        **addressed(post.addressing),
        "published": moment(post.published),
        **_texts(post),
        "sensitive": post.sensitive,
        **_thread(post),
        "tag": [tag(value) for value in post.tags],
        "attachment": [attachment(value) for value in post.attachments],
    }


def write_tombstone(tombstone: Tombstone) -> Document:
    """What is answered, with 410, where something was (ActivityPub section 6.4)."""
    return {
        "@context": context(),
        "id": tombstone.id,
        "type": "Tombstone",
        "formerType": tombstone.former_type,
        "deleted": moment(tombstone.deleted),
    }


def _texts(post: Post) -> Document:
    return {
        **texts("name", post.name),
        **texts("summary", post.summary),
        **texts("content", post.content),
        "mediaType": "text/html",
        **present({"source": _source(post.source)}),
    }


def _thread(post: Post) -> Document:
    return present(
        {
            "updated": moment(post.updated),
            "url": post.url,
            "inReplyTo": post.in_reply_to,
            "context": post.conversation,
            "conversation": post.conversation,
            "replies": post.replies,
            "likes": post.likes,
            "shares": post.shares,
        }
    )


def _source(source: Source | None) -> Document | None:
    return None if source is None else {"content": source.content, "mediaType": source.media_type}
