"""Which tokens people hold: their rights, what they take part in and teach, whom they do not want to meet."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from search.audiences import read_audience
from search.model import Audience
from tenants.tables import role_assignments
from tests.integration.graphql.social import Social, made_social
from tests.world import Institution, World

SLUG = "audiences"


@pytest.fixture(scope="module")
async def social(world: World) -> Social:
    """An institution of its own, whose people joined the social web."""
    return await made_social(world, SLUG)


@pytest.fixture
def here(social: Social) -> Institution:
    """The institution."""
    return social.world[SLUG]


async def held(world: World, role: str) -> Audience:
    """What somebody holds just now."""
    principal = await world.principal(SLUG, role)
    assert principal.user_id is not None
    async with world.door.read(principal.tenant) as connection:
        return await read_audience(connection, principal.tenant.id, principal.user_id, principal.access)


async def test_rights_in_the_whole_institution_are_tokens(world: World, here: Institution) -> None:
    rights = {"catalog", "users"}
    expected = {
        "tenant_admin": rights,
        "registrar": rights,
        "analyst": {"catalog"},
        "auditor": rights,
    }
    for role, tokens in expected.items():
        user = here.number(f"user:{role}")
        said = await held(world, role)
        assert said.tokens == {"public", "members", f"user:{user}", f"written:{user}", *tokens}
        assert said.without == frozenset()


async def test_who_takes_part_holds_the_offering_and_its_course_and_who_teaches_its_people(
    world: World, here: Institution
) -> None:
    course, offering = here.number("course:1"), here.number("offering:1")
    for role, more in (("student", set()), ("instructor", {f"taught:{offering}"})):
        user = here.number(f"user:{role}")
        own = {"public", "members", f"user:{user}", f"written:{user}"}
        part = {f"course:{course}", f"offering:{offering}"}
        assert (await held(world, role)).tokens == own | part | more


async def test_rights_for_an_org_unit_are_tokens_of_the_unit(world: World, here: Institution) -> None:
    faculty = here.number("faculty")
    async with world.door.write(world.as_system(SLUG)) as tx:
        for role, user in (("registrar", "analyst"), ("analyst", "instructor")):
            await tx.connection.execute(
                insert(role_assignments).values(
                    tenant_id=tx.tenant_id,
                    id=tx.new_id(),
                    user_id=here.number(f"user:{user}"),
                    role=role,
                    org_unit_id=faculty,
                    created_at=tx.now,
                )
            )
    analyst, instructor = await held(world, "analyst"), await held(world, "instructor")
    assert {"catalog", f"users:{faculty}"} <= analyst.tokens  # the catalogue is theirs as a whole
    assert not {f"catalog:{faculty}", "users"} & analyst.tokens
    assert f"catalog:{faculty}" in instructor.tokens
    assert not {"catalog", "users", f"users:{faculty}"} & instructor.tokens


async def test_blocks_either_way_and_mutes_that_last_are_not_wanted(world: World, social: Social) -> None:
    user = world[SLUG].number("user:student")
    now = datetime.now(UTC)
    async with social.writing() as new:
        past = await new.actor("past", host="far.example")
        longer = await new.actor("longer", host="far.example")
        for blocker, blocked in (("student", "ada"), ("eve", "student")):
            await new.row(
                "blocks",
                actor_id=social.actors[blocker],
                blocked_id=social.actors[blocked],
                activity_address=f"https://{social.host}/blocks/{blocker}",
            )
        instructor = social.actors["instructor"]
        for muted, until in (
            (instructor, None),
            (past, now - timedelta(hours=1)),
            (longer, now + timedelta(hours=1)),
        ):
            await new.row("mutes", user_id=user, muted_id=muted, until=until)
        await new.row("muted_domains", user_id=user, domain="loud.example")
    expected = {f"by:{one}" for one in (social.actors["ada"], social.actors["eve"], instructor, longer)}
    assert (await held(world, "student")).without == {*expected, "host:loud.example"}
    assert (await held(world, "registrar")).without == frozenset()
