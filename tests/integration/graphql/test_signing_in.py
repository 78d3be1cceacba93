"""Signing in takes the time of a hash, and nothing of what others need meanwhile."""

import asyncio
import threading
from dataclasses import replace
from typing import Any

from argon2 import PasswordHasher

from api.app import create_app
from fediflow.processes.opened import opened_gateway
from kernel.crypto.passwords import Passwords
from kernel.telemetry import Metrics
from tests.world import World, settings_for

SIGN_IN = "signIn(input: $i) { accessToken user { handle } userErrors { code } }"
WRONG = {"i": {"handleOrEmail": "nobody", "password": "wrong"}}


class _HeldHasher(PasswordHasher):
    """A hasher whose work goes on until it is let go."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.begun, self.let_go = threading.Event(), threading.Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        self.begun.set()
        assert self.let_go.wait(60)
        return super().verify(hash, password)


async def test_a_password_being_checked_holds_no_connection_of_the_shard(world: World) -> None:
    hasher = _HeldHasher()
    passwords = Passwords(hasher)
    settings = settings_for(world.databases, database_pool_size=1)
    async with opened_gateway(settings, Metrics()) as gateway:
        own = replace(gateway, services=replace(gateway.services, passwords=passwords))
        other = replace(world, app=create_app(own))
        signing_in = [
            asyncio.create_task(other.ask(f"mutation($i: SignInInput!) {{ {SIGN_IN} }}", WRONG, role=None))
            for _ in range(5)
        ]
        assert await asyncio.to_thread(hasher.begun.wait, 60)
        try:
            seen = await other.data("{ viewer { handle } }", role="student")
            assert seen["viewer"]["handle"] == "student"
        finally:
            hasher.let_go.set()
        answers = [(await one).data["signIn"]["userErrors"] for one in signing_in]
    passwords.close()
    assert answers == [[{"code": "UNAUTHENTICATED"}]] * 5


async def test_a_wrong_password_undoes_the_rest_of_its_document(world: World) -> None:
    document = """mutation($c: CreateCourseInput!, $i: SignInInput!) {
      before: createCourse(input: $c) { course { code } userErrors { code } }
      %s }"""
    course = {
        "orgUnitId": world["alpha"].ids["faculty"],
        "code": "UNDONE",
        "title": [{"language": "en", "text": "Undone"}],
    }
    given: dict[str, Any] = {**WRONG, "c": course}
    data = await world.data(document % SIGN_IN, given)
    assert data["before"] == {"course": None, "userErrors": [{"code": "ROLLED_BACK"}]}
    assert data["signIn"]["userErrors"] == [{"code": "UNAUTHENTICATED"}]
    query = '{ courses(filter: {code: "UNDONE"}) { totalCount } }'
    assert (await world.data(query))["courses"]["totalCount"] == 0
