"""Who is meant by the handles in a text: actors that are known here, or that other servers told of beforehand."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, select

from federation.actors.queries import username_key
from federation.actors.rows import COLUMNS, ActorRow, actor_row
from federation.content.anchors import MentionAnchor
from federation.content.composing import TextFormat, outline
from federation.hosts.policies import require_dealt_with
from federation.protocol.addresses import Addresses
from federation.protocol.reading import RemoteActor
from federation.remote.failures import NotFetched
from federation.remote.storing import store_actor
from federation.tables.actors import actors
from kernel.errors import InvalidInput, below
from tenants.door import Door, Transaction
from tenants.model import Principal

MOST_STRANGERS = 10
"""How many people whom nobody here knows one text may name: each is a question to another server."""


class Finder(Protocol):
    """What asks other servers (`federation.remote.Fetcher`)."""

    async def webfinger(self, handle: str) -> str:
        """The address behind `user@domain`."""
        ...

    async def actor(self, address: str) -> RemoteActor:
        """The actor of an address."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found out before the transaction: people named in the text who were not known here."""

    strangers: tuple[RemoteActor, ...] = ()


NOTHING_PREPARED = Prepared()


async def prepare_post(
    door: Door, principal: Principal, *, text: str, format: TextFormat, here: Addresses, finder: Finder
) -> Prepared:
    """Asks other servers for those whom the text names and nobody here knows; `InvalidInput` names who is not found."""
    with below("input"):
        keys = outline(text, format).handles
    abroad = [key for key in keys if _domain(key) and _domain(key) not in _ours(here)]
    if not abroad:
        return NOTHING_PREPARED
    async with door.write(principal) as tx:
        known = await actors_named(tx, abroad, here)
    unknown = [key for key in abroad if key not in known]
    if len(unknown) > MOST_STRANGERS:
        raise InvalidInput(
            f"a text names at most {MOST_STRANGERS} people who are not known here", path=["input", "text"]
        )
    await require_dealt_with(door, principal.tenant, [_domain(key) for key in unknown])
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_ask(finder, key)) for key in unknown]
    found = [task.result() for task in asked]
    refused = next((one for one in found if isinstance(one, InvalidInput)), None)
    if refused is not None:
        raise refused
    return Prepared(tuple(one for one in found if isinstance(one, RemoteActor)))


async def found_names(
    tx: Transaction, keys: Sequence[str], prepared: Prepared, here: Addresses
) -> dict[str, ActorRow]:
    """The actors behind these keys of `outline`. A name without a domain that nobody has stays text.

    `InvalidInput` names the first one of another server that is not known.
    """
    for stranger in prepared.strangers:
        await store_actor(tx, stranger, tx.now)
    found = await actors_named(tx, keys, here)
    for key in keys:
        if key not in found and _domain(key):
            raise _unknown(key)
    return found


async def actors_named(tx: Transaction, keys: Sequence[str], here: Addresses) -> dict[str, ActorRow]:
    """Those behind these keys who are stored here and active; one of ours with or without the domain and its port."""
    if not keys:
        return {}
    query = select(*COLUMNS).where(
        actors.c.tenant_id == tx.tenant_id, or_(*(_is_named(key, here) for key in keys))
    )
    rows = [actor_row(row) for row in (await tx.connection.execute(query)).mappings()]
    by_name = {(username_key(one.preferred_username), _place(one)): one for one in rows if one.is_active}
    wanted = {key: (_username(key), _place_of(key, here)) for key in keys}
    return {key: by_name[name] for key, name in wanted.items() if name in by_name}


def anchors_of(found: Mapping[str, ActorRow]) -> dict[str, MentionAnchor]:
    """What `compose` makes links of."""
    return {
        key: MentionAnchor(one.address, one.profile_url or one.address, one.handle)
        for key, one in found.items()
    }


async def _ask(finder: Finder, key: str) -> RemoteActor | InvalidInput:
    try:
        return await finder.actor(await finder.webfinger(key))
    except NotFetched as error:
        refused = _unknown(key)
        refused.__cause__ = error
        return refused


def _unknown(key: str) -> InvalidInput:
    return InvalidInput(f"nobody is known as @{key}", path=["input", "text"], value=f"@{key}")


def _is_named(key: str, here: Addresses) -> ColumnElement[bool]:
    place = _place_of(key, here)
    at = actors.c.is_local if place is None else actors.c.host == place
    return and_(actors.c.username_key == _username(key), at)


def _username(key: str) -> str:
    return username_key(key.partition("@")[0])


def _domain(key: str) -> str:
    return key.partition("@")[2]


def _place_of(key: str, here: Addresses) -> str | None:
    """The host of another server; None for here."""
    domain = _domain(key)
    return None if not domain or domain in _ours(here) else domain


def _place(actor: ActorRow) -> str | None:
    return None if actor.is_local else actor.host


def _ours(here: Addresses) -> set[str]:
    domains: Iterable[str] = (here.domain, *here.also)
    return {name for domain in domains for name in (domain, domain.partition(":")[0])}
