"""The sample persons: who they are, what they have, and that they get in."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from fediflow.demo import DEMO_PASSWORD, SAMPLES, UNIVERSITIES, University, tokens
from kernel.ids import FixedLease, IdFactory
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import Role
from tenants.people.model import checked_password
from tenants.signin.people import person_of_token
from tenants.signin.tokens import parse_token
from tests.integration.demo.world import World

each_university = pytest.mark.parametrize("university", UNIVERSITIES, ids=lambda one: one.slug)

_OF_STUDENT = """
    select e.state, t.starts_on, o.id as offering_id from fediflow.enrollments e
    join fediflow.users u on u.id = e.user_id and u.handle = '{handle}'
    join fediflow.offerings o on o.id = e.offering_id
    join fediflow.academic_sessions t on t.id = o.academic_session_id
    order by t.starts_on, e.id"""


def test_the_password_is_one_that_may_be_set() -> None:
    assert checked_password(DEMO_PASSWORD, ["password"]) == DEMO_PASSWORD


@each_university
async def test_only_the_samples_have_a_password_and_it_is_the_known_one(
    demo: World, university: University
) -> None:
    rows = await demo.rows(
        university,
        "select u.handle, c.password_hash from fediflow.credentials c join fediflow.users u on u.id = c.user_id",
    )

    assert {row["handle"] for row in rows} == {sample.handle for sample in SAMPLES}
    (kept,) = {row["password_hash"] for row in rows}
    assert PasswordHasher().verify(kept, DEMO_PASSWORD)


@each_university
async def test_each_sample_holds_its_role_and_one_registrar_only_a_faculty(
    demo: World, university: University
) -> None:
    rows = await demo.rows(
        university,
        "select u.handle, r.role, o.kind from fediflow.role_assignments r"
        " join fediflow.users u on u.id = r.user_id left join fediflow.org_units o on o.id = r.org_unit_id"
        " join fediflow.credentials c on c.user_id = u.id",
    )

    assert {(row["handle"], row["role"], row["kind"]) for row in rows} == {
        (sample.handle, sample.role.value, "faculty" if sample.in_unit else None) for sample in SAMPLES
    }


@each_university
async def test_the_student_has_something_of_everything(demo: World, university: University) -> None:
    rows = await demo.rows(university, _OF_STUDENT.format(handle="student"))

    terms = sorted({row["starts_on"] for row in rows})
    states = [Counter(row["state"] for row in rows if row["starts_on"] == term) for term in terms]
    assert states == [
        Counter(completed=5),
        Counter(active=3, waitlisted=1),
        Counter(active=1, requested=1),
    ]


@each_university
async def test_the_instructor_teaches_who_they_are_shown_with(demo: World, university: University) -> None:
    taught = await demo.rows(university, _OF_STUDENT.format(handle="instructor"))
    taken = await demo.rows(university, _OF_STUDENT.format(handle="student"))

    shared = {row["offering_id"] for row in taught} & {row["offering_id"] for row in taken}
    assert Counter(row["state"] for row in taught) == Counter(active=5)
    assert len(shared) == 5


async def test_the_tokens_are_those_of_the_five_roles_for_a_day(demo: World) -> None:
    directory = Directory(demo.directory)
    door = Door(demo.readers, new_id=IdFactory(FixedLease(9), lambda: time.time_ns() // 1_000_000))

    made = await tokens(door=door, directory=directory)

    now = datetime.now(UTC)
    assert [one.slug for one in made] == [university.slug for university in UNIVERSITIES]
    for one in made:
        tenant = await directory.by_slug(one.slug)
        assert tenant is not None
        assert (one.host, one.shard) == (f"{one.slug}.localhost", tenant.shard)
        assert list(one.tokens) == ["tenant_admin", "registrar", "instructor", "student", "analyst"]
        for role, text in one.tokens.items():
            token = parse_token(text)
            assert token is not None
            assert text.startswith(f"ff_{one.slug}_{token.id}_")
            person = await person_of_token(door, tenant, token, now)
            assert person.access.roles == {Role(role)}
            assert timedelta(hours=23) < person.until - now < timedelta(hours=25)
