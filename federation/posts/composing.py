"""What somebody typed, as texts that can be stored, with those whom it names and what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from federation.actors.rows import ActorRow
from federation.content.composing import TextFormat, compose, outline
from federation.content.hashtags import hashtag_key
from federation.posts.fields import PostTexts
from federation.posts.naming import Prepared, anchors_of, found_names
from federation.protocol.addresses import Addresses
from kernel.errors import below
from tenants.door import Transaction


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person gives; title, warning and language are checked."""

    text: str
    format: TextFormat
    language: str
    title: str | None
    content_warning: str | None
    is_sensitive: bool


@dataclass(frozen=True, slots=True)
class Written:
    """The texts, the actors that they name, and the hashtags as key to spelling."""

    texts: PostTexts
    named: Sequence[ActorRow]
    hashtags: Mapping[str, str]


async def written(tx: Transaction, typed: Typed, *, prepared: Prepared, here: Addresses) -> Written:
    """The texts of a post; `InvalidInput` where one is too long or names somebody whom nobody knows."""
    with below("input"):
        names = outline(typed.text, typed.format)
    found = await found_names(tx, names.handles, prepared, here)
    composed = compose(typed.text, typed.format, mentions=anchors_of(found), hashtag_url=here.hashtag)
    texts = PostTexts(
        content=composed.html,
        language=typed.language,
        title=typed.title,
        source=typed.text,
        source_media_type=typed.format.media_type,
        content_warning=typed.content_warning,
        is_sensitive=typed.is_sensitive or typed.content_warning is not None,
    )
    spellings = {hashtag_key(name) or name: name for name in composed.hashtags}
    named = {one.id: one for one in found.values()}
    return Written(texts, tuple(named.values()), spellings)
