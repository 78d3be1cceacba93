"""roles.csv: what people are in an org unit and everything below it.

A role that has ended, or is to be deleted, is taken back where a file or the operator gave it; one that begins later is
given on its day. Administrators are appointed here and not by a file.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    Text,
    and_,
    case,
    cast,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from academic.oneroster.faults import Rule
from academic.oneroster.loading.access import end_access
from academic.oneroster.loading.batch import ARCHIVED, CREATED, ENDED, REPEATED, SKIPPED, UNCHANGED, Batch
from academic.oneroster.loading.matching import refer, skip_rows_of_erased_people
from academic.oneroster.mapping import org_role
from academic.oneroster.naming import external_id
from academic.oneroster.records import Role, Status
from kernel.database.staging import Row, staging_table
from tenants.tables import org_unit_external_ids, role_assignments, user_external_ids, users

_FILE = "roles"
_STAGE = staging_table(
    "staged_roles",
    Column("place", Integer, nullable=False),
    Column("user_sourced_id", Text, nullable=False),
    Column("org_sourced_id", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("ends", Boolean, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("user_id", BigInteger),
    Column("org_unit_id", BigInteger),
    Column("change", Text),
)
_COLUMNS = "place user_sourced_id org_sourced_id role ends id"


async def load_roles(batch: Batch, roles: tuple[Role, ...]) -> None:
    """The role assignments of the file; several rows that say the same are one."""
    rows, left_out = _rows(batch, roles)
    await batch.stage(_STAGE, _COLUMNS, rows, file=_FILE, total=len(roles))
    for column, pointer, table in (
        ("user_id", "user_sourced_id", user_external_ids),
        ("org_unit_id", "org_sourced_id", org_unit_external_ids),
    ):
        await refer(batch, _STAGE, column, pointer, table, file=_FILE)
    await skip_rows_of_erased_people(batch, _STAGE, file=_FILE)
    await batch.analyze(_STAGE)
    await _classify(batch)
    await batch.analyze(_STAGE)
    await _write(batch)
    payload = func.jsonb_build_object("user_id", cast(_STAGE.c.user_id, Text), "role", _STAGE.c.role)
    events = {CREATED: "role.granted", ARCHIVED: "role.revoked"}
    await batch.announce(_STAGE, "role", events, payload)
    s, u = _STAGE.c, users.c
    await end_access(
        batch,
        select(s.user_id).where(
            s.change.in_(list(events)),
            u.tenant_id == batch.tenant_id,
            u.id == s.user_id,
            u.created_at != batch.tx.now,  # who came with this import has no token yet
        ),
    )
    await batch.count(_FILE, _STAGE, **left_out)


def _rows(batch: Batch, roles: Iterable[Role]) -> tuple[list[Row], Counter[str]]:
    """One row for each assignment, and what is to be said of the others; one that holds speaks for those that ended."""
    spoken: dict[tuple[str, str, str], tuple[int, bool]] = {}
    left_out: Counter[str] = Counter()
    for one in roles:
        role = org_role(one.role)
        ends = one.status is Status.TO_BE_DELETED or (one.ends_on is not None and one.ends_on < batch.today)
        if role is None:
            batch.warn(Rule.ROLE_UNKNOWN, _FILE, "role", [(one.row, one.role)])
            left_out[SKIPPED] += 1
        elif not ends and one.begins_on is not None and one.begins_on > batch.today:
            batch.warn(Rule.NOT_BEGUN, _FILE, "begins_on", [(one.row, one.begins_on)], one.sourced_id)
            left_out[SKIPPED] += 1
        else:
            key = (external_id(one.user_sourced_id), external_id(one.org_sourced_id), role.value)
            before = spoken.get(key)
            if before is not None:
                left_out[ENDED if ends or before[1] else REPEATED] += 1
            if before is None or (before[1] and not ends):
                spoken[key] = (one.row, ends)
    return [(place, *key, ends, batch.tx.new_id()) for key, (place, ends) in spoken.items()], left_out


async def _classify(batch: Batch) -> None:
    """What somebody gave by hand stays; what is gone already is nothing to take back."""
    s, r = _STAGE.c, role_assignments.c
    is_it = and_(
        r.tenant_id == batch.tenant_id,
        r.user_id == s.user_id,
        r.role == s.role,
        r.org_unit_id == s.org_unit_id,
    )
    await batch.execute(
        update(_STAGE)
        .where(s.change.is_(None), is_it)
        .values(
            id=r.id,
            change=case((and_(s.ends, r.granted_by_id.is_(None)), ARCHIVED), else_=UNCHANGED),
        )
    )
    await batch.execute(
        update(_STAGE).where(s.change.is_(None)).values(change=case((s.ends, ENDED), else_=CREATED))
    )


async def _write(batch: Batch) -> None:
    s, r = _STAGE.c, role_assignments.c
    names = ["tenant_id", "id", "user_id", "role", "org_unit_id", "created_at"]
    rows = (
        select(literal(batch.tenant_id), s.id, s.user_id, s.role, s.org_unit_id, literal(batch.tx.now))
        .where(s.change == CREATED)
        .order_by(s.place)
    )
    await batch.execute(insert(role_assignments).from_select(names, rows).on_conflict_do_nothing())
    await batch.execute(
        delete(role_assignments).where(r.tenant_id == batch.tenant_id, r.id == s.id, s.change == ARCHIVED)
    )
