"""Two of the demo's universities on the social web, on two shards: people, courses' groups, posts, and news across.

What is said here is delivered by the worker once it runs, as if it had been said through the API.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TypeVar

from federation.objects.published import Published
from federation.protocol.addresses import Addresses
from federation.protocol.reading import RemoteActor
from fediflow.demo.federation_abroad import acquaint, knows_abroad, posts_of, react, strangers
from fediflow.demo.federation_at_home import (
    Household,
    follow_each_other,
    has_joined,
    has_spoken,
    household,
    say,
)
from fediflow.demo.words.posts import ANNOUNCED_ABROAD, LIKED_ABROAD, POSTS
from tenants.authority import system_principal
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import Tenant

_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class _Town:
    """A university; `told` is what others hear of its people."""

    tenant: Tenant
    here: Addresses
    house: Household
    told: Sequence[RemoteActor]


async def join_social_web(
    *, door: Door, directory: Directory, published: Published
) -> Mapping[str, list[str]]:
    """Puts the universities that are there on the social web; gives the handles of those who joined, by slug.

    Each step is one transaction and is left out where it was done before, so that it can be interrupted and go on.
    """
    directory.forget()  # it may remember that they were not there
    tenants = [await directory.by_slug(slug) for slug in POSTS]
    there = [one for one in tenants if one is not None and not one.is_suspended]
    towns = await _all(_settled(door, published, one) for one in there)
    pairs = list(permutations(towns, 2))
    await _all(_met(door, town, other) for town, other in pairs)
    said = await _all(_spoken(door, town) for town in towns)
    heard = {town.tenant.slug: ids for town, ids in zip(towns, said, strict=True)}
    await _all(_reacted(door, published, town, other, heard[other.tenant.slug]) for town, other in pairs)
    return {town.tenant.slug: [one.handle for one in town.house.members] for town in towns}


async def _settled(door: Door, published: Published, tenant: Tenant) -> _Town:
    here = published.here(tenant)
    async with door.write(system_principal(tenant)) as tx:
        is_new = not await has_joined(tx)
        house = await household(tx, here)
        if is_new:
            await follow_each_other(tx, house, here)
    return _Town(tenant, here, house, await strangers(published, tenant, house))


async def _met(door: Door, town: _Town, other: _Town) -> None:
    async with door.write(system_principal(town.tenant)) as tx:
        if not await knows_abroad(tx):
            await acquaint(tx, town.house, town.here, other.told)


async def _spoken(door: Door, town: _Town) -> list[int]:
    """The ids of what is said now; none where they spoke at an earlier start."""
    async with door.write(system_principal(town.tenant)) as tx:
        if await has_spoken(tx):
            return []
        return await say(tx, town.house, town.here, POSTS[town.tenant.slug])


async def _reacted(door: Door, published: Published, town: _Town, other: _Town, ids: Sequence[int]) -> None:
    if not ids:
        return
    liked = await posts_of(published, other.tenant, [ids[place] for place in LIKED_ABROAD])
    announced = await posts_of(published, other.tenant, [ids[place] for place in ANNOUNCED_ABROAD])
    async with door.write(system_principal(town.tenant)) as tx:
        await react(tx, town.house, town.here, liked, announced)


async def _all(steps: Iterable[Awaitable[_Done]]) -> list[_Done]:
    """What came of each, at the same time; the first that failed is raised once all are over."""
    outcomes = await asyncio.gather(*steps, return_exceptions=True)
    done: list[_Done] = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        done.append(outcome)
    return done
