"""Which statements are shared, and how their texts are kept."""

import pytest

from api.plan.catalogue import changes_catalogue
from api.plan.planner import Planner
from api.plan.shareable import shared_key
from api.response_cache.entries import LocalEntries
from api.schema.build import ENTITIES, SCHEMA
from tenants.model import ANONYMOUS, Access, Role, access_of

REGISTRAR, STUDENT = access_of([Role.REGISTRAR]), access_of([Role.STUDENT])
WIDE = """query Wide($id: ID!) {
  courses(first: 5, filter: {codePrefix: "a"}, orderBy: {field: CODE, direction: DESC}) {
    totalCount totalCountIsCapped pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node {
      id title { text } description(languages: ["de"]) { text } credits { value scheme } updatedAt
      orgUnit { code name { text } attributes { value } externalIds { type } parent { id } children { nodes { id } } }
      attributes { value definition { name } }
      offerings { nodes {
        capacity waitlistCapacity state place { name } academicSession { code parent { id } }
        enrollmentWindows { opensAt } sections { nodes { code externalIds { type } } } } } } } }
  course(id: $id) { code }
  termAt(date: "2031-01-01") { code }
}"""


def _keys(document: str, access: Access) -> list[bytes]:
    planner = Planner(SCHEMA, ENTITIES)
    operation = planner.documents.get(document).operation(None)
    variables = {"id": "course_1"} if "$id" in document else {}
    return [one.shared_key for one in planner.query(operation, access, variables).statements]


@pytest.mark.parametrize("access", [ANONYMOUS, REGISTRAR])
def test_the_whole_catalogue_is_shared(access: Access) -> None:
    assert all(_keys(WIDE, access))


def test_those_who_see_the_same_share_and_others_do_not() -> None:
    analyst = access_of([Role.ANALYST])
    assert _keys("{ courses { nodes { code } } }", REGISTRAR) == _keys(
        "{ courses { nodes { code } } }", analyst
    )
    assert _keys("{ courses { nodes { code } } }", REGISTRAR) != _keys(
        "{ courses { nodes { code } } }", ANONYMOUS
    )


@pytest.mark.parametrize(
    ("document", "access"),
    [
        ("{ courses { nodes { code } } }", STUDENT),
        ("{ sections { nodes { code } } }", STUDENT),
        ("{ offerings { nodes { seatsFree } } }", ANONYMOUS),
        ("{ offerings { nodes { seatsTaken } } }", REGISTRAR),
        ("{ offerings { nodes { enrollments { totalCount } } } }", REGISTRAR),
        ("{ users { nodes { id } } }", REGISTRAR),
        ("{ viewer { id } }", STUDENT),
    ],
)
def test_what_people_are_in_is_not_shared(document: str, access: Access) -> None:
    assert not any(_keys(document, access))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT now() FROM fediflow.courses AS c",
        "SELECT CURRENT_DATE FROM fediflow.courses AS c",
        "SELECT current_setting('app.tenant_id') FROM fediflow.courses AS c",
        "SELECT c.code FROM fediflow.courses AS c, fediflow.sessions AS s",
        "SELECT s.taken FROM fediflow.offering_seats AS s",
        "SELECT s.* FROM fediflow.offering_seats AS s",
        "SELECT taken FROM fediflow.offering_seats",
        "SELECT fediflow.anything(c.code) FROM fediflow.courses AS c",
    ],
)
def test_what_is_unknown_is_not_shared(sql: str) -> None:
    assert shared_key(sql, ("tenant_id",)) == b""


def test_a_statement_that_binds_the_viewer_is_not_shared() -> None:
    sql = "SELECT c.code FROM fediflow.courses AS c"
    assert shared_key(sql, ("tenant_id",))
    assert not shared_key(sql, ("tenant_id", "viewer_id"))


@pytest.mark.parametrize(
    ("told", "changes"),
    [
        ([("course.updated", "course")], True),
        ([("user.updated", "user"), ("section.archived", "section")], True),
        ([("offering.seats_changed", "offering"), ("enrollment.changed", "enrollment")], False),
        ([], False),
    ],
)
def test_seats_are_no_change_of_the_catalogue(told: list[tuple[str, str]], changes: bool) -> None:
    assert changes_catalogue(told) is changes


def test_what_was_used_longest_ago_is_forgotten_first() -> None:
    kept = LocalEntries(most=3_000)
    for name in (b"a", b"b"):
        kept.put(name, b"stamp", [b"x" * 900, None])
    assert kept.get(b"a", b"stamp") == [b"x" * 900, None]
    kept.put(b"c", b"stamp", [b"x" * 900])
    assert kept.get(b"b", b"stamp") is None
    assert kept.get(b"a", b"stamp") is not None
    assert kept.get(b"a", b"another") is None


def test_an_answer_that_is_kept_again_takes_its_own_place() -> None:
    kept = LocalEntries(most=3_000)
    for number in range(100):
        kept.put(b"a", b"%d" % number, [b"x" * 900])
    kept.put(b"b", b"stamp", [b"x" * 900])
    assert kept.get(b"a", b"99") is not None
