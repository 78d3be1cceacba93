"""What actors of ours learn from the outbox: people, courses and units that changed, and actors that left or moved.

A consumer of the worker. Each event is worked off in transactions of its institution; doing one twice changes nothing more.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, select

from federation.actors.clearing import clear_some, clear_some_of_user
from federation.actors.leaving import go
from federation.actors.local import group_columns, is_federated, owner_row
from federation.actors.making_groups import make_group
from federation.actors.moving import moved
from federation.actors.profile import shown_columns
from federation.actors.queries import actor_of_user
from federation.actors.telling import tell_changed
from federation.local import NoDomain, addresses_of
from federation.protocol.addresses import Addresses
from federation.tables.actors import actors
from kernel.outbox.consumers import Consumer
from kernel.outbox.event import Event
from tenants.authority import system_principal
from tenants.changing import locked, write_changes
from tenants.directory import Directory
from tenants.door import Door, Transaction
from tenants.model import Tenant
from tenants.tables import users

_Step = Callable[[Transaction, Event, Addresses], Awaitable[bool]]


def actors_consumer(door: Door, directory: Directory, public_url: str) -> Consumer:
    """The consumer `actors`."""

    async def handle(events: Sequence[Event]) -> None:
        for event in events:
            step = _STEPS.get(event.event)
            tenant = await directory.by_id(event.tenant_id) if step else None
            if step is not None and tenant is not None:
                await _work(door, tenant, step, event, public_url)

    return Consumer("actors", handle)


async def _work(door: Door, tenant: Tenant, step: _Step, event: Event, public_url: str) -> None:
    try:
        here = addresses_of(tenant, public_url)
    except NoDomain:
        return  # nobody outside knows anybody of it
    is_more = True
    while is_more:
        async with door.write(system_principal(tenant)) as tx:
            is_more = await step(tx, event, here)


async def _clear(tx: Transaction, event: Event, here: Addresses) -> bool:
    if await clear_some(tx, event.object_id):
        return True
    if "user" not in event.payload:
        return False
    return await clear_some_of_user(tx, int(event.payload["user"]), int(event.payload["before"]))


async def _move(tx: Transaction, event: Event, here: Addresses) -> bool:
    return await moved(tx, event.object_id, int(event.payload["target"]), here)


async def _refresh_person(tx: Transaction, event: Event, here: Addresses) -> bool:
    """What a person shows follows what the institution knows; whoever was erased there goes here too, and whoever is
    suspended is not seen until they are let in again."""
    actor = await actor_of_user(tx, event.object_id)
    if actor is None:
        return False
    query = select(users.c.status).where(users.c.tenant_id == tx.tenant_id, users.c.id == event.object_id)
    standing = (await tx.connection.execute(query)).scalar_one_or_none()
    if standing == "deleted":
        await go(tx, actor, here)
        return False
    row = await locked(tx, actors, actor.id, what="actor")
    own = [one for one in row["attachments"] if one.get("is_own")]
    values = await shown_columns(tx, here, event.object_id, row["exposed"], own)
    values["status"] = _status(row, is_shown=standing == "active")
    if await write_changes(tx, actors, row, values):
        await tell_changed(tx, actor.id, here, changed=_differing(row, values))
    return False


async def _refresh_course(tx: Transaction, event: Event, here: Addresses) -> bool:
    return await _refresh_group(tx, event, here, "course_id")


async def _refresh_unit(tx: Transaction, event: Event, here: Addresses) -> bool:
    return await _refresh_group(tx, event, here, "org_unit_id")


async def _refresh_group(tx: Transaction, event: Event, here: Addresses, owner: str) -> bool:
    """A group is called as its course or unit is, as long as everybody may know that; until then it is withdrawn, and
    nothing of it changes. One that it misses is made. What else there is of it stands in its document alone."""
    query = select(actors.c.id).where(actors.c.tenant_id == tx.tenant_id, actors.c[owner] == event.object_id)
    actor_id = (await tx.connection.execute(query)).scalar_one_or_none()
    if actor_id is None:
        await make_group(tx, here, owner, event.object_id)
        return False
    row = await locked(tx, actors, actor_id, what="actor")
    owned = await owner_row(tx, owner, event.object_id)
    if owned is not None:
        is_shown = is_federated(owner, owned)
        names = group_columns(tx, owner, owned) if is_shown else {}
        values = {**names, "status": _status(row, is_shown=is_shown)}
        await write_changes(tx, actors, row, values)
        await tell_changed(tx, actor_id, here, changed=_differing(row, values))
    return False


def _differing(row: RowMapping, values: Mapping[str, Any]) -> list[str]:
    return sorted(name for name, value in values.items() if row[name] != value)


def _status(row: RowMapping, *, is_shown: bool) -> str:
    if row["status"] == "gone":
        return "gone"
    if not is_shown:
        return "withdrawn"
    return "moved" if row["moved_to"] else "active"


_STEPS: dict[str, _Step] = {
    "actor.gone": _clear,
    "actor.moved": _move,
    "user.updated": _refresh_person,
    "user.suspended": _refresh_person,
    "user.reactivated": _refresh_person,
    "user.deleted": _refresh_person,
    "course.created": _refresh_course,
    "course.updated": _refresh_course,
    "org_unit.created": _refresh_unit,
    "org_unit.updated": _refresh_unit,
    "org_unit.archived": _refresh_unit,
}
