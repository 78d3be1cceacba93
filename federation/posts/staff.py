"""Who of a group's staff is on the social web, for what is meant for the group and not for its feed."""

from pathlib import Path

from federation.actors.rows import ActorRow
from kernel.database.named_sql import named_statements
from tenants.door import Transaction
from tenants.model import Permission, roles_granting

_SQL = named_statements(Path(__file__).with_suffix(".sql"))


async def staff_of(tx: Transaction, group: ActorRow, *, unblocked_by: int) -> list[int]:
    """The actors of a group's staff, without who blocked the actor `unblocked_by`.

    Who teaches or assists an offering of its course and whom it names as moderators; where none of these are there, who
    may change the catalogue for its unit or one above it, else for the institution.
    """
    roles = [str(role) for role in roles_granting(Permission.WRITE_CATALOG)]
    rows = await tx.driver.fetch(
        _SQL["staff"], tx.tenant_id, group.id, group.course_id, group.org_unit_id, roles, unblocked_by
    )
    return [int(row["id"]) for row in rows]
