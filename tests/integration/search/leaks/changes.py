"""What may happen on the stage. Each change keeps `Marked.held` true; what the rules refuse does not happen."""

import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import select

from federation.tables.posts import posts
from tests.integration.posts.acting import deletes
from tests.integration.posts.acting import posts as publishes
from tests.integration.search.leaks.stage import EVERYWHERE, PEOPLE, Marked, Stage
from tests.world import ROLES

_VISIBILITIES = ("PRIVATE", "TENANT", "FEDERATION", "PUBLIC")


async def something_changes(stage: Stage, where: Marked, chance: random.Random) -> str:
    """Something happens there; says what."""
    change = chance.choice(_CHANGES)
    await change(stage, where, chance)
    return change.__name__


async def put_into_unit(stage: Stage, where: Marked, unit: str) -> None:
    """A course with somebody in it belongs to the unit; the reader reads the people of the faculty."""
    made = where.made
    granted = {"userId": made.ids["user:reader"], "role": "AUDITOR", "orgUnitId": made.ids["faculty"]}
    taken = {"offeringId": made.ids["offering:5"], "userId": made.ids["user:author"], "role": "STUDENT"}
    course = {"id": made.ids["course:5"], "orgUnitId": made.ids[unit]}
    await _does(stage, where, "grantRole", "GrantRoleInput", granted)
    await _does(stage, where, "enrol", "EnrolInput", taken)
    await _does(stage, where, "updateCourse", "UpdateCourseInput", course)


async def mark_all(stage: Stage, where: Marked) -> None:
    """Every row of the institution gets marks of its own."""
    for number in range(1, 6):
        for change in (_retitle_course, _retitle_offering):
            await change(stage, where, _Fixed(number))
    for role in (*ROLES, *PEOPLE):
        await _rename_person(stage, where, _Fixed(role))
    for visibility in ("public", "tenant", "unlisted", "followers", "direct"):
        await _publish(stage, where, _Fixed(visibility))


async def _retitle_course(stage: Stage, where: Marked, chance: random.Random) -> None:
    number, title, code = chance.randint(1, 5), stage.mark(), stage.mark()
    row = ("COURSE", where.made.number(f"course:{number}"))
    given = {
        "id": where.made.ids[f"course:{number}"],
        "title": [{"language": "en", "text": f"{EVERYWHERE} {title}"}],
        "code": code,
    }
    if await _does(stage, where, "updateCourse", "UpdateCourseInput", given):
        where.held[row] = {title, code}


async def _retitle_offering(stage: Stage, where: Marked, chance: random.Random) -> None:
    number, title, code = chance.randint(1, 5), stage.mark(), stage.mark()
    row = ("OFFERING", where.made.number(f"offering:{number}"))
    given = {
        "id": where.made.ids[f"offering:{number}"],
        "title": [{"language": "de", "text": f"{EVERYWHERE} {title}"}],
        "code": code,
    }
    if await _does(stage, where, "updateOffering", "UpdateOfferingInput", given):
        where.held[row] = {title, code}


async def _rename_person(stage: Stage, where: Marked, chance: random.Random) -> None:
    role, name = chance.choice((*ROLES, *PEOPLE)), stage.mark()
    secret = stage.mark()
    stage.secret.add(secret)
    person = {"id": where.made.ids[f"user:{role}"]}
    consent = {"isSearchable": chance.random() < 0.5}
    await _does(stage, where, "updateUser", "UpdateUserInput", person | consent, role=role)
    given = person | {
        "displayName": f"{EVERYWHERE} {name}",
        "biography": f"{EVERYWHERE} {secret}",
        "externalIds": [{"type": "sis", "value": secret}],
    }
    if await _does(stage, where, "updateUser", "UpdateUserInput", given):
        where.held["USER", where.made.number(f"user:{role}")] = {name}


async def _show_or_hide(stage: Stage, where: Marked, chance: random.Random) -> None:
    what = chance.choice(("course", "offering"))
    given = {
        "id": where.made.ids[f"{what}:{chance.randint(1, 5)}"],
        "visibility": chance.choice(_VISIBILITIES),
    }
    await _does(stage, where, f"update{what.title()}", f"Update{what.title()}Input", given)


async def _move_course(stage: Stage, where: Marked, chance: random.Random) -> None:
    unit = where.made.ids[chance.choice(("unit", "faculty"))]
    given = {"id": where.made.ids[f"course:{chance.randint(1, 5)}"], "orgUnitId": unit}
    await _does(stage, where, "updateCourse", "UpdateCourseInput", given)


async def _end_something(stage: Stage, where: Marked, chance: random.Random) -> None:
    what = chance.choice(("archiveCourse", "cancelOffering", "archiveOffering", "publishOffering"))
    named = "course" if what == "archiveCourse" else "offering"
    await _does(stage, where, what, "ChangeInput", {"id": where.made.ids[f"{named}:{chance.randint(1, 5)}"]})


async def _enrol(stage: Stage, where: Marked, chance: random.Random) -> None:
    given = {
        "offeringId": where.made.ids[f"offering:{chance.randint(1, 5)}"],
        "userId": where.made.ids[f"user:{chance.choice(('student', 'instructor', 'author', 'reader'))}"],
        "role": chance.choice(("STUDENT", "INSTRUCTOR", "GUEST")),
    }
    await _does(stage, where, "enrol", "EnrolInput", given)


async def _withdraw(stage: Stage, where: Marked, chance: random.Random) -> None:
    given = {"id": where.made.ids[f"enrollment:{chance.choice(('student', 'instructor'))}"]}
    what = chance.choice(
        ("withdrawEnrollment", "suspendEnrollment", "resumeEnrollment", "reinstateEnrollment")
    )
    await _does(stage, where, what, "StepInput", given)


async def _grant(stage: Stage, where: Marked, chance: random.Random) -> None:
    given = {
        "userId": where.made.ids["user:reader"],
        "role": chance.choice(("REGISTRAR", "AUDITOR", "ANALYST")),
        "orgUnitId": where.made.ids["faculty"],
    }
    await _does(stage, where, "grantRole", "GrantRoleInput", given)


async def _revoke(stage: Stage, where: Marked, chance: random.Random) -> None:
    document = "query($i: ID!) { node(id: $i) { ... on User { roles { id } } } }"
    found = await stage.world.data(document, {"i": where.made.ids["user:reader"]}, at=where.slug)
    for role in found["node"]["roles"]:
        await _does(stage, where, "revokeRole", "RevokeRoleInput", {"id": role["id"]})


async def _publish(stage: Stage, where: Marked, chance: random.Random) -> None:
    mark = stage.mark()
    visibility = chance.choice(("public", "tenant", "unlisted", "followers", "direct"))
    author, other = chance.sample(PEOPLE, 2)
    post_id = await publishes(
        where.people[author],
        f"{EVERYWHERE} {mark}",
        visibility=visibility,
        mentioned_ids=(where.people[other].actor_id,) if visibility == "direct" else (),
    )
    where.held["POST", post_id] = {mark}
    where.posts.append(post_id)


async def _delete_post(stage: Stage, where: Marked, chance: random.Random) -> None:
    if not where.posts:
        return
    post_id = where.posts.pop(chance.randrange(len(where.posts)))
    for one in where.people.values():
        async with stage.world.door.write(stage.world.as_system(where.slug)) as tx:
            author = select(posts.c.actor_id).where(posts.c.tenant_id == tx.tenant_id, posts.c.id == post_id)
            is_author = (await tx.connection.execute(author)).scalar() == one.actor_id
        if is_author:
            await deletes(one, post_id)
            del where.held["POST", post_id]


async def _block(stage: Stage, where: Marked, chance: random.Random) -> None:
    one, other = chance.sample(PEOPLE, 2)
    given = {"actorId": f"actor_{where.people[other].actor_id}"}
    what = chance.choice(("block", "unblock"))
    await _does(stage, where, what, "PersonalActorInput", given, role=one)


_Change = Callable[[Stage, Marked, random.Random], Awaitable[None]]
_CHANGES: tuple[_Change, ...] = (
    _retitle_course,
    _retitle_offering,
    _rename_person,
    _show_or_hide,
    _show_or_hide,
    _move_course,
    _end_something,
    _enrol,
    _withdraw,
    _grant,
    _revoke,
    _publish,
    _publish,
    _delete_post,
    _block,
)


# Those after which somebody sees less than before.
WITHDRAWING: tuple[_Change, ...] = (
    _retitle_course,
    _retitle_offering,
    _rename_person,
    *(_show_or_hide,) * 4,
    *(_end_something,) * 2,
    _withdraw,
    _delete_post,
    _block,
)


async def _does(
    stage: Stage,
    where: Marked,
    what: str,
    input_: str,
    given: Mapping[str, Any],
    *,
    role: str = "tenant_admin",
) -> bool:
    """Whether the mutation changed what it was asked to."""
    document = f"mutation($i: {input_}!) {{ {what}(input: $i) {{ userErrors {{ code message }} }} }}"
    answer = await stage.world.ask(document, {"i": given}, at=where.slug, role=role)
    refused = answer.data[what]["userErrors"]
    assert {one["code"] for one in refused} <= {"CONFLICT", "INVALID_INPUT", "NOT_FOUND"}, refused
    return refused == []


class _Fixed(random.Random):
    """Chooses what it was told where it may."""

    def __init__(self, chosen: Any) -> None:
        super().__init__(1)
        self._chosen = chosen

    def choice(self, seq: Any) -> Any:
        return self._chosen if self._chosen in seq else seq[0]

    def randint(self, a: int, b: int) -> int:
        return int(self._chosen)
