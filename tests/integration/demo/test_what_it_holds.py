"""What the demo promises about each university."""

from collections import Counter

import pytest

from fediflow.demo import UNIVERSITIES, University
from tenants.directory import Directory
from tests.integration.demo.world import TODAY, World

each_university = pytest.mark.parametrize("university", UNIVERSITIES, ids=lambda one: one.slug)


async def test_two_universities_share_a_shard_and_one_is_elsewhere(demo: World) -> None:
    placed = Counter([await demo.shard_of(university) for university in UNIVERSITIES])

    assert sorted(placed.values()) == [1, 2]


async def test_the_directory_finds_them_by_host(demo: World) -> None:
    directory = Directory(demo.directory)

    found = [await directory.by_host(f"{university.slug}.localhost:8000") for university in UNIVERSITIES]

    assert [tenant.slug for tenant in found if tenant] == [university.slug for university in UNIVERSITIES]


@each_university
@pytest.mark.parametrize(
    ("table", "least"), [("users", 2_000), ("courses", 300), ("offerings", 600), ("enrollments", 12_000)]
)
async def test_there_is_enough_of_everything(
    demo: World, university: University, table: str, least: int
) -> None:
    assert await demo.value(university, f"select count(*) from fediflow.{table}") >= least


@each_university
async def test_offerings_lie_in_three_semesters_around_today(demo: World, university: University) -> None:
    rows = await demo.rows(
        university,
        "select t.starts_on, t.ends_on, count(*) as offerings from fediflow.offerings o"
        " join fediflow.academic_sessions t on t.id = o.academic_session_id and t.kind = 'semester'"
        " group by t.id, t.starts_on, t.ends_on order by t.starts_on",
    )

    past, current, following = rows
    assert past["ends_on"] < current["starts_on"] <= TODAY <= current["ends_on"] < following["starts_on"]
    assert sum(row["offerings"] for row in rows) == await demo.value(
        university, "select count(*) from fediflow.offerings"
    )


@each_university
async def test_sessions_lie_inside_each_other(demo: World, university: University) -> None:
    rows = await demo.rows(
        university,
        "select s.kind, p.kind as around, s.starts_on >= p.starts_on and s.ends_on <= p.ends_on as inside"
        " from fediflow.academic_sessions s join fediflow.academic_sessions p on p.id = s.parent_id",
    )

    assert all(row["inside"] for row in rows)
    assert {(row["around"], row["kind"]) for row in rows} == {
        ("academic_year", "semester"),
        ("semester", "teaching_period"),
    }


@each_university
async def test_every_state_visibility_and_delivery_occurs(demo: World, university: University) -> None:
    async def values(query: str) -> set[str]:
        return {next(iter(row.values())) for row in await demo.rows(university, query)}

    assert await values("select distinct state from fediflow.enrollments") == {
        *("requested", "invited", "waitlisted", "offered", "active"),
        *("suspended", "completed", "denied", "withdrawn"),
    }
    assert await values("select distinct visibility from fediflow.offerings") == {
        *("public", "federation", "tenant", "private")
    }
    assert await values("select distinct role from fediflow.enrollments") >= {
        *("student", "instructor", "assistant", "guest")
    }
    assert await values("select distinct unnest(delivery_modes) from fediflow.offerings") == {
        *("on_campus", "hybrid", "online")
    }


@each_university
async def test_every_course_says_the_same_in_both_languages(demo: World, university: University) -> None:
    first, second = university.languages
    rows = await demo.rows(university, "select title, description, sort_title from fediflow.courses")

    for row in rows:
        assert set(row["title"]) == set(row["description"]) == {first, second}
        assert row["sort_title"] == row["title"][first]
    assert (
        len({row["title"][second] for row in rows}) == len({row["title"][first] for row in rows}) == len(rows)
    )


@each_university
async def test_results_are_in_the_countrys_scheme(demo: World, university: University) -> None:
    grading = university.grading
    rows = await demo.rows(
        university,
        "select r.scheme, r.value, r.is_passed, r.credits, e.state from fediflow.results r"
        " join fediflow.enrollments e on e.id = r.enrollment_id",
    )

    passing = set(grading.values[: grading.passing])
    assert {row["scheme"] for row in rows} == {grading.scheme}
    assert {row["value"] for row in rows} == set(grading.values)
    assert all(row["is_passed"] == (row["value"] in passing) == bool(row["credits"]) for row in rows)
    assert {row["state"] for row in rows} == {"completed"}


@each_university
async def test_nothing_has_happened_in_the_future(demo: World, university: University) -> None:
    for table, column in (
        ("users", "updated_at"),
        ("users", "last_sign_in_at"),
        ("courses", "updated_at"),
        ("offerings", "updated_at"),
        ("enrollments", "updated_at"),
        ("enrollment_transitions", "created_at"),
        ("results", "recorded_at"),
    ):
        latest = await demo.value(university, f"select max({column}) from fediflow.{table}")
        assert latest.date() < TODAY, table


@each_university
async def test_people_sort_by_name_as_their_language_does(demo: World, university: University) -> None:
    rows = await demo.rows(university, "select given_name from fediflow.users order by sort_name, id")

    seen = list(dict.fromkeys(row["given_name"] for row in rows))
    assert len(seen) >= 50
    if university.slug == "auenfels":
        assert seen.index("Katharina") < seen.index("Käthe") < seen.index("Kilian")
        assert seen.index("Nora") < seen.index("Ömer") < seen.index("Oskar")


@each_university
async def test_the_units_form_one_tree_with_its_closure(demo: World, university: University) -> None:
    rows = await demo.rows(
        university,
        "with recursive above as (select id as unit, id as ancestor, 0 as depth from fediflow.org_units"
        " union all select a.unit, u.parent_id, a.depth + 1 from above a join fediflow.org_units u"
        " on u.id = a.ancestor where u.parent_id is not null)"
        " (select unit, ancestor, depth from above except"
        "  select descendant_id, ancestor_id, depth from fediflow.org_unit_ancestors) union all"
        " (select descendant_id, ancestor_id, depth from fediflow.org_unit_ancestors except"
        "  select unit, ancestor, depth from above)",
    )
    kinds = await demo.rows(
        university, "select kind, count(*) as many from fediflow.org_units group by kind order by many"
    )

    assert rows == []
    assert [tuple(row.values()) for row in kinds] == [("university", 1), ("faculty", 4), ("department", 12)]
