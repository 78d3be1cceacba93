"""What an object shows: by every path the same, with every scope what it reaches, and the term of today."""

from typing import Any

import pytest

from tenants.model import Scope
from tests.integration.graphql.complaints.conftest import SLUG
from tests.integration.graphql.institutions import new_token
from tests.world import Institution, World

# ---- "a token with scopes gets nothing at all" ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "document"),
    [
        (
            Scope.COURSES_READ,
            "{ courses { totalCount nodes { code offerings { nodes { sections { nodes { code } } } } } }"
            " currentTerm { code } }",
        ),
        (Scope.ENROLLMENTS_READ, "{ enrollments { totalCount nodes { state transitions { totalCount } } } }"),
        (
            Scope.USERS_READ,
            '{ viewer { handle roles { role } } users(filter: {handle: "student"}) { totalCount nodes { handle } } }',
        ),
        (Scope.ORG_UNITS_READ, "{ orgUnits { totalCount nodes { code children { nodes { code } } } } }"),
    ],
)
async def test_a_token_with_a_scope_reads_all_that_its_person_reads_with_it(
    world: World, here: Institution, scope: Scope, document: str
) -> None:
    for role in ("tenant_admin", "student"):
        scoped = await new_token(world.door, here, role, frozenset({scope}))
        whole = await world.data(document, at=SLUG, role=role)
        assert await world.data(document, at=SLUG, token=scoped) == whole
        assert any(one for one in whole.values())


async def test_what_a_scope_does_not_reach_is_named_and_not_silently_empty(
    world: World, here: Institution
) -> None:
    token = await new_token(world.door, here, "tenant_admin", frozenset({Scope.COURSES_READ}))
    answer = await world.ask("{ users { totalCount } courses { totalCount } }", at=SLUG, token=token)
    (error,) = answer.json["errors"]
    assert error["path"] == ["users"]
    assert error["extensions"]["scope"] == "users:read"


# ---- "a field is null by one path and not by another" ----------------------------------------------------------------

_OFFERING = "id code title { text language } state seatsTaken seatsFree effectiveStartsOn place { name } course { code } academicSession { code } version"
_USER = (
    "id handle displayName preferredLanguage status lastSignInAt emails { address } roles { role } createdAt"
)
_ENROLLMENT = "id state role waitlistPosition stateChangedAt section { code } result { value } user { handle } offering { code }"
_COURSE = "id code title { text } credits { value } orgUnit { code } visibility eqfLevel"

# Where the object of a path stands in the answer; a `[]` takes the one with the id.
PATHS: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "Offering": (
        "offering:1",
        _OFFERING,
        [
            ("{ x: offering(id: $id) { FIELDS } }", "x"),
            ("{ x: node(id: $id) { ... on Offering { FIELDS } } }", "x"),
            ("{ x: nodes(ids: [$id]) { ... on Offering { FIELDS } } }", "x.[]"),
            ("{ x: offerings(first: 100) { nodes { FIELDS } } }", "x.nodes.[]"),
            ("{ x: offerings(last: 100) { edges { node { FIELDS } } } }", "x.edges.[].node"),
            ('{ x: course(code: "C1") { offerings { nodes { FIELDS } } } }', "x.offerings.nodes.[]"),
            ("{ x: currentTerm { offerings(first: 100) { nodes { FIELDS } } } }", "x.offerings.nodes.[]"),
            (
                "{ x: viewer { enrollments { nodes { offering { FIELDS } } } } }",
                "x.enrollments.nodes.[].offering",
            ),
            ("{ x: sections { nodes { offering { FIELDS } } } }", "x.nodes.[].offering"),
        ],
    ),
    "User": (
        "user:student",
        _USER,
        [
            ("{ x: user(id: $id) { FIELDS } }", "x"),
            ('{ x: user(handle: "student") { FIELDS } }', "x"),
            ("{ x: node(id: $id) { ... on User { FIELDS } } }", "x"),
            ('{ x: users(filter: {handle: "student"}) { nodes { FIELDS } } }', "x.nodes.[]"),
            ("{ x: enrollments { nodes { user { FIELDS } } } }", "x.nodes.[].user"),
            (
                '{ x: course(code: "C1") { offerings { nodes { enrollments { nodes { user { FIELDS } } } } } } }',
                "x.offerings.nodes.[].enrollments.nodes.[].user",
            ),
        ],
    ),
    "Enrollment": (
        "enrollment:student",
        _ENROLLMENT,
        [
            ("{ x: enrollment(id: $id) { FIELDS } }", "x"),
            ("{ x: node(id: $id) { ... on Enrollment { FIELDS } } }", "x"),
            ("{ x: enrollments { nodes { FIELDS } } }", "x.nodes.[]"),
            ('{ x: user(handle: "student") { enrollments { nodes { FIELDS } } } }', "x.enrollments.nodes.[]"),
            (
                "{ x: sections { nodes { enrollments { nodes { FIELDS } } } } }",
                "x.nodes.[].enrollments.nodes.[]",
            ),
        ],
    ),
    "Course": (
        "course:1",
        _COURSE,
        [
            ("{ x: course(id: $id) { FIELDS } }", "x"),
            ("{ x: nodes(ids: [$id]) { ... on Course { FIELDS } } }", "x.[]"),
            ('{ x: courses(filter: {codePrefix: "C"}) { nodes { FIELDS } } }', "x.nodes.[]"),
            ('{ x: orgUnit(code: "F") { courses { nodes { FIELDS } } } }', "x.courses.nodes.[]"),
            ("{ x: offerings { nodes { course { FIELDS } } } }", "x.nodes.[].course"),
        ],
    ),
}


def _found(value: Any, path: list[str], wanted: str) -> list[Any]:
    """The objects at the end of a path that have this id."""
    if value is None:
        return []
    if not path:
        return [value] if value["id"] == wanted else []
    if path[0] == "[]":
        return [one for item in value for one in _found(item, path[1:], wanted)]
    return _found(value[path[0]], path[1:], wanted)


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize("role", ["tenant_admin", "student", "instructor"])
async def test_an_object_is_the_same_by_every_path(
    world: World, here: Institution, kind: str, role: str
) -> None:
    name, fields, paths = PATHS[kind]
    wanted = here.ids[name]
    answers = []
    for document, path in paths:
        text = document.replace("FIELDS", fields)
        # Every variable must be used, so the id is declared only where it is.
        text, given = (f"query($id: ID!) {text}", {"id": wanted}) if "$id" in text else (text, {})
        data = await world.data(text, given, at=SLUG, role=role)
        found = _found(data["x"], path.split(".")[1:], wanted)
        if not (path.startswith("x.enrollments") and not found):  # the administrator takes part in nothing
            assert found, (role, document)
        answers += found
    assert len(answers) >= 5
    assert all(answer == answers[0] for answer in answers)


# ---- "there is no current term" --------------------------------------------------------------------------------------


async def test_the_current_term_and_that_of_any_day_are_fields(world: World, here: Institution) -> None:
    data = await world.data(
        '{ currentTerm { code startsOn endsOn offerings { totalCount } } termAt(date: "1999-01-01") { code } }',
        at=SLUG,
    )
    assert data["currentTerm"]["code"] == "T1"
    assert data["currentTerm"]["offerings"]["totalCount"] == 5
    assert data["termAt"] is None
    for day in (data["currentTerm"]["startsOn"], data["currentTerm"]["endsOn"]):
        at = await world.data("query($d: Date!) { termAt(date: $d) { code } }", {"d": day}, at=SLUG)
        assert at["termAt"] == {"code": "T1"}
