"""Fetching what the world's institutions publish, and people of them who joined."""

from typing import Any

from academic.courses.courses import NewCourse, create_course
from academic.courses.lifecycle import publish_offering
from academic.courses.offerings import NewOffering, create_offering
from tests.world import Answer, World

ACTIVITY = "application/activity+json"
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
BASE = "http://{slug}.test:8000"
JOIN = """
mutation Join($input: JoinFederationInput!) {
  joinFederation(input: $input) { actor { id address handle displayName } userErrors { code message path } }
}
"""


async def get(
    world: World, target: str, *, at: str = "alpha", accept: str = ACTIVITY, **headers: str
) -> Answer:
    """GET of a path, or of an address of the institution."""
    path = target.removeprefix(BASE.format(slug=at))
    sent = {"host": f"{at}.test:8000", "accept": accept}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.request("GET", path, headers=sent)


async def joined(world: World, role: str, *, at: str = "alpha", **given: Any) -> dict[str, Any]:
    """The actor of one of the people, who joins; whoever is there since another test leaves first."""
    await world.data("mutation { leaveFederation { userErrors { code } } }", at=at, role=role)
    data = await world.data(JOIN, {"input": given}, at=at, role=role)
    assert data["joinFederation"]["userErrors"] == []
    actor: dict[str, Any] = data["joinFederation"]["actor"]
    return actor


def number(address: str) -> int:
    """The id that an address ends with."""
    return int(address.rpartition("/")[2])


POST = """
mutation Post($input: CreatePostInput!) {
  createPost(input: $input) { post { id address } userErrors { code message path } }
}
"""


async def posted(world: World, role: str, text: str, *, at: str = "alpha", **given: Any) -> str:
    """The address of a new post."""
    data = await world.data(POST, {"input": {"text": text, **given}}, at=at, role=role)
    assert data["createPost"]["userErrors"] == []
    address: str = data["createPost"]["post"]["address"]
    return address


async def new_course(
    world: World, code: str, *, at: str = "alpha", visibility: str = "public", **offering: Any
) -> tuple[int, int]:
    """A course with a published offering: their ids."""
    institution = world[at]
    async with world.door.write(world.as_system(at)) as tx:
        course = await create_course(
            tx,
            course=NewCourse(
                org_unit_id=institution.number("faculty"),
                code=code,
                title={institution.tenant.languages[0]: f"Kurs {code}", "en": f"Course {code}"},
                description={"en": f"About {code} <script>alert(1)</script>"},
                teaching_languages=["en"],
                visibility=visibility,
            ),
        )
        made = await create_offering(
            tx,
            offering=NewOffering(
                course_id=course,
                academic_session_id=institution.number("session"),
                code=f"{code}-1",
                visibility=visibility,
                **{"capacity": 30, **offering},
            ),
        )
        await publish_offering(tx, offering_id=made)
    return course, made
