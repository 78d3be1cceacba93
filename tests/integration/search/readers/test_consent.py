"""Consent to be found: people give it themselves; who may change profiles can take it back for them."""

from typing import Any

from sqlalchemy import select

from kernel.database.roles import DatabaseRole
from kernel.outbox.tables import outbox
from tests.integration.search.readers.conftest import Here

USER = "user { id isSearchable }"


async def events(here: Here, user_id: int) -> int:
    """How often workers were told that a person changed."""
    address = here.world.databases.shards["one"]
    async with here.world.databases.connect(address, DatabaseRole.WORKER) as connection:
        told = select(outbox.c.sequence).where(
            outbox.c.tenant_id == here.made.tenant.id,
            outbox.c.event == "user.updated",
            outbox.c.object_id == user_id,
        )
        return len((await connection.execute(told)).all())


async def say(here: Here, role: str, about: str, consent: Any) -> Any:
    """What became of somebody's wish that a person is found, or is not."""
    given = {"id": here.made.ids[f"user:{about}"], "isSearchable": consent}
    return await here.tried("updateUser", USER, given, role)


async def test_people_are_not_found_until_they_say_so_and_may_take_it_back(here: Here) -> None:
    viewer = "{ viewer { isSearchable } }"
    assert (await here.ask(viewer, "student"))["viewer"]["isSearchable"] is False
    before = await events(here, here.made.number("user:student"))
    for consent in (True, True, False):
        assert (await say(here, "student", "student", consent))["user"]["isSearchable"] is consent
    assert await events(here, here.made.number("user:student")) == before + 2
    assert (await here.ask(viewer, "student"))["viewer"]["isSearchable"] is False


async def test_who_changes_profiles_takes_it_back_for_others_and_nobody_gives_it_for_them(here: Here) -> None:
    (error,) = (await say(here, "registrar", "instructor", True))["userErrors"]
    assert (error["code"], error["path"]) == ("FORBIDDEN", ["input", "isSearchable"])
    await say(here, "instructor", "instructor", True)
    assert (await say(here, "registrar", "instructor", True))["user"]["isSearchable"] is True  # as it was
    assert (await say(here, "registrar", "instructor", False))["user"]["isSearchable"] is False
    for role, code in (("student", "NOT_FOUND"), ("auditor", "FORBIDDEN")):
        payload = await say(here, role, "instructor", False)
        assert payload["userErrors"][0]["code"] == code
    (error,) = (await say(here, "student", "student", None))["userErrors"]
    assert error["path"] == ["input", "isSearchable"]


async def test_whether_somebody_consents_is_seen_by_them_and_who_reads_people(here: Here) -> None:
    await say(here, "instructor", "instructor", True)
    query = "query($id: ID!) { user(id: $id) { isSearchable } }"
    seen = {
        role: (await here.ask(query, role, id=here.made.ids["user:instructor"]))["user"]["isSearchable"]
        for role in ("instructor", "auditor", "student")
    }
    assert seen == {"instructor": True, "auditor": True, "student": None}
