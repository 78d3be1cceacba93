"""A university on a real database, entered as the application's role: what the academic tests are played on."""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from academic.courses.courses import NewCourse, create_course
from academic.courses.lifecycle import publish_offering
from academic.courses.offerings import NewOffering, create_offering
from academic.enrollments.audit import seat_faults
from academic.enrollments.entering import NewEnrollment, enrol
from academic.structure.academic_sessions import NewAcademicSession, create_academic_session
from academic.structure.org_units import NewOrgUnit, create_org_unit
from academic.tables import enrollments, offering_seats
from kernel.database.engines import Timeouts
from kernel.ids import IdFactory
from kernel.outbox.tables import outbox
from tenants.authority import system_principal
from tenants.door import Door, Transaction
from tenants.model import Principal, Role, Tenant, access_of
from tenants.tables import role_assignments, users

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
# A thousand callers queue for the pool and for one row, longer than a request may: that is the point of a test.
PATIENT = Timeouts(connect=60.0, pool=120.0, statement=120.0, lock=120.0)
_numbers = itertools.count(1)


@dataclass
class World:
    """One tenant's door, and short ways to what the tests need."""

    tenant: Tenant
    new_id: IdFactory
    app: AsyncEngine
    worker: AsyncEngine  # reads the queue tables, which the application only appends to
    now: datetime = NOW
    unit: int = 0
    term: int = 0
    course: int = 0
    door: Door = field(init=False)
    system: Principal = field(init=False)

    def __post_init__(self) -> None:
        self.door = Door({self.tenant.shard: self.app}, new_id=self.new_id, clock=lambda: self.now)
        self.system = system_principal(self.tenant)

    def as_system(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that may do everything."""
        return self.door.write(self.system)

    def acting(self, user_id: int, *roles: Role, unit_roles: Sequence[Role] = ()) -> Principal:
        """A person with these roles, as a session would say."""
        return Principal(self.tenant, user_id, access_of(roles, unit_roles))

    def student(self, user_id: int) -> Principal:
        """A person who is a student."""
        return self.acting(user_id, Role.STUDENT)

    async def enrol(self, user_id: int, offering_id: int, by: Principal | None = None, **given: Any) -> int:
        """Enrols a person, themselves where nobody else is named."""
        async with self.door.write(by or self.student(user_id)) as tx:
            return await enrol(tx, enrollment=NewEnrollment(offering_id, user_id=user_id, **given))

    async def act(
        self,
        operation: Callable[..., Awaitable[int]],
        enrollment_id: int,
        *,
        by: Principal | None = None,
        **given: Any,
    ) -> int:
        """Does something to an enrollment, as the system where nobody is named."""
        async with self.door.write(by or self.system) as tx:
            return await operation(tx, enrollment_id=enrollment_id, **given)

    async def state(self, enrollment_id: int) -> str:
        """Where an enrollment stands."""
        return str((await self.row(enrollments, enrollment_id))["state"])

    async def states(self, offering_id: int) -> list[str]:
        """Where the enrollments of an offering stand, in the order they were made."""
        return [row["state"] for row in await self.rows(enrollments, offering_id=offering_id)]

    async def seats(self, offering_id: int) -> tuple[int, int]:
        """Seats taken and people waiting, after checking them against the enrollments."""
        async with self.as_system() as tx:
            assert await seat_faults(tx.connection, tenant_id=self.tenant.id) == []
        (row,) = await self.rows(offering_seats, offering_id=offering_id)
        return row["taken"], row["waitlisted"]

    async def build(self) -> "World":
        """A unit, a term and a course."""
        async with self.as_system() as tx:
            self.unit = await create_org_unit(tx, org_unit=NewOrgUnit(code=name("U"), name={"en": "Unit"}))
            self.term = await create_academic_session(
                tx,
                academic_session=NewAcademicSession(
                    name("T"), {"en": "Term"}, date(2027, 2, 1), date(2027, 6, 30)
                ),
            )
            self.course = await create_course(
                tx, course=NewCourse(org_unit_id=self.unit, code=name("C"), title={"en": "Course"})
            )
        return self

    async def users(
        self, count: int, *, role: Role | None = Role.STUDENT, unit: int | None = None
    ) -> list[int]:
        """That many people, with a role in the tenant or in a unit."""
        ids = [self.new_id() for _ in range(count)]
        async with self.as_system() as tx:
            people = [
                {
                    "tenant_id": self.tenant.id,
                    "id": user_id,
                    "handle": f"p{user_id}",
                    "given_name": "A",
                    "family_name": "B",
                    "display_name": "A B",
                    "created_at": NOW,
                    "updated_at": NOW,
                }
                for user_id in ids
            ]
            await tx.connection.execute(insert(users), people)
            if role is not None:
                held = [
                    {
                        "tenant_id": self.tenant.id,
                        "id": self.new_id(),
                        "user_id": user_id,
                        "role": role.value,
                        "org_unit_id": unit,
                        "created_at": NOW,
                    }
                    for user_id in ids
                ]
                await tx.connection.execute(insert(role_assignments), held)
        return ids

    async def offering(self, *, publish: bool = True, **given: Any) -> int:
        """An offering of the course in the term."""
        async with self.as_system() as tx:
            new = NewOffering(
                **{"course_id": self.course, "academic_session_id": self.term, "code": name("O"), **given}
            )
            offering_id = await create_offering(tx, offering=new)
            if publish:
                await publish_offering(tx, offering_id=offering_id)
        return offering_id

    async def row(self, table: Table, object_id: int) -> dict[str, Any]:
        """A row as it stands."""
        (found,) = await self.rows(table, id=object_id)
        return found

    async def rows(self, table: Table, **where: Any) -> list[dict[str, Any]]:
        """The rows with these values, in the order of their primary key."""
        query = (
            select(table)
            .where(
                table.c.tenant_id == self.tenant.id, *(table.c[key] == value for key, value in where.items())
            )
            .order_by(*table.primary_key)
        )
        async with self.as_system() as tx:
            return [dict(row) for row in (await tx.connection.execute(query)).mappings()]

    async def events(self, *, object_id: int | None = None) -> list[dict[str, Any]]:
        """The outbox rows of the tenant in the order they were taken."""
        query = select(outbox).where(outbox.c.tenant_id == self.tenant.id).order_by(outbox.c.sequence)
        if object_id is not None:
            query = query.where(outbox.c.object_id == object_id)
        async with self.worker.connect() as connection:
            return [dict(row) for row in (await connection.execute(query)).mappings()]


def name(prefix: str) -> str:
    """A code nobody has yet."""
    return f"{prefix}{next(_numbers)}"
