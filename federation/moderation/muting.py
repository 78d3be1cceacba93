"""Mutes: what a person does not want to be shown in timelines and notifications. One-sided, and nobody hears of it."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from federation.actors.queries import actor_by_id
from federation.hosts.blocklists import read_domain
from federation.tables.moderation import muted_domains, mutes
from kernel.errors import InvalidInput
from tenants.door import Transaction
from tenants.model import NotFound, Unauthenticated

LONGEST_SECONDS = 366 * 24 * 3600
MOST_DOMAINS = 1_000


async def mute(tx: Transaction, *, actor_id: int, seconds: int | None = None) -> int:
    """Mutes an actor, for so many seconds or until it is taken back; gives its id. Muted again, the newer time counts."""
    user_id = _person(tx)
    if seconds is not None and not 1 <= seconds <= LONGEST_SECONDS:
        raise InvalidInput(
            f"a mute lasts 1 to {LONGEST_SECONDS} seconds, or until it is taken back",
            path=["input", "forSeconds"],
        )
    actor = await actor_by_id(tx, actor_id)
    if actor is None:
        raise NotFound("there is no such actor", path=["input", "actorId"])
    if actor.user_id == user_id:
        raise InvalidInput("one does not mute oneself", path=["input", "actorId"])
    until = None if seconds is None else tx.now + timedelta(seconds=seconds)
    row = insert(mutes).values(
        tenant_id=tx.tenant_id,
        id=tx.new_id(),
        user_id=user_id,
        muted_id=actor_id,
        until=until,
        created_at=tx.now,
    )
    await tx.connection.execute(
        row.on_conflict_do_update(
            index_elements=["tenant_id", "user_id", "muted_id"], set_={"until": row.excluded.until}
        )
    )
    return actor_id


async def unmute(tx: Transaction, *, actor_id: int) -> int:
    """Takes a mute back; gives the actor's id."""
    user_id = _person(tx)
    if await actor_by_id(tx, actor_id) is None:
        raise NotFound("there is no such actor", path=["input", "actorId"])
    await tx.connection.execute(
        delete(mutes).where(
            mutes.c.tenant_id == tx.tenant_id, mutes.c.user_id == user_id, mutes.c.muted_id == actor_id
        )
    )
    return actor_id


async def mute_domain(tx: Transaction, *, domain: str) -> str:
    """Mutes all actors of a domain and of those below it; gives the domain as it is stored."""
    user_id = _person(tx)
    name = read_domain(domain, path=["input", "domain"])
    count = select(func.count()).where(
        muted_domains.c.tenant_id == tx.tenant_id, muted_domains.c.user_id == user_id
    )
    if int((await tx.connection.execute(count)).scalar_one()) >= MOST_DOMAINS:
        raise InvalidInput(f"one mutes at most {MOST_DOMAINS} domains", path=["input", "domain"])
    row = insert(muted_domains).values(
        tenant_id=tx.tenant_id, user_id=user_id, domain=name, created_at=tx.now
    )
    await tx.connection.execute(row.on_conflict_do_nothing())
    return name


async def unmute_domain(tx: Transaction, *, domain: str) -> str:
    """Takes that back; gives the domain."""
    user_id = _person(tx)
    name = read_domain(domain, path=["input", "domain"])
    await tx.connection.execute(
        delete(muted_domains).where(
            muted_domains.c.tenant_id == tx.tenant_id,
            muted_domains.c.user_id == user_id,
            muted_domains.c.domain == name,
        )
    )
    return name


def _person(tx: Transaction) -> int:
    if tx.principal.user_id is None:
        raise Unauthenticated("sign in first")
    return tx.principal.user_id
