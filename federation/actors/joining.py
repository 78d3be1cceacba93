"""People join the social web, and change how they are seen there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from federation.actors.key_storing import NewKeys, store_keys
from federation.actors.local import insert_actor
from federation.actors.profile import ProfileLine, checked_exposed, own_lines, shown_columns
from federation.actors.queries import actor_of_user, require_actor
from federation.actors.taken_names import is_group_name, is_handle
from federation.actors.telling import tell_changed
from federation.actors.usernames import checked_username
from federation.protocol.addresses import Addresses
from federation.tables.actors import actors
from kernel.errors import ErrorCode, FediflowError, InvalidInput
from kernel.unset import UNSET, Unset
from tenants.changing import locked, write_changes
from tenants.data_keys import DataKeys
from tenants.door import Transaction
from tenants.model import Forbidden
from tenants.tables import users

SHOWN_AT_FIRST = ("display_name",)


class AlreadyJoined(FediflowError):
    """The person has an actor."""

    code = ErrorCode.CONFLICT


class UsernameTaken(InvalidInput):
    """Somebody has, or had, this name: it is never given to another."""

    code = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class NewProfile:
    """How somebody joins. Without a username it is their handle."""

    username: str | None = None
    exposed_fields: Sequence[str] = SHOWN_AT_FIRST
    is_discoverable: bool = False
    approves_followers: bool = False
    profile_fields: Sequence[ProfileLine] = ()


@dataclass(frozen=True, slots=True)
class ProfileChanges:
    """What becomes different; lists are replaced as a whole. A username stays."""

    exposed_fields: Sequence[str] | Unset = UNSET
    is_discoverable: bool | Unset = UNSET
    approves_followers: bool | Unset = UNSET
    profile_fields: Sequence[ProfileLine] | Unset = UNSET


async def join(
    tx: Transaction, *, profile: NewProfile, keys: NewKeys, data_keys: DataKeys, here: Addresses
) -> int:
    """Makes the viewer's actor and gives its id; `keys` were made before the transaction."""
    user_id = tx.principal.user_id
    if user_id is None:
        raise Forbidden("only a person joins the social web")
    if await actor_of_user(tx, user_id) is not None:
        raise AlreadyJoined("you are on the social web already: call updateFederationProfile to change how")
    username = checked_username(profile.username or await _handle(tx, user_id), institution=tx.tenant.slug)
    await _check_free(tx, username, user_id)
    exposed = checked_exposed(profile.exposed_fields)
    columns = await shown_columns(tx, here, user_id, exposed, own_lines(profile.profile_fields))
    actor_id = tx.new_id()
    values: dict[str, Any] = {
        "kind": "person",
        "user_id": user_id,
        "exposed": exposed,
        "is_discoverable": profile.is_discoverable,
        "approves_followers": profile.approves_followers,
        **columns,
    }
    if not await insert_actor(tx, here, actor_id, username, values, here.actor(actor_id)):
        raise UsernameTaken(
            f"{username!r} is taken, or was once: choose another username", path=["input", "username"]
        )
    await store_keys(tx, data_keys, actor_id, keys)
    await tx.announce("actor.changed", "actor", actor_id)
    return actor_id


async def update_profile(
    tx: Transaction, *, changes: ProfileChanges, here: Addresses, expected_version: int | None = None
) -> int:
    """Changes how the viewer is seen; followers' servers are told."""
    actor = await require_actor(tx)
    row = await locked(tx, actors, actor.id, what="profile", expected_version=expected_version)
    exposed = row["exposed"] if changes.exposed_fields is UNSET else checked_exposed(changes.exposed_fields)
    own = (
        [one for one in row["attachments"] if one.get("is_own")]
        if changes.profile_fields is UNSET
        else own_lines(changes.profile_fields)
    )
    values: dict[str, Any] = {
        "exposed": exposed,
        "is_discoverable": changes.is_discoverable,
        "approves_followers": changes.approves_followers,
        **await shown_columns(tx, here, row["user_id"], exposed, own),
    }
    if await write_changes(tx, actors, row, values):
        await tell_changed(tx, actor.id, here)
    return actor.id


async def _check_free(tx: Transaction, username: str, user_id: int) -> None:
    """Nobody takes the name of another member, or that of a course or unit; under their own handle everybody joins."""
    if await is_handle(tx, username, besides=user_id):
        raise UsernameTaken(
            f"{username!r} is the handle of another member: choose another username",
            path=["input", "username"],
        )
    if username != await _handle(tx, user_id) and await is_group_name(tx, username):
        raise UsernameTaken(
            f"{username!r} is the name of a course or an org unit: choose another username",
            path=["input", "username"],
        )


async def _handle(tx: Transaction, user_id: int) -> str:
    query = select(users.c.handle).where(users.c.tenant_id == tx.tenant_id, users.c.id == user_id)
    handle: str = (await tx.connection.execute(query)).scalar_one()
    return handle
