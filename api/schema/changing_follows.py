"""Mutations of follows, and looking actors of other servers up."""

from dataclasses import dataclass
from typing import Any

import strawberry

from api.schema.actors import Actor, Follow
from api.schema.changing_posts import GroupInput, group_ref
from api.schema.inputs import OPTIONAL, filled, given_or, optional_text_of
from api.schema.mutation_fields import Changed, mutation
from api.schema.social_calls import does, here
from api.services import Services
from federation.actors.queries import actor_by_address, actor_by_handle
from federation.content.handles import Handle, parse_handle
from federation.entities.actors import ACTOR, FOLLOW
from federation.follows.operations import (
    accept_follow_request,
    follow,
    reject_follow_request,
    remove_follower,
    unfollow,
)
from federation.hosts.policies import require_dealt_with
from federation.posts.group_profiles import GroupChanges, update_group
from federation.protocol.addresses import Addresses
from federation.protocol.origins import host_of
from federation.protocol.reading import RemoteActor
from federation.remote.failures import NotFetched
from federation.remote.instance_signer import instance_signer
from federation.remote.storing import store_actor
from kernel.errors import InvalidInput, below
from tenants.door import Door, Transaction
from tenants.model import NotFound, Principal, Scope


@strawberry.input
class ActorInput:
    actor_id: strawberry.ID


@strawberry.input
class FollowRequestInput:
    id: strawberry.ID


@strawberry.input(description="What is not given stays as it is.")
class UpdateGroupProfileInput:
    group: GroupInput
    approves_followers: bool | None = OPTIONAL
    is_discoverable: bool | None = OPTIONAL
    expected_version: int | None = OPTIONAL


@strawberry.input(description="Exactly one of these.")
class LookUpActorInput:
    address: str | None = strawberry.field(
        default=OPTIONAL, description="Its ActivityPub id, or the address of its profile's page."
    )
    handle: str | None = strawberry.field(default=OPTIONAL, description="`@name@host`")


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What another server said of an actor; of one of ours only how it is called."""

    remote: RemoteActor | None
    address: str | None
    handle: Handle | None


async def _look_up(
    door: Door, principal: Principal, given: LookUpActorInput, services: Services, _: str
) -> LookedUp:
    at = here(principal.tenant, services)
    address, text = optional_text_of(given, "address"), optional_text_of(given, "handle")
    if (address is None) is (text is None):
        raise InvalidInput("give exactly one of address and handle", path=["input"])
    handle = _handle(text) if text is not None else None
    if _is_ours(address, handle, at):
        return LookedUp(None, address, handle)
    if _host(address, handle) not in (at.domain, *at.also):
        await require_dealt_with(door, principal.tenant, [_host(address, handle)])
    try:
        if address is None:
            address = await services.fetcher.webfinger(str(handle))
            await require_dealt_with(door, principal.tenant, [_host(address, None)])
        signer = instance_signer(door, services.actor_keys, principal.tenant, at)
        found = await services.fetcher.actor(address, signer)
    except NotFetched as error:
        if error.is_temporary:
            raise
        raise NotFound(f"there is no such actor: {error.message}") from error
    if at.of(found.id) is not None:
        return LookedUp(None, found.id, None)
    return LookedUp(found, address, handle)


def _host(address: str | None, handle: Handle | None) -> str:
    named = handle.domain if handle is not None else host_of(address or "")
    return named or ""


def _handle(text: str) -> Handle:
    handle = parse_handle(text)
    if handle is None:
        raise InvalidInput(f"{text[:80]!r} is no handle: one is written @name@host", path=["input", "handle"])
    return handle


def _is_ours(address: str | None, handle: Handle | None, at: Addresses) -> bool:
    if handle is None:
        return at.of(address or "") is not None
    with_port = {at.domain, *at.also}
    return handle.domain is None or handle.domain in with_port | {one.partition(":")[0] for one in with_port}


async def _store(tx: Transaction, found: LookedUp, services: Services, _: str) -> Changed:
    if found.remote is not None:
        return Changed(await store_actor(tx, found.remote, tx.now))
    if found.handle is not None:
        known = await actor_by_handle(tx, found.handle.username, here(tx.tenant, services).domain)
    else:
        known = await actor_by_address(tx, found.address or "")
    if known is None:
        raise NotFound("there is no such actor at this institution")
    return Changed(known.id)


async def _update_group(
    tx: Transaction, given: UpdateGroupProfileInput, services: Services, _: str
) -> Changed:
    with below("input", "group"):
        group = group_ref(given.group)
    assert group is not None
    changed = await update_group(
        tx,
        group=group,
        changes=filled(GroupChanges, given, {}),
        here=here(tx.tenant, services),
        expected_version=given_or(given.expected_version),
    )
    return Changed(changed)


def _on_actor(name: str, operation: Any, description: str, objects: Any) -> Any:
    return mutation(
        name,
        does(operation, "actor_id", ACTOR, "actor_id"),
        input=ActorInput,
        objects=objects,
        scope=Scope.FOLLOWS_WRITE,
        description=description,
    )


def _on_request(name: str, operation: Any, description: str) -> Any:
    return mutation(
        name,
        does(operation, "follow_id", FOLLOW),
        input=FollowRequestInput,
        objects={"follow": Follow},
        scope=Scope.FOLLOWS_WRITE,
        description=description,
    )


@strawberry.type
class FollowMutations:
    follow = _on_actor(
        "follow", follow, "Follows an actor, or asks to where it approves its followers.", {"follow": Follow}
    )
    unfollow = _on_actor("unfollow", unfollow, "Follows it no longer.", {"actor": Actor})
    remove_follower = _on_actor(
        "removeFollower", remove_follower, "Takes somebody from the viewer's followers.", {"actor": Actor}
    )
    accept_follow_request = _on_request(
        "acceptFollowRequest", accept_follow_request, "Lets somebody follow the viewer, or a group of theirs."
    )
    reject_follow_request = _on_request(
        "rejectFollowRequest", reject_follow_request, "Does not let them, or no longer."
    )
    update_group_profile = mutation(
        "updateGroupProfile",
        _update_group,
        input=UpdateGroupProfileInput,
        objects={"actor": Actor},
        scope=Scope.FOLLOWS_WRITE,
        description="Changes how the group of a course or unit is seen, and whether its staff approve who follows it.",
    )
    look_up_actor = mutation(
        "lookUpActor",
        _store,
        prepare=_look_up,
        input=LookUpActorInput,
        objects={"actor": Actor},
        scope=Scope.FOLLOWS_WRITE,
        description="Asks an actor's own server who it is, so that it can be followed and named.",
    )
