"""How a group of a course or unit is seen on the social web, and whom it lets follow: its staff choose."""

from dataclasses import dataclass

from federation.actors.telling import tell_changed
from federation.posts.groups import group_of, require_staff
from federation.posts.model import GroupRef
from federation.protocol.addresses import Addresses
from federation.tables.actors import actors
from kernel.unset import UNSET, Unset
from tenants.changing import locked, write_changes
from tenants.door import Transaction


@dataclass(frozen=True, slots=True)
class GroupChanges:
    """What is not given stays. `is_discoverable`: directories and search engines may show the group."""

    approves_followers: bool | Unset = UNSET
    is_discoverable: bool | Unset = UNSET


async def update_group(
    tx: Transaction,
    *,
    group: GroupRef,
    changes: GroupChanges,
    here: Addresses,
    expected_version: int | None = None,
) -> int:
    """Changes a group of ours for the viewer, who is its staff, and gives its id; followers' servers are told.

    Who follows already stays; who asked stays asking until they are answered.
    """
    found = await group_of(tx, group, here, member="group")
    await require_staff(tx, found)
    row = await locked(tx, actors, found.id, what="group", expected_version=expected_version)
    given = {"approves_followers": changes.approves_followers, "is_discoverable": changes.is_discoverable}
    if await write_changes(tx, actors, row, given):
        await tell_changed(tx, found.id, here)
    return found.id
