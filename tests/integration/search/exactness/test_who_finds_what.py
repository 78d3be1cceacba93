"""What somebody may see is what they find, no row more and none less: engine and database say the same of every row.

An empty text finds all that a reader may find. Beside it stands what `visible_to` of the entity shows the same reader, with
what search promises to leave out: what is not in use any more or not yet, for those who do not read the whole catalogue; and
those who teach and did not say that they want to be found.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import FromClause, Select, case, insert, literal, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from academic.tables import courses, enrollments, offerings
from academic.visibility import course_visible, offering_visible, user_visible
from federation.tables.posts import posts
from federation.visibility import post_visible
from kernel.entities import TENANT, VIEWER
from search.audiences import EVERYBODY, audience_of, read_audience
from search.documents.reading import read_documents
from search.model import Audience, Institution, Kind, Put, Query, Reference
from tenants.entities import viewer_holds_for_unit
from tenants.model import Access, Permission, Principal, Role, access_of
from tenants.people.operations import NewUser, create_user
from tenants.tables import org_units, role_assignments, users
from tests.integration.graphql.differential.data import furnished
from tests.integration.search.engines import Opened
from tests.world import ROLES, World

_TABLES = {
    Kind.COURSE: courses,
    Kind.OFFERING: offerings,
    Kind.ORG_UNIT: org_units,
    Kind.USER: users,
    Kind.POST: posts,
}
_TEACHING = ("instructor", "assistant", "designer")
_IN_USE = {Kind.COURSE: ("status", "active"), Kind.OFFERING: ("state", "published")}
_numbers = itertools.count(1)
_VIEWERS = (*ROLES, "registrar of a faculty", "auditor of a faculty", "nothing", "nobody")


@dataclass(frozen=True, slots=True)
class Readers:
    """An institution whose rows are all in the engine, and who asks."""

    world: World
    opened: Opened
    slug: str
    principals: Mapping[str, Principal]

    async def found(self, viewer: str, kind: Kind) -> list[int]:
        """What an empty text finds, page by page."""
        principal = self.principals[viewer]
        audience = await self._audience(principal)
        collection, cursor = Institution(principal.tenant), None
        found: list[int] = []
        while True:
            query = Query(kinds=frozenset({kind}), first=100, after=cursor)
            answer = await self.opened.engine.search(collection, query, audience)
            found += [hit.reference.id for hit in answer.hits]
            if not answer.has_next:
                assert answer.total == len(found)
                return found
            cursor = answer.hits[-1].cursor

    async def _audience(self, principal: Principal) -> Audience:
        if not principal.access.is_member:
            return EVERYBODY
        if principal.user_id is None:
            return audience_of(principal.access, None)
        async with self.world.door.read(principal.tenant) as connection:
            return await read_audience(connection, principal.tenant.id, principal.user_id, principal.access)

    async def ids(self, viewer: str, query: Select[Any]) -> set[int]:
        """The ids that a select of the rules gives this viewer."""
        principal = self.principals[viewer]
        given = {"tenant_id": int(principal.tenant.id), "viewer_id": principal.viewer_id}
        async with self.world.door.write(principal) as tx:
            return set((await tx.connection.execute(query, given)).scalars())

    def access(self, viewer: str) -> Access:
        """What they may do."""
        return self.principals[viewer].access


@pytest.fixture(scope="module")
async def readers(world: World, opened: Opened) -> Readers:
    slug = f"exact-{next(_numbers)}"
    made = await furnished(world, slug, shard="one", seed=11)
    principals = {role: await world.principal(slug, role) for role in ROLES}
    async with world.door.write(world.as_system(slug)) as tx:
        for name, role in (("registrar", Role.REGISTRAR), ("auditor", Role.AUDITOR)):
            person = await create_user(tx, user=NewUser(handle=f"{name}-f", given_name="F", family_name=name))
            await tx.connection.execute(
                insert(role_assignments).values(
                    tenant_id=made.tenant.id,
                    id=tx.new_id(),
                    user_id=person,
                    role=str(role),
                    org_unit_id=made.number("faculty"),
                    created_at=tx.now,
                )
            )
            principals[f"{name} of a faculty"] = Principal(made.tenant, person, access_of((), [role]))
        person = await create_user(tx, user=NewUser(handle="plain", given_name="Plain", family_name="Member"))
        principals["nothing"] = Principal(made.tenant, person, access_of(()))
    principals["nobody"] = Principal(made.tenant)
    await _index(world, opened, slug)
    return Readers(world, opened, slug, principals)


async def _index(world: World, opened: Opened, slug: str) -> None:
    tenant = world[slug].tenant
    async with world.door.read(tenant) as connection:
        references = [
            Reference(kind, row["id"])
            for kind, table in _TABLES.items()
            for row in await connection.fetch(
                f"select id from fediflow.{table.name} where tenant_id = $1", int(tenant.id)
            )
        ]
        reading = await read_documents(connection, tenant, references)
    assert reading.faults == {}
    changes = [Put(made.document, reading.version) for made in reading.documents.values()]
    assert list(await opened.engine.store(Institution(tenant), changes)) == []
    await opened.engine.refresh()


@pytest.mark.parametrize("viewer", _VIEWERS)
async def test_courses_are_found_by_who_sees_them(readers: Readers, viewer: str) -> None:
    await _are_found_exactly(
        readers, viewer, Kind.COURSE, _seen_in_use(Kind.COURSE, course_visible, readers, viewer)
    )


@pytest.mark.parametrize("viewer", _VIEWERS)
async def test_offerings_are_found_by_who_sees_them(readers: Readers, viewer: str) -> None:
    wanted = _seen_in_use(Kind.OFFERING, offering_visible, readers, viewer)
    await _are_found_exactly(readers, viewer, Kind.OFFERING, wanted)


@pytest.mark.parametrize("viewer", _VIEWERS)
async def test_org_units_are_found_by_everybody_while_they_are_in_use(readers: Readers, viewer: str) -> None:
    access, row = readers.access(viewer), org_units.alias()
    rules: list[ColumnElement[bool]] = [row.c.status == literal("active")]
    if access.may(Permission.READ_PRIVATE_CATALOG):
        rules.append(true())
    if Permission.READ_PRIVATE_CATALOG in access.by_unit:
        rules.append(viewer_holds_for_unit(Permission.READ_PRIVATE_CATALOG, row.c.id))
    wanted = select(row.c.id).where(row.c.tenant_id == TENANT, or_(*rules))
    await _are_found_exactly(readers, viewer, Kind.ORG_UNIT, wanted)


@pytest.mark.parametrize("viewer", _VIEWERS)
async def test_people_are_found_by_who_sees_them_and_teachers_by_consent(
    readers: Readers, viewer: str
) -> None:
    access, row = readers.access(viewer), users.alias()
    if viewer == "nobody":
        assert await readers.found(viewer, Kind.USER) == []
        return
    # Whoever teaches is seen by all: without those enrollments the rule says who sees them for another reason.
    teaches = (
        select(enrollments.c.id)
        .where(
            enrollments.c.tenant_id == TENANT,
            enrollments.c.user_id == row.c.id,
            enrollments.c.role.in_(_TEACHING),
            enrollments.c.state.in_(("active", "completed")),
        )
        .correlate(row)
        .exists()
    )
    by_other_rules = or_(
        row.c.id == VIEWER,
        true() if access.may(Permission.READ_USERS) else ~teaches,
        row.c.id.in_(_pupils()),
        row.c.id.in_(_people_below(access)),
    )
    wanted = select(row.c.id).where(
        row.c.tenant_id == TENANT,
        row.c.status != literal("deleted"),
        user_visible(access, row),
        or_(row.c.is_searchable, by_other_rules),
    )
    await _are_found_exactly(readers, viewer, Kind.USER, wanted)


def _pupils() -> Select[Any]:
    """Who takes part in what the viewer teaches."""
    own, theirs = enrollments.alias(), enrollments.alias()
    return (
        select(theirs.c.user_id)
        .join(own, (own.c.tenant_id == TENANT) & (own.c.offering_id == theirs.c.offering_id))
        .where(theirs.c.tenant_id == TENANT, own.c.user_id == VIEWER, own.c.state == literal("active"))
        .where(own.c.role.in_(_TEACHING))
    )


def _people_below(access: Access) -> Select[Any]:
    """Who takes part in offerings of the units whose people the viewer reads."""
    theirs, offering, course = enrollments.alias(), offerings.alias(), courses.alias()
    found = (
        select(theirs.c.user_id)
        .join(offering, (offering.c.tenant_id == TENANT) & (offering.c.id == theirs.c.offering_id))
        .join(course, (course.c.tenant_id == TENANT) & (course.c.id == offering.c.course_id))
        .where(theirs.c.tenant_id == TENANT)
    )
    if Permission.READ_USERS not in access.by_unit:
        return found.where(literal(value=False))
    return found.where(viewer_holds_for_unit(Permission.READ_USERS, course.c.org_unit_id))


@pytest.mark.parametrize("viewer", _VIEWERS)
async def test_posts_are_found_by_nobody_who_does_not_see_them(readers: Readers, viewer: str) -> None:
    row = posts.alias()
    seen = await readers.ids(
        viewer,
        select(row.c.id).where(row.c.tenant_id == TENANT, post_visible(readers.access(viewer), row)),
    )
    found = await readers.found(viewer, Kind.POST)
    assert len(found) == len(set(found))
    assert set(found) - seen == set()


async def test_there_is_something_to_tell_apart(readers: Readers) -> None:
    found = {
        viewer: {kind: frozenset(await readers.found(viewer, kind)) for kind in Kind} for viewer in _VIEWERS
    }
    for kind in (Kind.COURSE, Kind.OFFERING, Kind.USER):
        assert len({one[kind] for one in found.values()}) >= 4, kind
    assert len(found["nothing"][Kind.POST]) > len(found["nobody"][Kind.POST]) > 0


def _seen_in_use(kind: Kind, visible_to: Any, readers: Readers, viewer: str) -> Select[Any]:
    """The rule over rows of which those that are not in use are as if they were private."""
    table = _TABLES[kind]
    column, in_use = _IN_USE[kind]
    shown = case((table.c[column] == literal(in_use), table.c.visibility), else_=literal("private"))
    others = [one for one in table.c if one.name != "visibility"]
    row: FromClause = select(*others, shown.label("visibility")).where(table.c.tenant_id == TENANT).subquery()
    return select(row.c["id"]).where(visible_to(readers.access(viewer), row))


async def _are_found_exactly(readers: Readers, viewer: str, kind: Kind, wanted: Select[Any]) -> None:
    found = await readers.found(viewer, kind)
    assert len(found) == len(set(found))
    seen = await readers.ids(viewer, wanted)
    assert set(found) - seen == set(), "found, but not seen"
    assert seen - set(found) == set(), "seen, but not found"
