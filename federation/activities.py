"""What actors did: recorded once in an institution, and sent to those it concerns.

`record` keeps the document as it is sent or was received; `send` tells the outbox, out of which deliveries are made;
`act` does both for an actor of ours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Boolean, DateTime, Text, bindparam, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_unless

from federation.protocol.addresses import Addresses
from federation.tables.activities import activities, activity_addresses
from federation.tables.delivery import BULK, CHANGES, ENDS, INTERACTIVE, KEEPS, NORMAL
from kernel.database.compiled import Compiled
from tenants.door import Transaction

__all__ = [
    "BULK",
    "CHANGES",
    "ENDS",
    "INTERACTIVE",
    "KEEPS",
    "NORMAL",
    "About",
    "Acted",
    "Recipients",
    "act",
    "record",
    "send",
]

Written = Mapping[str, Any] | str
"""A document of `protocol.writing`, or the text that was received."""


@dataclass(frozen=True, slots=True)
class About:
    """What an activity is about, by an id of ours: a post, a follow. What its actor says of it reaches each inbox in order.

    `CHANGES` makes earlier changes that still wait pointless, `ENDS` all that began or changed it: they are not sent any more.
    """

    object_id: int
    effect: int = KEEPS


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who is sent an activity: the accepted followers of some actors, and others by their ids; ours need no delivery."""

    followers_of: tuple[int, ...] = ()
    actors: tuple[int, ...] = ()
    delivery_class: int = NORMAL
    about: About | None = None


@dataclass(frozen=True, slots=True)
class Acted:
    """An activity of ours that was recorded."""

    id: int
    address: str
    document: Mapping[str, Any]


async def act(
    tx: Transaction,
    *,
    here: Addresses,
    type: str,
    actor_id: int,
    write: Callable[[str], Mapping[str, Any]],
    visibility: str,
    recipients: Recipients | None,
    object_address: str | None = None,
    object_type: str | None = None,
    post_id: int | None = None,
    object_actor_id: int | None = None,
    activity_id: int | None = None,
) -> Acted:
    """An actor of ours does something: `write` makes the document for the activity's address, which is recorded and sent.

    Without recipients it stays in the institution.
    """
    activity_id = activity_id or tx.new_id()
    address = here.activity(activity_id)
    document = write(address)
    await record(
        tx,
        type=type,
        actor_id=actor_id,
        document=document,
        visibility=visibility,
        is_local=True,
        address=address,
        activity_id=activity_id,
        object_address=object_address,
        object_type=object_type,
        post_id=post_id,
        object_actor_id=object_actor_id,
    )
    if recipients is not None and (recipients.followers_of or recipients.actors):
        await send(
            tx,
            activity_id,
            signer_id=actor_id,
            followers_of=recipients.followers_of,
            actors=recipients.actors,
            delivery_class=recipients.delivery_class,
            about=recipients.about,
        )
    return Acted(activity_id, address, document)


async def record(
    tx: Transaction,
    *,
    type: str,
    actor_id: int,
    document: Written,
    visibility: str,
    is_local: bool,
    address: str,
    activity_id: int | None = None,
    object_address: str | None = None,
    object_type: str | None = None,
    post_id: int | None = None,
    object_actor_id: int | None = None,
    published_at: datetime | None = None,
) -> int | None:
    """Stores an activity and gives its id; None when one of that address is known here already: nothing is to be done.

    `visibility` is that of what it is about, `published_at` what the document says (now where it says nothing). An id made
    before, for the address of one of ours, comes as `activity_id`.
    """
    row = await _RECORD.row(
        tx.driver,
        in_tenant=tx.tenant_id,
        new_id=activity_id or tx.new_id(),
        new_address=address,
        new_type=type,
        new_actor=actor_id,
        new_is_local=is_local,
        new_visibility=visibility,
        new_object_address=object_address,
        new_object_type=object_type,
        new_post=post_id,
        new_object_actor=object_actor_id,
        new_document=_text(document),
        new_published=published_at or tx.now,
        now=tx.now,
    )
    return None if row is None else int(row["id"])


async def send(
    tx: Transaction,
    activity_id: int,
    *,
    signer_id: int,
    followers_of: Sequence[int] = (),
    actors: Sequence[int] = (),
    delivery_class: int = NORMAL,
    about: About | None = None,
) -> None:
    """Has a recorded activity delivered, once an inbox: to the accepted followers of some actors, and to others.

    What is about nothing has no order.
    """
    await tx.announce(
        "activity.sent",
        "activity",
        activity_id,
        signer=signer_id,
        followers_of=list(followers_of),
        actors=list(actors),
        about=None if about is None else [about.object_id, about.effect],
        **{"class": delivery_class},
    )


def _text(document: Written) -> str:
    return document if isinstance(document, str) else orjson.dumps(document).decode()


def _given(name: str, type_: Any = Text) -> Any:
    return bindparam(name, type_=type_)


def _recording() -> Compiled:
    """The address first: where it is taken there is nothing to record."""
    taken = (
        insert_unless(activity_addresses)
        .values(
            tenant_id=_given("in_tenant", BigInteger),
            address=_given("new_address"),
            activity_id=_given("new_id", BigInteger),
        )
        .on_conflict_do_nothing()
        .returning(activity_addresses.c.activity_id)
        .cte("taken")
    )
    values = {
        "tenant_id": _given("in_tenant", BigInteger),
        "id": taken.c.activity_id,
        "address": _given("new_address"),
        "type": _given("new_type"),
        "actor_id": _given("new_actor", BigInteger),
        "is_local": _given("new_is_local", Boolean),
        "visibility": _given("new_visibility"),
        "object_address": _given("new_object_address"),
        "object_type": _given("new_object_type"),
        "post_id": _given("new_post", BigInteger),
        "object_actor_id": _given("new_object_actor", BigInteger),
        "document": _given("new_document"),
        "published_at": _given("new_published", DateTime(timezone=True)),
        "created_at": _given("now", DateTime(timezone=True)),
    }
    rows: Any = select(*values.values()).select_from(taken)
    return Compiled(insert(activities).from_select(list(values), rows).returning(activities.c.id))


_RECORD = _recording()
