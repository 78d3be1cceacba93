"""Two people and one identity: a case is opened, an administrator decides with a reason, nothing merges by itself."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from federation.identities.conflicts import open_conflict
from federation.identities.finding import Held
from federation.identities.model import IdentityKind
from federation.tables.identities import identity_conflicts
from tenants.model import Role
from tests.integration.identities.asked import (
    BY_IDENTITY,
    CONFLICTS,
    RESOLVE,
    UNLINK,
    Somebody,
    linked,
    only,
    somebody,
)
from tests.world import World

KIND = "EDUPERSON_SUBJECT_ID"


async def clash(world: World) -> tuple[Somebody, Somebody, str, str]:
    """Who has an identity, who claims it, its value, and the id of the case."""
    holder, claimant = await somebody(world), await somebody(world)
    value = f"{holder.handle}@alpha.test"
    assert (await linked(world, holder, KIND, value))["userErrors"] == []
    made = await linked(world, claimant, KIND, value)
    assert (made["isInConflict"], made["federationIdentity"], made["userErrors"]) == (True, None, [])
    return holder, claimant, value, made["identityConflict"]["id"]


async def decided(world: World, case: str, decision: str, reason: str = "checked the papers") -> Any:
    given = {"id": case, "decision": decision, "reason": reason}
    return (await world.data(RESOLVE, {"i": given}))["resolveIdentityConflict"]


async def owner(world: World, value: str) -> str:
    return str((await world.data(BY_IDENTITY, {"k": KIND, "v": value}))["userByIdentity"]["id"])


async def changes(world: World, person: Somebody) -> list[tuple[str, str | None]]:
    asked = "{ viewer { identityChanges(first: 50) { nodes { change reason } } } }"
    found = (await person.asks(world, asked))["viewer"]["identityChanges"]["nodes"]
    return [(one["change"], one["reason"]) for one in found]


async def test_a_clash_is_a_case_and_the_identity_stays(world: World) -> None:
    holder, claimant, value, case = await clash(world)
    assert await owner(world, value) == holder.id
    cases = (await world.data(CONFLICTS, {"f": {"state": "OPEN"}}))["identityConflicts"]["nodes"]
    (found,) = [one for one in cases if one["id"] == case]
    assert (found["holder"]["id"], found["claimant"]["id"]) == (holder.id, claimant.id)
    assert await changes(world, claimant) == [("CLAIMED", None)]


async def test_claiming_again_opens_no_second_case(world: World) -> None:
    _, claimant, value, case = await clash(world)
    again = await asyncio.gather(*(linked(world, claimant, KIND, value) for _ in range(4)))
    assert {one["identityConflict"]["id"] for one in again} == {case}


async def test_merging_moves_the_identity_and_nothing_else(world: World) -> None:
    holder, claimant, value, case = await clash(world)
    kept = f"kept-{holder.handle}@alpha.test"
    await linked(world, holder, KIND, kept)
    done = await decided(world, case, "MERGE")
    assert done["userErrors"] == []
    assert done["identityConflict"]["state"] == "MERGED"
    assert done["identityConflict"]["reason"] == "checked the papers"
    assert done["identityConflict"]["decidedBy"] == {"id": world["alpha"].ids["user:tenant_admin"]}
    assert await owner(world, value) == claimant.id
    assert await owner(world, kept) == holder.id
    assert (await changes(world, holder))[-1] == ("MERGED", "checked the papers")
    assert (await changes(world, claimant))[-1] == ("MERGED", "checked the papers")


async def test_rejecting_leaves_it_where_it_is(world: World) -> None:
    holder, claimant, value, case = await clash(world)
    assert (await decided(world, case, "REJECT"))["identityConflict"]["state"] == "REJECTED"
    assert await owner(world, value) == holder.id
    assert (await changes(world, claimant))[-1] == ("REJECTED", "checked the papers")
    # who claims it once more opens a new case
    again = await linked(world, claimant, KIND, value)
    assert again["identityConflict"]["id"] != case


async def test_other_claims_are_then_against_the_new_holder(world: World) -> None:
    _, claimant, value, case = await clash(world)
    third = await somebody(world)
    other = (await linked(world, third, KIND, value))["identityConflict"]["id"]
    await decided(world, case, "MERGE")
    cases = (await world.data(CONFLICTS, {"f": {"state": "OPEN"}}))["identityConflicts"]["nodes"]
    (found,) = [one for one in cases if one["id"] == other]
    assert found["holder"]["id"] == claimant.id


async def test_a_case_is_decided_once_with_a_reason(world: World) -> None:
    *_, case = await clash(world)
    error = only(await decided(world, case, "REJECT", "  "), "BAD_USER_INPUT")
    assert error["path"] == ["input", "reason"]
    await decided(world, case, "REJECT")
    error = only(await decided(world, case, "MERGE"), "CONFLICT")
    assert error["reason"] == "DECIDED"


async def test_two_who_decide_at_once_decide_once(world: World) -> None:
    *_, case = await clash(world)
    both = await asyncio.gather(decided(world, case, "MERGE"), decided(world, case, "REJECT"))
    assert sorted(len(one["userErrors"]) for one in both) == [0, 1]


async def test_cases_are_seen_and_decided_by_those_who_may(world: World) -> None:
    _, claimant, _, case = await clash(world)
    asked = {"id": case, "decision": "MERGE", "reason": "I am she"}
    assert (await claimant.asks(world, CONFLICTS))["identityConflicts"]["nodes"] == []
    only((await claimant.asks(world, RESOLVE, i=asked))["resolveIdentityConflict"], "FORBIDDEN")
    auditor = await somebody(world, Role.AUDITOR)
    assert (await auditor.asks(world, CONFLICTS))["identityConflicts"]["nodes"] == []
    other = await world.data(RESOLVE, {"i": asked}, at="beta")
    only(other["resolveIdentityConflict"], "NOT_FOUND")


async def test_nobody_decides_a_case_of_their_own(world: World) -> None:
    holder, registrar = await somebody(world), await somebody(world, Role.REGISTRAR)
    value = f"{holder.handle}@alpha.test"
    await linked(world, holder, KIND, value)
    case = (await linked(world, registrar, KIND, value))["identityConflict"]["id"]
    asked = {"id": case, "decision": "MERGE", "reason": "mine"}
    only((await registrar.asks(world, RESOLVE, i=asked))["resolveIdentityConflict"], "FORBIDDEN")


async def test_a_case_ends_when_the_identity_is_removed(world: World) -> None:
    holder, claimant, value, case = await clash(world)
    mine = (await holder.asks(world, "{ viewer { identities { id } } }"))["viewer"]["identities"]
    await holder.asks(world, UNLINK, i={"id": mine[0]["id"]})
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert (await world.data(node, {"id": case}))["node"] is None
    assert (await linked(world, claimant, KIND, value))["isInConflict"] is False


async def test_two_who_link_the_same_at_once_are_one_holder_and_one_case(world: World) -> None:
    people = [await somebody(world) for _ in range(3)]
    value = f"{people[0].handle}-x@alpha.test"
    made = await asyncio.gather(*(linked(world, person, KIND, value) for person in people))
    assert sorted(one["isInConflict"] for one in made) == [False, True, True]


@pytest.mark.parametrize("claim", ["Ada L., sub 42", None])
async def test_a_claim_without_a_person_can_only_be_rejected(world: World, claim: str | None) -> None:
    holder = await somebody(world)
    made = await linked(world, holder, KIND, f"{holder.handle}@alpha.test")
    held = Held(int(made["federationIdentity"]["id"].rpartition("_")[2]), holder.number)
    kind = IdentityKind.EDUPERSON_SUBJECT_ID
    async with world.door.write(world.as_system("alpha")) as tx:
        case = await open_conflict(tx, held, kind, claimant_id=None, claim=claim)
        assert await open_conflict(tx, held, kind, claimant_id=None, claim=claim) == case
        count = select(func.count()).where(identity_conflicts.c.identity_id == held.identity_id)
        assert await tx.connection.scalar(count) == 1
    error = only(await decided(world, f"conflict_{case}", "MERGE"), "CONFLICT")
    assert error["reason"] == "NO_CLAIMANT"
    assert (await decided(world, f"conflict_{case}", "REJECT"))["userErrors"] == []
