"""What hangs on an object beside its row: other systems' ids for it, and the tenant's own fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Table

from kernel.unset import UNSET, Unset
from tenants.attributes.model import Given
from tenants.attributes.operations import write_attributes
from tenants.changing import touch, write_changes
from tenants.door import Transaction
from tenants.external_ids import ExternalId, write_external_ids

ExternalIds = Sequence[ExternalId]
# Fields that are not named stay as they are; None takes a value away.
Attributes = Mapping[str, Given | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object with the tables of what hangs on it."""

    name: str
    table: Table
    external_ids: Table
    attributes: Table | None = None


async def attach(
    tx: Transaction,
    kind: Kind,
    object_id: int,
    *,
    external_ids: ExternalIds | Unset,
    attributes: Attributes | None = None,
) -> bool:
    """Writes what was given; False where nothing was."""
    written = False
    if external_ids is not UNSET:
        await write_external_ids(tx, kind.external_ids, kind.name, object_id, external_ids)
        written = True
    if attributes and kind.attributes is not None:
        await write_attributes(
            tx, table=kind.attributes, owner=kind.name, owner_id=object_id, values=attributes
        )
        written = True
    return written


async def change(
    tx: Transaction,
    kind: Kind,
    row: RowMapping,
    values: Mapping[str, Any],
    *,
    external_ids: ExternalIds | Unset,
    attributes: Attributes | None = None,
) -> bool:
    """Writes the columns that differ and what hangs on the object, one version further; False for no change."""
    changed = await write_changes(tx, kind.table, row, values)
    attached = await attach(tx, kind, row["id"], external_ids=external_ids, attributes=attributes)
    if attached and not changed:
        await touch(tx, kind.table, row["id"])
    return changed or attached
