"""Actors of ours that nobody joins as: courses' and units' groups, and the institution itself. Made when first needed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from academic.tables import courses
from federation.actors.documents import as_html
from federation.actors.queries import actor_by_address, username_key
from federation.actors.rows import COLUMNS, ActorRow, actor_row
from federation.actors.taken_names import is_handle
from federation.actors.usernames import candidates, username_from
from federation.protocol.addresses import Addresses
from federation.tables.actors import actors
from kernel.languages import choose_language
from tenants.door import Transaction
from tenants.model import NotFound
from tenants.tables import org_units

# Whose courses other servers may know: what `visibility` says (academic.tables).
FEDERATED = ("public",)


async def group_of_course(tx: Transaction, course_id: int, here: Addresses) -> ActorRow:
    """The Group of a public course, made where it has none yet; `NotFound` for any other course.

    A group that was made stays when its course is no longer public: its followers are not lost, and it is not shown.
    """
    found = await _group(tx, here, "course_id", course_id)
    if found is None:
        raise NotFound("there is no such public course")
    return found


async def inner_group_of_course(tx: Transaction, course_id: int, here: Addresses) -> ActorRow | None:
    """The group of a course that is not public, for what its staff say inside the institution; None for any other course.

    It is made withdrawn: whoever sees the course sees it, and no other server knows it until the course is public.
    """
    row = await owner_row(tx, "course_id", course_id, lock=True)
    if row is None or is_federated("course_id", row):
        return None
    found = await _of_owner(tx, "course_id", course_id)
    if found is not None:
        return found
    values = {"course_id": course_id, "status": "withdrawn", **group_columns(tx, "course_id", row)}
    return await _made(tx, here, row["code"], values)


async def group_of_org_unit(tx: Transaction, org_unit_id: int, here: Addresses) -> ActorRow:
    """The Group of an org unit that is in use, made where it has none yet; `NotFound` without such a unit."""
    found = await _group(tx, here, "org_unit_id", org_unit_id)
    if found is None:
        raise NotFound("there is no such org unit")
    return found


async def owner_row(
    tx: Transaction, owner: str, owner_id: int, *, lock: bool = False
) -> Mapping[str, Any] | None:
    """The course or unit of a group, by the column of `actors` that names it; with `lock` nobody changes it meanwhile."""
    table = courses if owner == "course_id" else org_units
    query = select(table).where(table.c.tenant_id == tx.tenant_id, table.c.id == owner_id)
    query = query.with_for_update(read=True) if lock else query
    row = (await tx.connection.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


def is_federated(owner: str, row: Mapping[str, Any]) -> bool:
    """Whether other servers may know a course or unit."""
    return row["visibility"] in FEDERATED if owner == "course_id" else bool(row["status"] == "active")


def group_columns(tx: Transaction, owner: str, row: Mapping[str, Any]) -> dict[str, str]:
    """What a group is called and says of itself, in the institution's language; its document has all languages."""
    if owner == "org_unit_id":
        return {"display_name": _text(tx, row["name"])}
    description = row["description"]
    biography = as_html(_text(tx, description)) if description else ""
    return {"display_name": _text(tx, row["title"]), "biography": biography}


async def instance_actor(tx: Transaction, here: Addresses) -> ActorRow:
    """The institution's own actor, made where it has none yet: it signs what nobody in particular asks for."""
    found = await actor_by_address(tx, here.instance_actor)
    if found is not None:
        return found
    values = {"kind": "application", "display_name": _text(tx, tx.tenant.name), "is_discoverable": True}
    return await _made(tx, here, tx.tenant.slug, values, address=here.instance_actor)


async def insert_actor(
    tx: Transaction, here: Addresses, actor_id: int, username: str, values: Mapping[str, Any], address: str
) -> bool:
    """Writes a local actor; False where the name, the address or the owner has one already."""
    row = {
        "tenant_id": tx.tenant_id,
        "id": actor_id,
        "address": address,
        "is_local": True,
        "host": here.domain,
        "preferred_username": username,
        "username_key": username_key(username),
        "profile_url": here.profile(username),
        "created_at": tx.now,
        "updated_at": tx.now,
        **values,
    }
    written = await tx.connection.execute(insert(actors).values(row).on_conflict_do_nothing())
    return written.rowcount == 1


async def _group(tx: Transaction, here: Addresses, owner: str, owner_id: int) -> ActorRow | None:
    """The group of a course or unit that others may know, made where it has none yet."""
    row = await owner_row(tx, owner, owner_id)
    if row is None or not is_federated(owner, row):
        return None
    found = await _of_owner(tx, owner, owner_id)
    if found is not None:
        return found
    row = await owner_row(tx, owner, owner_id, lock=True)
    if row is None or not is_federated(owner, row):
        return None
    return await _made(tx, here, row["code"], {owner: owner_id, **group_columns(tx, owner, row)})


async def _made(
    tx: Transaction, here: Addresses, code: str, values: Mapping[str, Any], *, address: str | None = None
) -> ActorRow:
    """A group or the institution under a name of its own; that of whoever was faster where two make it at once."""
    actor_id = tx.new_id()
    address = address or here.actor(actor_id)
    values = {"kind": "group", "is_discoverable": True, **values}
    owner = next((name for name in ("course_id", "org_unit_id") if name in values), None)
    wanted = username_from(code)
    if owner is not None and wanted == tx.tenant.slug:
        wanted = ""  # that is the institution's own name
    kept = {wanted} if owner is not None and await is_handle(tx, wanted) else set()
    for username in candidates(wanted, actor_id):
        if username in kept:
            continue  # that is a member's, should they join
        if await insert_actor(tx, here, actor_id, username, values, address):
            break
        found = await (_of_owner(tx, owner, values[owner]) if owner else actor_by_address(tx, address))
        if found is not None:
            return found
    made = await actor_by_address(tx, address)
    assert made is not None
    return made


async def _of_owner(tx: Transaction, column: str, owner_id: int) -> ActorRow | None:
    query = select(*COLUMNS).where(actors.c.tenant_id == tx.tenant_id, actors.c[column] == owner_id)
    row = (await tx.connection.execute(query)).mappings().one_or_none()
    return None if row is None else actor_row(row)


def _text(tx: Transaction, texts: Mapping[str, str]) -> str:
    return texts[choose_language(list(texts), tx.tenant.languages)]
