"""Mutations of one's own presence on the social web: joining, how one is seen, moving, leaving."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry

from api.schema.actors import Actor
from api.schema.inputs import OPTIONAL, Converters, filled, given_or, text_of
from api.schema.mutation_fields import Changed, mutation
from api.schema.people import User
from api.schema.social_calls import here
from api.services import Services
from federation.actors.joining import NewProfile, ProfileChanges, join, update_profile
from federation.actors.key_storing import NewKeys, new_keys
from federation.actors.leaving import leave
from federation.actors.moving import MOST_ALIASES, MoveTarget, move_out, set_aliases
from federation.actors.profile import ProfileLine
from federation.content.handles import parse_handle
from federation.protocol.reading import RemoteActor
from federation.remote.failures import NotFetched
from federation.remote.instance_signer import instance_signer
from federation.remote.storing import store_actor
from kernel.errors import InvalidInput, below
from tenants.door import Door, Transaction
from tenants.model import Principal, Scope


@strawberry.enum(description="What of oneself others may be shown.")
class ExposedField(Enum):
    DISPLAY_NAME = "display_name"
    BIOGRAPHY = "biography"
    AVATAR_URL = "avatar_url"
    PRONOUNS = "pronouns"
    COURSES_TAUGHT = "courses_taught"
    FOLLOWS = strawberry.enum_value("follows", description="Whom one follows, and who follows one.")
    LIKES = "likes"


@strawberry.input(description="A line of one's profile. Addresses in `value` become links.")
class ProfileFieldInput:
    name: str
    value: str


@strawberry.input
class JoinFederationInput:
    username: str | None = strawberry.field(
        default=OPTIONAL, description="By default one's handle. It is for ever: nobody gets it afterwards."
    )
    exposed_fields: list[ExposedField] | None = strawberry.field(
        default=OPTIONAL, description="By default the display name alone."
    )
    is_discoverable: bool | None = strawberry.field(
        default=OPTIONAL, description="Whether directories and search engines may show one."
    )
    approves_followers: bool | None = OPTIONAL
    profile_fields: list[ProfileFieldInput] | None = OPTIONAL


@strawberry.input(description="What is not given stays as it is; lists are replaced as a whole.")
class UpdateFederationProfileInput:
    exposed_fields: list[ExposedField] | None = OPTIONAL
    is_discoverable: bool | None = OPTIONAL
    approves_followers: bool | None = OPTIONAL
    profile_fields: list[ProfileFieldInput] | None = OPTIONAL
    expected_version: int | None = OPTIONAL


@strawberry.input
class SetAliasesInput:
    aliases: list[str] = strawberry.field(description="Addresses or handles of actors that one is too.")
    expected_version: int | None = OPTIONAL


@strawberry.input
class MoveActorInput:
    target: str = strawberry.field(
        description="Address or handle of the new actor, which must name this one under `alsoKnownAs`."
    )


@dataclass(frozen=True, slots=True)
class _Joining:
    profile: NewProfile
    keys: NewKeys


@dataclass(frozen=True, slots=True)
class _Aliases:
    addresses: tuple[str, ...]
    expected_version: int | None


def _lines(values: list[ProfileFieldInput]) -> list[ProfileLine]:
    return [ProfileLine(one.name, one.value) for one in values]


def _names(values: list[ExposedField]) -> list[str]:
    return [str(getattr(one, "value", one)) for one in values]


_PROFILE: Converters = {"exposed_fields": _names, "profile_fields": _lines}


async def _make_keys(
    door: Door, principal: Principal, given: JoinFederationInput, services: Services, _: str
) -> _Joining:
    """An RSA key takes a tenth of a second: it is there before the transaction begins."""
    return _Joining(filled(NewProfile, given, _PROFILE), await new_keys())


async def _join(tx: Transaction, joining: _Joining, services: Services, _: str) -> Changed:
    at = here(tx.tenant, services)
    return Changed(
        await join(tx, profile=joining.profile, keys=joining.keys, data_keys=services.data_keys, here=at)
    )


async def _update(
    tx: Transaction, given: UpdateFederationProfileInput, services: Services, _: str
) -> Changed:
    changes = filled(ProfileChanges, given, _PROFILE)
    version = given_or(given.expected_version)
    return Changed(
        await update_profile(tx, changes=changes, here=here(tx.tenant, services), expected_version=version)
    )


async def _leave(tx: Transaction, given: None, services: Services, _: str) -> Changed:
    await leave(tx, here=here(tx.tenant, services))
    return Changed(tx.principal.user_id)


async def _find_aliases(
    door: Door, principal: Principal, given: SetAliasesInput, services: Services, _: str
) -> _Aliases:
    if len(given.aliases) > MOST_ALIASES:
        raise InvalidInput(f"at most {MOST_ALIASES} aliases", path=["input", "aliases"])
    addresses = []
    for index, alias in enumerate(given.aliases):
        with below("input", "aliases", index):
            addresses.append(await _address(alias, services))
    return _Aliases(tuple(addresses), given_or(given.expected_version))


async def _set_aliases(tx: Transaction, found: _Aliases, services: Services, _: str) -> Changed:
    return Changed(
        await set_aliases(
            tx,
            addresses=found.addresses,
            here=here(tx.tenant, services),
            expected_version=found.expected_version,
        )
    )


async def _find_target(
    door: Door, principal: Principal, given: MoveActorInput, services: Services, _: str
) -> RemoteActor:
    """The new actor as its server tells it now, not as it was once stored here."""
    signer = instance_signer(door, services.actor_keys, principal.tenant, here(principal.tenant, services))
    with below("input", "target"):
        address = await _address(text_of(given, "target"), services)
        try:
            return await services.fetcher.actor(address, signer)
        except NotFetched as error:
            raise _not_there(error) from error


async def _move(tx: Transaction, target: RemoteActor, services: Services, _: str) -> Changed:
    at = here(tx.tenant, services)
    if at.of(target.id) is None:
        await store_actor(tx, target, tx.now)
    return Changed(await move_out(tx, target=MoveTarget(target.id, target.also_known_as), here=at))


async def _address(text: str, services: Services) -> str:
    """The address of an actor by its address or handle."""
    if text.startswith(("https://", "http://")):
        return text
    if parse_handle(text) is None:
        raise InvalidInput(f"{text[:80]!r} is neither an address nor a handle such as @name@host")
    try:
        return await services.fetcher.webfinger(text)
    except NotFetched as error:
        raise _not_there(error) from error


def _not_there(error: NotFetched) -> Exception:
    return error if error.is_temporary else InvalidInput(f"there is no such actor: {error.message}")


def _own(name: str, run: Any, input_: Any, description: str, **more: Any) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects={"actor": Actor},
        scope=Scope.USERS_WRITE,
        description=description,
        **more,
    )


@strawberry.type
class ActorMutations:
    join_federation = _own(
        "joinFederation",
        _join,
        JoinFederationInput,
        "Puts oneself on the social web, under the institution's domain: nobody is there unasked.",
        prepare=_make_keys,
    )
    update_federation_profile = _own(
        "updateFederationProfile",
        _update,
        UpdateFederationProfileInput,
        "Changes how one is seen on the social web; followers' servers are told.",
    )
    set_aliases = _own(
        "setAliases",
        _set_aliases,
        SetAliasesInput,
        "Says which other actors one is too, so that one of them may move here.",
        prepare=_find_aliases,
    )
    move_actor = _own(
        "moveActor",
        _move,
        MoveActorInput,
        "Announces that one has moved to another server; followers go along, posts stay.",
        prepare=_find_target,
    )
    leave_federation = mutation(
        "leaveFederation",
        _leave,
        input=None,
        objects={"user": User},
        scope=Scope.USERS_WRITE,
        description="Takes oneself off the social web, with all that one posted there. It cannot be undone.",
    )
