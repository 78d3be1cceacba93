"""Which changes end what is kept: all of the catalogue, and no enrolment."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from api.plan.catalogue import CATALOGUE_SCOPES, NOT_CATALOGUE, OBJECTS, TABLES
from api.schema.build import SCHEMA
from fediflow.local.redis import RedisServer
from tenants.model import Scope
from tests.databases import Databases
from tests.integration.response_cache.stage import Gate, version_of
from tests.world import World

Given = dict[str, Any]
_NAME = [{"language": "en", "text": "Changed"}]

# In this order: each is given what those before it made, by the name of the noun.
CHANGES: tuple[tuple[str, Callable[[dict[str, str]], Given]], ...] = (
    ("createOrgUnit", lambda made: {"code": "RC1", "name": _NAME, "parentId": made["unit"]}),
    ("updateOrgUnit", lambda made: {"id": made["orgUnit"], "name": [{"language": "en", "text": "Other"}]}),
    (
        "createAcademicSession",
        lambda made: {"code": "RC1", "title": _NAME, "startsOn": "2031-01-01", "endsOn": "2031-06-30"},
    ),
    ("updateAcademicSession", lambda made: {"id": made["academicSession"], "endsOn": "2031-07-31"}),
    ("createCourse", lambda made: {"orgUnitId": made["orgUnit"], "code": "RC1", "title": _NAME}),
    ("updateCourse", lambda made: {"id": made["course"], "teachingLanguages": ["fr"]}),
    (
        "createOffering",
        lambda made: {
            "courseId": made["course"],
            "academicSessionId": made["academicSession"],
            "code": "RC1",
            "capacity": 2,
        },
    ),
    ("updateOffering", lambda made: {"id": made["offering"], "startsOn": str(date(2031, 2, 1))}),
    ("publishOffering", lambda made: {"id": made["offering"]}),
    ("changeCapacity", lambda made: {"id": made["offering"], "capacity": 3}),
    ("createSection", lambda made: {"offeringId": made["offering"], "code": "RC1"}),
    ("updateSection", lambda made: {"id": made["section"], "code": "RC2"}),
    ("archiveSection", lambda made: {"id": made["section"]}),
    ("cancelOffering", lambda made: {"id": made["offering"]}),
    ("archiveOffering", lambda made: {"id": made["offering"]}),
    ("archiveCourse", lambda made: {"id": made["course"]}),
    ("archiveOrgUnit", lambda made: {"id": made["orgUnit"]}),
    ("archiveAcademicSession", lambda made: {"id": made["academicSession"]}),
    ("declareAttribute", lambda made: {"owner": "COURSE", "name": "rc", "valueType": "TEXT", "label": _NAME}),
)
# Whatever else can be changed belongs to people, or to what passes between them and other servers.
OF_PEOPLE = {
    None,  # sessions
    Scope.ENROLLMENTS_WRITE,
    Scope.USERS_WRITE,
    Scope.TOKENS_WRITE,
    Scope.IDENTITIES_WRITE,
    Scope.POSTS_WRITE,
    Scope.FOLLOWS_WRITE,
    Scope.MODERATION_WRITE,
    Scope.FEDERATION_OPERATE,
    Scope.NOTIFICATIONS_WRITE,
    Scope.SEARCHES_WRITE,  # and what an institution says of its search, whose answers are not kept here
}


def test_every_mutation_is_of_the_catalogue_or_of_people() -> None:
    assert SCHEMA.mutation_type is not None
    named = {name for name, _ in CHANGES}
    bound: dict[str, Any] = {
        name: field.extensions["strawberry-definition"].metadata["bind"]
        for name, field in SCHEMA.mutation_type.fields.items()
    }
    unknown = {name for name, bind in bound.items() if name not in named and bind.scope not in OF_PEOPLE}
    assert not unknown, f"does {unknown} change the catalogue? Then it belongs into CHANGES"
    assert CATALOGUE_SCOPES.isdisjoint(OF_PEOPLE)


async def test_every_change_of_the_catalogue_makes_another_version_before_it_answers(
    world: World, reader: Gate, own_redis: RedisServer
) -> None:
    institution = world["beta"]
    made = {"unit": institution.ids["unit"]}
    for name, given in CHANGES:
        before = await version_of(own_redis.url, institution.tenant)
        noun = await _run(reader, name, given(made), made)
        after = await version_of(own_redis.url, institution.tenant)
        assert after != before, f"{name} of {noun} left the version as it was"


async def test_a_change_in_one_institution_leaves_the_others(
    world: World, reader: Gate, writer: Gate, own_redis: RedisServer, course: str
) -> None:
    before = await version_of(own_redis.url, world["gamma"].tenant)
    await writer.rename(course, "Of alpha")
    assert await version_of(own_redis.url, world["gamma"].tenant) == before


async def test_an_enrolment_leaves_what_is_kept(
    world: World, reader: Gate, own_redis: RedisServer, offering: str
) -> None:
    before = await version_of(own_redis.url, world["alpha"].tenant)
    enrolled = await reader.world.data(
        "mutation Enrol($id: ID!) { enrol(input: {offeringId: $id}) { enrollment { state } } }",
        {"id": offering},
        role="student",
    )
    assert enrolled["enrol"]["enrollment"]["state"] == "ACTIVE"
    assert await version_of(own_redis.url, world["alpha"].tenant) == before


@pytest.fixture
async def watched(databases: Databases) -> Any:
    """Every transaction that writes a table of the catalogue leaves its number in `catalogue_writers`."""
    tables = sorted({*TABLES})
    async with databases.driver(databases.shards["two"], None) as administrator:
        await administrator.execute(_WATCH)
        for table in tables:
            await administrator.execute(
                f"create trigger watched after insert or update or delete on fediflow.{table}"
                " for each statement execute function public.noted()"
            )
        yield administrator
        for table in tables:
            await administrator.execute(f"drop trigger watched on fediflow.{table}")
        await administrator.execute("drop function public.noted(); drop table public.catalogue_writers")


async def test_no_transaction_changes_the_catalogue_without_telling(
    world: World, watched: Any, reader: Gate
) -> None:
    made = {"unit": world["beta"].ids["unit"]}
    for name, given in CHANGES[:-1]:
        await _run(reader, name, {**given(made), **_OTHERWISE.get(name, {})}, made)
    await reader.world.data(
        "mutation Enrol($id: ID!) { enrol(input: {offeringId: $id}) { enrollment { state } } }",
        {"id": world["beta"].ids["offering:5"]},
        at="beta",
        role="student",
    )
    assert (
        await watched.fetchval("select count(distinct xid) from public.catalogue_writers") == len(CHANGES) - 1
    )
    silent = await watched.fetch(_SILENT, list(OBJECTS), NOT_CATALOGUE)
    assert silent == []


async def _run(gate: Gate, name: str, given: Given, made: dict[str, str]) -> str:
    assert SCHEMA.mutation_type is not None
    field = SCHEMA.mutation_type.fields[name]
    payload = field.type.of_type  # type: ignore[union-attr]
    noun = next(one for one in payload.fields if one != "userErrors")
    document = (
        f"mutation Change($i: {field.args['input'].type}) {{"
        f" {name}(input: $i) {{ {noun} {{ id }} userErrors {{ message }} }} }}"
    )
    answer = (await gate.world.data(document, {"i": given}, at="beta"))[name]
    assert answer["userErrors"] == [], name
    made[noun] = answer[noun]["id"]
    return noun


# The codes of the other test are taken.
_OTHERWISE: dict[str, Given] = {
    name: {"code": "RC9"}
    for name in ("createOrgUnit", "createAcademicSession", "createCourse", "createOffering")
}
_WATCH = """
create table public.catalogue_writers (xid xid8 not null);
create function public.noted() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.catalogue_writers values (pg_current_xact_id());
  return null;
end $$;
"""
_SILENT = """
select xid from public.catalogue_writers writer where not exists (
  select from fediflow.outbox where xmin = writer.xid::xid and object_type = any($1) and event <> $2)
"""
