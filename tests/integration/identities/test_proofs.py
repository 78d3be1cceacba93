"""Proving control of a remote actor: by a signed answer with the code, or by a profile that points back here."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from federation.identities.housekeeping import forget_old_proofs
from federation.identities.proofs import LIFETIME, MOST_OPEN, answered
from federation.tables.actors import actors
from federation.tables.identities import federation_identities, identity_proofs
from kernel.database.roles import DatabaseRole
from tests.integration.identities.asked import MINE, START, VERIFY, Somebody, linked, only, somebody
from tests.integration.identities.peer import Peer
from tests.world import World


async def started(world: World, person: Somebody, actor: str) -> Any:
    return (await person.asks(world, START, i={"actor": actor}))["startIdentityLink"]


async def verified(world: World, person: Somebody, code: str) -> Any:
    return (await person.asks(world, VERIFY, i={"code": code}))["verifyIdentity"]


async def identities(world: World, person: Somebody) -> list[Any]:
    return list((await person.asks(world, MINE))["viewer"]["identities"])


async def opted_in(world: World, person: Somebody) -> int:
    """The person's own actor here."""
    async with world.door.write(world.as_system(person.at)) as tx:
        actor_id = tx.new_id()
        await tx.connection.execute(
            insert(actors).values(
                tenant_id=tx.tenant_id,
                id=actor_id,
                address=f"http://{person.at}.test:8000/actors/{actor_id}",
                kind="person",
                is_local=True,
                user_id=person.number,
                host=f"{person.at}.test:8000",
                preferred_username=person.handle,
                username_key=person.handle,
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
    return actor_id


async def answers(world: World, actor: str, text: str, at: str = "alpha") -> int:
    """How many were linked by what arrives signed by an actor."""
    async with world.door.write(world.as_system(at)) as tx:
        return len(await answered(tx, actor, text, public_key="PEM of ada"))


async def test_a_signed_answer_with_the_code_proves_control(world: World, peer: Peer) -> None:
    ada = await somebody(world)
    begun = await started(world, ada, peer.actor)
    assert (begun["userErrors"], begun["pageUrl"]) == ([], None)
    assert await answers(world, peer.actor, f"<p>Hello, this is <b>{begun['code']}</b>.</p>") == 1
    (mine,) = await identities(world, ada)
    assert (mine["kind"], mine["value"], mine["verifiedBy"]) == (
        "ACTIVITYPUB_ACTOR",
        peer.actor,
        "SIGNED_ACTIVITY",
    )
    async with world.door.write(world.as_system("alpha")) as tx:
        row = (
            await tx.connection.execute(
                select(federation_identities).where(federation_identities.c.user_id == ada.number)
            )
        ).one()
    assert (row.actor_address, row.actor_public_key) == (peer.actor, "PEM of ada")
    assert row.actor_instance == peer.base.removeprefix("http://")
    # a code is used up
    assert await answers(world, peer.actor, begun["code"]) == 0


async def test_an_answer_of_another_actor_or_institution_proves_nothing(world: World, peer: Peer) -> None:
    ada = await somebody(world)
    code = (await started(world, ada, peer.actor))["code"]
    assert await answers(world, f"{peer.base}/users/eve", code) == 0
    assert await answers(world, peer.actor, code, at="beta") == 0
    assert await answers(world, peer.actor, code[:-1]) == 0
    assert await answers(world, "no address", code) == 0
    assert await answers(world, peer.actor, "no code at all") == 0
    assert await identities(world, ada) == []


async def test_a_profile_that_links_to_the_persons_page_proves_control(world: World, peer: Peer) -> None:
    ada = await somebody(world)
    await opted_in(world, ada)
    begun = await started(world, ada, peer.actor)
    page = f"http://alpha.test:8000/@{ada.handle}"
    assert begun["pageUrl"] == page
    link = f'<a href="{page}" rel="me nofollow">my university</a>'
    peer.profile = {"attachment": [{"type": "PropertyValue", "name": "University", "value": link}]}
    made = await verified(world, ada, begun["code"])
    assert (made["userErrors"], made["federationIdentity"]["value"]) == ([], peer.actor)
    (mine,) = await identities(world, ada)
    assert mine["verifiedBy"] == "REL_ME"
    assert peer.asked == ["/users/ada"]


async def test_an_alias_and_a_page_with_rel_me_prove_it_too(world: World, peer: Peer) -> None:
    ada, bob = await somebody(world), await somebody(world)
    actor_id, _ = await opted_in(world, ada), await opted_in(world, bob)
    code = (await started(world, ada, peer.actor))["code"]
    peer.profile = {"alsoKnownAs": [f"http://alpha.test:8000/actors/{actor_id}"]}
    assert (await verified(world, ada, code))["isInConflict"] is False
    peer.profile = {}
    code = (await started(world, bob, peer.actor))["code"]
    peer.page = f'<a rel="me" href="http://alpha.test:8000/@{bob.handle}">me</a>'
    made = await verified(world, bob, code)
    # proved, but it is another's already: a case, and no silent merge
    assert (made["isInConflict"], made["federationIdentity"], made["userErrors"]) == (True, None, [])
    assert peer.asked[-1] == "/@ada"


async def test_the_code_in_the_profile_proves_it_where_there_is_no_page_here(
    world: World, peer: Peer
) -> None:
    ada = await somebody(world)
    code = (await started(world, ada, peer.actor))["code"]
    peer.profile = {"summary": f"<p>{code}</p>"}
    assert (await verified(world, ada, code))["userErrors"] == []


@pytest.mark.parametrize(
    ("profile", "status", "sentence"),
    [
        ({}, 200, "does not point back here"),
        (
            {"id": "http://127.0.0.1:1/users/eve", "inbox": "http://127.0.0.1:1/inbox"},
            200,
            "the document of another",
        ),
        ({"type": "Note"}, 200, "could not be read"),
        ({}, 404, "no such document (404)"),
        ({"alsoKnownAs": ["http://alpha.test:8000/@somebody-else"]}, 200, "does not point back here"),
    ],
)
async def test_what_proves_nothing_is_said_and_the_proof_stays_open(
    world: World, peer: Peer, profile: dict[str, Any], status: int, sentence: str
) -> None:
    ada = await somebody(world)
    await opted_in(world, ada)
    code = (await started(world, ada, peer.actor))["code"]
    peer.profile, peer.status = profile, status
    error = only(await verified(world, ada, code), "CONFLICT")
    assert sentence in error["message"]
    assert await identities(world, ada) == []
    peer.profile, peer.status = {"summary": code}, 200
    assert (await verified(world, ada, code))["userErrors"] == []


async def test_a_server_that_is_away_is_said(world: World) -> None:
    ada = await somebody(world)
    code = (await started(world, ada, "http://127.0.0.1:9/users/ada"))["code"]
    error = only(await verified(world, ada, code), "CONFLICT")
    assert "no connection could be made" in error["message"]


async def test_a_code_is_its_persons_alone_and_for_a_day(world: World, peer: Peer) -> None:
    ada, eve = await somebody(world), await somebody(world)
    code = (await started(world, ada, peer.actor))["code"]
    only(await verified(world, eve, code), "NOT_FOUND")
    async with world.door.write(world.as_system("alpha")) as tx:
        own = identity_proofs.c.user_id == ada.number
        row = (await tx.connection.execute(select(identity_proofs).where(own))).one()
        assert row.expires_at - row.created_at == LIFETIME
        assert code not in repr(row)
        over = {"expires_at": tx.now - timedelta(seconds=1)}
        await tx.connection.execute(update(identity_proofs).where(own).values(over))
    only(await verified(world, ada, code), "NOT_FOUND")
    assert await answers(world, peer.actor, code) == 0
    assert peer.asked == []


async def test_only_so_many_proofs_are_open_and_a_new_one_ends_the_old(world: World) -> None:
    ada = await somebody(world)
    for number in range(MOST_OPEN):
        assert (await started(world, ada, f"https://example.org/{number}"))["userErrors"] == []
    error = only(await started(world, ada, "https://example.org/more"), "BAD_USER_INPUT")
    assert "at most 5 proofs" in error["message"]
    assert (await started(world, ada, "https://example.org/1"))["userErrors"] == []


async def test_what_cannot_be_proved_is_refused_at_once(world: World) -> None:
    ada = await somebody(world)
    for actor in ("@ada@127.0.0.1:9", "ada", "mailto:ada@example.org", "https:// example.org/ada"):
        error = only(await started(world, ada, actor), "BAD_USER_INPUT")
        assert error["path"] == ["input", "actor"]
    actor_id = await opted_in(world, ada)
    error = only(await started(world, ada, f"http://alpha.test:8000/actors/{actor_id}"), "BAD_USER_INPUT")
    assert "belongs to this institution" in error["message"]
    answer = await world.ask(START, {"i": {"actor": "https://example.org/a"}}, role=None)
    assert answer.codes == ["UNAUTHENTICATED"]


async def test_proofs_that_are_over_are_forgotten_and_no_others(world: World) -> None:
    ada = await somebody(world, at="gamma")
    for number in range(2):
        await started(world, ada, f"https://example.org/forgotten/{number}")
    async with world.door.write(world.as_system("gamma")) as tx:
        over = (identity_proofs.c.user_id == ada.number) & identity_proofs.c.actor_address.endswith("/0")
        await tx.connection.execute(
            update(identity_proofs).where(over).values(expires_at=tx.now - timedelta(minutes=1))
        )
        now = tx.now
    tenant = world["gamma"].tenant
    engine = world.databases.engine(world.databases.shards[tenant.shard], DatabaseRole.WORKER)
    try:
        assert await forget_old_proofs(engine, tenant.id, now) == 1
        assert await forget_old_proofs(engine, tenant.id, now) == 0
    finally:
        await engine.dispose()


async def test_an_actor_is_named_by_its_handle(world: World, peer: Peer) -> None:
    ada = await somebody(world)
    code = (await started(world, ada, f"@ada@{peer.base.removeprefix('http://')}"))["code"]
    assert await answers(world, peer.actor, code) == 1


async def test_an_administrator_links_an_actor_without_a_proof(world: World) -> None:
    ada = await somebody(world)
    made = await linked(world, ada, "ACTIVITYPUB_ACTOR", f"https://example.org/{ada.handle}")
    assert made["userErrors"] == []
