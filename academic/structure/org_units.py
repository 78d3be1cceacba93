"""Org units: faculties, departments and whatever else an institution is divided into, as a tree."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, insert, literal, select

from academic.attached import Attributes, ExternalIds, Kind, attach, change
from academic.changing import StillInUse, choice, code, referred, require_in_use, texts
from academic.tables import courses
from kernel.errors import InvalidInput
from kernel.unset import UNSET, Unset
from tenants.authority import require
from tenants.changing import alone, locked, taken_values, write_changes
from tenants.door import Transaction
from tenants.model import Permission
from tenants.tables import (
    ORG_UNIT_KINDS,
    org_unit_ancestors,
    org_unit_attributes,
    org_unit_external_ids,
    org_units,
)

_TAKEN = {"org_units_tenant_id_code_key": ("another org unit has this code", ["input", "code"])}
_TREE = "org_units"
_KIND = Kind("org_unit", org_units, org_unit_external_ids, org_unit_attributes)


@dataclass(frozen=True, slots=True)
class NewOrgUnit:
    """An org unit; without a parent it is a root."""

    code: str
    name: Mapping[str, str]
    kind: str = "department"
    parent_id: int | None = None
    external_ids: ExternalIds = ()
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrgUnitChanges:
    """What becomes different; a new parent moves the unit with everything below it."""

    code: str | Unset = UNSET
    name: Mapping[str, str] | Unset = UNSET
    kind: str | Unset = UNSET
    parent_id: int | Unset | None = UNSET
    external_ids: ExternalIds | Unset = UNSET
    attributes: Attributes = field(default_factory=dict)


async def create_org_unit(tx: Transaction, *, org_unit: NewOrgUnit) -> int:
    """Adds an org unit below its parent."""
    require(tx, Permission.WRITE_STRUCTURE, "change org units")
    values = {
        "code": code(org_unit.code),
        "name": texts(org_unit.name, "name"),
        "kind": choice(org_unit.kind, ORG_UNIT_KINDS, "kind"),
        "parent_id": org_unit.parent_id,
    }
    await alone(tx, _TREE)
    if org_unit.parent_id is not None:
        await referred(tx, org_units, org_unit.parent_id, path=["input", "parentId"])
    org_unit_id = tx.new_id()
    with taken_values(_TAKEN):
        await tx.connection.execute(
            insert(org_units).values(
                tenant_id=tx.tenant_id, id=org_unit_id, created_at=tx.now, updated_at=tx.now, **values
            )
        )
    await _put_below(tx, org_unit_id, org_unit.parent_id, is_new=True)
    await attach(
        tx, _KIND, org_unit_id, external_ids=org_unit.external_ids or UNSET, attributes=org_unit.attributes
    )
    await tx.announce("org_unit.created", "org_unit", org_unit_id)
    return org_unit_id


async def update_org_unit(
    tx: Transaction, *, org_unit_id: int, changes: OrgUnitChanges, expected_version: int | None = None
) -> int:
    """Changes an org unit, or moves it; a unit never comes below itself."""
    require(tx, Permission.WRITE_STRUCTURE, "change org units")
    await alone(tx, _TREE)
    row = await locked(tx, org_units, org_unit_id, what="org unit", expected_version=expected_version)
    require_in_use(row, "org unit")
    values = {
        "code": code(changes.code) if changes.code is not UNSET else UNSET,
        "name": texts(changes.name, "name") if changes.name is not UNSET else UNSET,
        "kind": choice(changes.kind, ORG_UNIT_KINDS, "kind") if changes.kind is not UNSET else UNSET,
        "parent_id": changes.parent_id,
    }
    is_moved = False
    if changes.parent_id is not UNSET and changes.parent_id != row["parent_id"]:
        is_moved = True
        await _move(tx, org_unit_id, changes.parent_id)
    with taken_values(_TAKEN):
        changed = await change(
            tx, _KIND, row, values, external_ids=changes.external_ids, attributes=changes.attributes
        )
    if changed:
        await tx.announce("org_unit.updated", "org_unit", org_unit_id, is_moved=is_moved)
    return org_unit_id


async def archive_org_unit(tx: Transaction, *, org_unit_id: int, expected_version: int | None = None) -> int:
    """Retires an org unit that has no active unit below it and no active course."""
    require(tx, Permission.WRITE_STRUCTURE, "change org units")
    await alone(tx, _TREE)
    row = await locked(tx, org_units, org_unit_id, what="org unit", expected_version=expected_version)
    for table, column, what in ((org_units, "parent_id", "org units"), (courses, "org_unit_id", "courses")):
        active = select(table.c.id).where(
            table.c.tenant_id == tx.tenant_id, table.c[column] == org_unit_id, table.c.status == "active"
        )
        if (await tx.connection.execute(active.limit(1))).first() is not None:
            raise StillInUse(f"the org unit still has active {what}")
    if await write_changes(tx, org_units, row, {"status": "archived"}):
        await tx.announce("org_unit.archived", "org_unit", org_unit_id)
    return org_unit_id


async def _move(tx: Transaction, org_unit_id: int, parent_id: int | None) -> None:
    """Cuts the subtree off from what was above it and hangs it below the new parent."""
    if parent_id is not None:
        await referred(tx, org_units, parent_id, path=["input", "parentId"])
    link = org_unit_ancestors
    below = (link.c.tenant_id == tx.tenant_id) & (link.c.ancestor_id == org_unit_id)
    subtree = select(link.c.descendant_id).where(below)
    if parent_id in (await tx.connection.execute(subtree)).scalars().all():
        raise InvalidInput("an org unit cannot come below itself", path=["input", "parentId"])
    await tx.connection.execute(
        delete(link).where(
            link.c.tenant_id == tx.tenant_id,
            link.c.descendant_id.in_(subtree),
            link.c.ancestor_id.not_in(subtree),
        )
    )
    await _put_below(tx, org_unit_id, parent_id)


async def _put_below(tx: Transaction, org_unit_id: int, parent_id: int | None, is_new: bool = False) -> None:
    """Every unit of the subtree gets the parent and everything above it as ancestors."""
    names = ["tenant_id", "ancestor_id", "descendant_id", "depth"]
    link = org_unit_ancestors
    if is_new:
        own = dict(zip(names, (tx.tenant_id, org_unit_id, org_unit_id, 0), strict=True))
        await tx.connection.execute(insert(link).values(own))
    if parent_id is None:
        return
    above, below = link.alias(), link.alias()
    pairs = (
        select(
            literal(tx.tenant_id),
            above.c.ancestor_id,
            below.c.descendant_id,
            above.c.depth + below.c.depth + 1,
        )
        .select_from(
            above.join(below, (below.c.tenant_id == above.c.tenant_id) & (below.c.ancestor_id == org_unit_id))
        )
        .where(above.c.tenant_id == tx.tenant_id, above.c.descendant_id == parent_id)
    )
    await tx.connection.execute(insert(link).from_select(names, pairs))
