"""Groups before anybody asks for them: a course or unit that others may know can be followed from its first day.

A query writes nothing, so whoever asks GraphQL for a course would find no group to follow until another server asked for
it by name. The consumer `actors` makes one when it hears of a course or unit; `make_missing` finds those of which nobody
told: what was there before, and what is loaded in bulk past the outbox.
"""

from sqlalchemy import literal, select

from academic.tables import courses
from federation.actors.local import FEDERATED, group_of_course, group_of_org_unit
from federation.protocol.addresses import Addresses
from federation.tables.actors import actors
from tenants.door import Transaction
from tenants.model import NotFound
from tenants.tables import org_units

_MAKE = {"course_id": group_of_course, "org_unit_id": group_of_org_unit}


async def make_group(tx: Transaction, here: Addresses, owner: str, owner_id: int) -> bool:
    """Makes the group of a course or unit, named by the column of `actors`; False where others may not know that."""
    try:
        await _MAKE[owner](tx, owner_id, here)
    except NotFound:
        return False
    return True


async def make_missing(tx: Transaction, here: Addresses, *, most: int) -> int:
    """Makes so many groups that are missing at the institution; how many there were of these."""
    public = select(literal("course_id").label("owner"), courses.c.id).where(
        courses.c.tenant_id == tx.tenant_id,
        courses.c.visibility.in_(FEDERATED),
        courses.c.status == "active",
        ~select(actors.c.id)
        .where(actors.c.tenant_id == tx.tenant_id, actors.c.course_id == courses.c.id)
        .exists(),
    )
    used = select(literal("org_unit_id"), org_units.c.id).where(
        org_units.c.tenant_id == tx.tenant_id,
        org_units.c.status == "active",
        ~select(actors.c.id)
        .where(actors.c.tenant_id == tx.tenant_id, actors.c.org_unit_id == org_units.c.id)
        .exists(),
    )
    query = public.union_all(used).limit(most)
    missing = (await tx.connection.execute(query)).all()
    return sum([await make_group(tx, here, owner, owner_id) for owner, owner_id in missing])
