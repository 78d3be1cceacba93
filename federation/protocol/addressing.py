"""Visibility as addressees, both ways: whom a post of ours is addressed to, and what a foreign one's addressees mean."""

from collections.abc import Sequence

from federation.protocol.model import Addressing
from federation.protocol.reading.shapes.activities import Addressees
from federation.protocol.vocabulary import AS_PUBLIC, Visibility


def addressing_for(
    visibility: Visibility,
    *,
    followers: str | None = None,
    mentioned: Sequence[str] = (),
    group: str | None = None,
) -> Addressing:
    """Whom a post is addressed to. `group` is the Group it is posted in (FEP-1b12), named as its audience.

    A post for the tenant names nobody but who is mentioned: it does not leave the institution by its addressees.
    """
    collection = (followers,) if followers else ()
    to: tuple[str, ...] = tuple(mentioned)
    cc: tuple[str, ...] = ()
    if visibility is Visibility.PUBLIC:
        to, cc = (AS_PUBLIC,), (*collection, *mentioned)
    elif visibility is Visibility.UNLISTED:
        to, cc = collection or tuple(mentioned), (AS_PUBLIC, *(mentioned if collection else ()))
    elif visibility is Visibility.FOLLOWERS:
        to, cc = collection, tuple(mentioned)
    in_group = (group,) if group else ()
    return Addressing(_once((*to, *in_group)), _once(cc), in_group)


def visibility_of(addressees: Addressees, *, followers: str | None) -> Visibility:
    """What a foreign post's addressees mean; `followers` is its author's collection, None where it has none."""
    if AS_PUBLIC in addressees.to:
        return Visibility.PUBLIC
    if AS_PUBLIC in addressees.everyone:
        return Visibility.UNLISTED
    if followers and followers in addressees.everyone:
        return Visibility.FOLLOWERS
    return Visibility.DIRECT


def _once(uris: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(uris))
