"""No public operation shows or changes anything of another institution, whatever is asked by whom and beside what."""

import asyncio
import json
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.checksums import checksums
from tests.integration.graphql.isolation.asking import Asker
from tests.integration.graphql.isolation.marked import SHARDS, Marked, mark_of
from tests.world import ROLES, World

ASKING = (*ROLES, None)


def _check(document: str, answer: bytes, acting: Marked, others: list[Marked]) -> None:
    text = answer.decode()
    for other in others:
        # What the request named itself may be said back to it; what it did not must not be there at all.
        if other.mark not in document:
            assert other.mark not in text, document
        for global_id in other.ids:
            number = global_id.partition("_")[2]
            assert number in document or number not in text, document
    assert '"INTERNAL"' not in text, (document, text)


@settings(
    deadline=None,
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), acting=st.sampled_from(sorted(SHARDS)))
async def test_what_one_institution_asks_and_changes_leaves_the_others_as_they_are(
    world: World, marked: dict[str, Marked], seed: int, acting: str
) -> None:
    chance = random.Random(seed)
    own, others = marked[acting], [one for slug, one in marked.items() if slug != acting]
    asker = Asker(chance, own, others)
    theirs = [one.made.tenant.id for one in others]
    before = await checksums(world.databases, *theirs)

    async def ask(document: str, role: str | None) -> None:
        answer = await world.ask(document, at=acting, role=role)
        _check(document, answer.body, own, others)

    asked = [(asker.operation(changes=n % 3 == 0), chance.choice(ASKING)) for n in range(18)]
    for start in range(0, len(asked), 6):  # six at a time, over the same few connections
        await asyncio.gather(*[ask(document, role) for document, role in asked[start : start + 6]])
    assert await checksums(world.databases, *theirs) == before


@settings(
    deadline=None,
    max_examples=5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
async def test_institutions_at_once_over_the_same_connections_see_only_themselves(
    world: World, marked: dict[str, Marked], seed: int
) -> None:
    chance = random.Random(seed)
    # The second institution of the shard only reads: whatever changes in it was somebody else's doing.
    reading = marked["iso-b"].made.tenant.id
    before = await checksums(world.databases, reading)

    async def ask(slug: str, number: int) -> None:
        own, others = marked[slug], [one for other, one in marked.items() if other != slug]
        document = Asker(random.Random(f"{seed}{slug}{number}"), own, others).operation(
            changes=slug != "iso-b" and number % 2 == 0
        )
        answer = await world.ask(document, at=slug, role=chance.choice(ASKING))
        _check(document, answer.body, own, others)

    await asyncio.gather(*[ask(slug, number) for number in range(10) for slug in SHARDS])
    assert await checksums(world.databases, reading) == before


async def test_the_operations_made_by_chance_do_read_and_change(
    world: World, marked: dict[str, Marked]
) -> None:
    """That nothing leaks says something only where something is answered."""
    own, others = marked["iso-a"], [marked["iso-b"], marked["iso-c"]]
    asker = Asker(random.Random(7), own, others)
    read = changed = valid = 0
    for number in range(300):
        changes = number % 3 == 0
        document = asker.operation(changes=changes)
        answer = (await world.ask(document, at="iso-a")).json
        codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
        assert "GRAPHQL_VALIDATION_FAILED" not in codes, (document, answer)
        valid += not codes
        if not codes and changes:
            changed += all(payload["userErrors"] == [] for payload in answer["data"].values())
        elif not codes:
            read += own.mark in json.dumps(answer["data"], ensure_ascii=False)
    assert valid > 50
    assert read > 10
    assert changed >= 3


async def test_people_of_one_institution_do_not_sign_in_at_another(
    world: World, marked: dict[str, Marked]
) -> None:
    password = "a long and winding pass phrase"
    done = await world.data(
        "mutation($i: SetPasswordInput!) { setPassword(input: $i) { userErrors { code } } }",
        {"i": {"userId": marked["iso-b"].made.ids["user:auditor"], "password": password}},
        at="iso-b",
    )
    assert done["setPassword"]["userErrors"] == []
    sign_in = (
        "mutation($i: SignInInput!) { signIn(input: $i) { accessToken user { handle } userErrors { code } } }"
    )
    email = f"auditor@{mark_of('iso-b')}.example"
    for handle in ("auditor", email):
        given = {"i": {"handleOrEmail": handle, "password": password}}
        refused = (await world.data(sign_in, given, at="iso-a", role=None))["signIn"]
        assert refused == {"accessToken": None, "user": None, "userErrors": [{"code": "UNAUTHENTICATED"}]}
    signed_in = (await world.data(sign_in, given, at="iso-b", role=None))["signIn"]
    assert signed_in["user"] == {"handle": "auditor"}
    for other in ("iso-a", "iso-c"):
        crossed = await world.ask("{ viewer { handle } }", at=other, token=signed_in["accessToken"])
        assert (crossed.status, crossed.codes) == (401, ["TENANT_MISMATCH"])
